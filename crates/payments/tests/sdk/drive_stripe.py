"""Drives the stand-in by Stripe's own SDK, reads the messages it signs, and signs some itself.

Called with the address, the key, the webhook secret and the price; tells in JSON what it saw.
"""

import http.client
import json
import sys
import time
import urllib.parse

import stripe

url, key, secret, price = sys.argv[1:5]
said = {}


def client(key):
    return stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=0).v1


def refusal(call):
    try:
        call()
    except stripe.StripeError as error:
        return {"kind": type(error).__name__, "status": error.http_status, "code": error.code, "param": getattr(error, "param", None)}


v1 = client(key)
said["version"] = stripe.api_version
customer = v1.customers.create({"email": "ann@example.org", "metadata": {"account": "a"}})
said["customer"] = [type(customer).__name__, customer.id, customer.email, customer.metadata["account"]]

order = {
    "mode": "payment",
    "customer": customer.id,
    "client_reference_id": "a",
    "line_items": [{"price": price, "quantity": 1}],
    "success_url": "https://photos.example.org/credits/paid?visit={CHECKOUT_SESSION_ID}",
    "cancel_url": "https://photos.example.org/credits",
    "metadata": {"account": "a", "credits": "50"},
    "payment_intent_data": {"metadata": {"account": "a", "credits": "50"}},
}
session = v1.checkout.sessions.create(order, {"idempotency_key": "k1"})
again = v1.checkout.sessions.create(order, {"idempotency_key": "k1"})
said["session"] = [session.object, session.status, session.payment_status, session.amount_total, session.currency]
said["same"] = session.id == again.id
said["other_with_the_same_key"] = refusal(lambda: v1.checkout.sessions.create({**order, "mode": "subscription"}, {"idempotency_key": "k1"}))
said["no_such_price"] = refusal(lambda: v1.checkout.sessions.create({**order, "line_items": [{"price": "price_none", "quantity": 1}]}))
said["wrong_key"] = refusal(lambda: client("sk_test_wrong").customers.create({"email": "x@example.org"}))
said["no_such_session"] = refusal(lambda: v1.checkout.sessions.retrieve("cs_test_none"))

# The person pays on the page.
page = urllib.parse.urlsplit(session.url)
browser = http.client.HTTPConnection(page.netloc)
browser.request("POST", page.path)
said["page"] = browser.getresponse().status
paid = v1.checkout.sessions.retrieve(session.id)
said["paid"] = [paid.status, paid.payment_status, paid.metadata["credits"]]
intent = v1.payment_intents.retrieve(paid.payment_intent, {"expand": ["latest_charge"]})
said["intent"] = [intent.status, intent.amount, intent.latest_charge.receipt_url.startswith(url)]
refund = v1.refunds.create({"payment_intent": intent.id, "amount": 400})
said["refund"] = [refund.object, refund.amount, refund.status]
charges = list(v1.charges.list({"limit": 1}).auto_paging_iter())
said["charges"] = [[charge.amount, charge.amount_refunded, charge.refunded] for charge in charges]
said["sessions"] = len(list(v1.checkout.sessions.list({"limit": 1}).auto_paging_iter()))
portal = v1.billing_portal.sessions.create({"customer": customer.id, "return_url": "https://photos.example.org"})
said["portal"] = portal.url.startswith(url)
gone = v1.customers.delete(customer.id)
said["gone"] = [gone.deleted, refusal(lambda: v1.customers.retrieve(customer.id))["code"]]
said["too_many"] = refusal(lambda: v1.prices.retrieve(price))
said["broken"] = refusal(lambda: v1.prices.retrieve(price))

# What the stand-in signed is read, and what was changed is not.
read = []
for message in json.load(sys.stdin):
    event = stripe.Webhook.construct_event(message["body"], message["signature"], secret)
    read.append([event.type, event.api_version, event.data.object.object])
said["read"] = read
message = {"body": json.dumps({"id": "evt_1", "object": "event"}), "signature": "t=1,v1=00"}
said["forged"] = refusal(lambda: stripe.Webhook.construct_event(message["body"], message["signature"], secret))["kind"]

# And signs, as it would for a test of its own.
now = int(time.time())
body = json.dumps({"id": "evt_sdk", "object": "event", "type": "charge.updated", "created": now, "data": {"object": {"id": "ch_1"}}})
said["signed"] = {"body": body, "at": now, "header": f"t={now},v1={stripe.WebhookSignature._compute_signature(f'{now}.{body}', secret)}"}

json.dump(said, sys.stdout)
