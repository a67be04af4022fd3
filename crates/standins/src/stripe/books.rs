//! What the stand-in knows: objects in the API's shape, and what happens to them.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

/// Every object by its id, and every message about them.
#[derive(Default)]
pub struct Books {
    pub(super) url: String,
    pub(super) objects: BTreeMap<String, Value>,
    /// Idempotency keys: what was asked with each, and what was answered.
    pub(super) keys: BTreeMap<String, (String, u16, Value)>,
    /// Every message so far.
    pub messages: Vec<Value>,
    pub(super) delivered: usize,
    made: u64,
    /// The moment in seconds, where the test moves it.
    pub now: Option<u64>,
}

pub(super) fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

impl Books {
    pub(super) fn now(&self) -> u64 {
        self.now.unwrap_or_else(seconds)
    }

    /// A new id.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}_{:024}", self.made)
    }

    /// Keeps an object under its id.
    pub(super) fn keep(&mut self, object: Value) -> Value {
        self.objects.insert(object["id"].as_str().unwrap().to_owned(), object.clone());
        object
    }

    /// An object by its id.
    pub fn get(&self, id: &str) -> Value {
        self.objects.get(id).cloned().unwrap_or_default()
    }

    /// The objects of a kind, newest first.
    pub fn list(&self, kind: &str) -> Vec<Value> {
        let mut found: Vec<_> =
            self.objects.values().filter(|object| object["object"] == kind).cloned().collect();
        found.reverse();
        found.sort_by_key(|object| std::cmp::Reverse(object["created"].as_u64()));
        found
    }

    pub(super) fn set(&mut self, id: &str, change: impl FnOnce(&mut Value)) -> Value {
        let object = self.objects.get_mut(id).unwrap();
        change(object);
        object.clone()
    }

    /// Tells of something.
    fn tell(&mut self, kind: &str, object: Value) {
        let id = self.id("evt");
        self.messages.push(json!({
            "id": id, "object": "event", "type": kind, "created": self.now(), "livemode": false,
            "api_version": super::VERSION, "pending_webhooks": 1, "request": { "id": null, "idempotency_key": null },
            "data": { "object": object },
        }));
    }

    /// Puts something up for sale.
    pub fn add_price(&mut self, id: &str, minor: u64, currency: &str, monthly: bool) {
        let recurring =
            monthly.then(|| json!({ "interval": "month", "interval_count": 1, "usage_type": "licensed" }));
        let price = json!({
            "id": id, "object": "price", "active": true, "currency": currency, "unit_amount": minor, "recurring": recurring,
            "created": self.now(), "livemode": false, "type": if monthly { "recurring" } else { "one_time" },
        });
        self.keep(price);
    }

    /// A session's page is paid, at once or later ([`Books::settle`]). Gives the payment.
    pub fn pay(&mut self, session: &str, later: bool) -> String {
        let known = self.get(session);
        if known["status"] != "open" {
            return known["payment_intent"].as_str().unwrap_or_default().to_owned();
        }
        if known["mode"] == "subscription" {
            return self.subscribe(session, &known);
        }
        let (amount, now) = (known["amount_total"].as_u64().unwrap(), self.now());
        let payment = if amount == 0 { String::new() } else { self.id("pi") };
        if amount > 0 {
            let charge = self.charge(
                &payment,
                amount,
                &known,
                known["payment_intent_data"]["metadata"].clone(),
                later,
            );
            let intent = json!({
                "id": payment, "object": "payment_intent", "amount": amount, "currency": known["currency"], "created": now,
                "latest_charge": charge, "metadata": known["payment_intent_data"]["metadata"],
                "status": if later { "processing" } else { "succeeded" }, "customer": known["customer"],
            });
            self.keep(intent);
        }
        let status = if amount == 0 {
            "no_payment_required"
        } else if later {
            "unpaid"
        } else {
            "paid"
        };
        let session = self.set(session, |session| {
            session["status"] = "complete".into();
            session["payment_status"] = status.into();
            session["payment_intent"] = if amount == 0 { Value::Null } else { payment.clone().into() };
        });
        self.tell("checkout.session.completed", session);
        payment
    }

    /// The bank says yes or no to a payment that takes its time.
    pub fn settle(&mut self, session: &str, good: bool) {
        let payment = self.get(session)["payment_intent"].as_str().unwrap().to_owned();
        let charge = self.get(&payment)["latest_charge"].as_str().unwrap().to_owned();
        let status = if good { "succeeded" } else { "failed" };
        self.set(&charge, |charge| {
            charge["status"] = status.into();
            charge["paid"] = good.into();
        });
        self.set(&payment, |intent| {
            intent["status"] = if good { "succeeded" } else { "requires_payment_method" }.into()
        });
        let session = self.set(session, |session| {
            session["payment_status"] = if good { "paid" } else { "unpaid" }.into();
        });
        let kind = if good { "async_payment_succeeded" } else { "async_payment_failed" };
        self.tell(&format!("checkout.session.{kind}"), session);
    }

    fn charge(&mut self, payment: &str, amount: u64, of: &Value, metadata: Value, later: bool) -> String {
        let id = self.id("ch");
        let charge = json!({
            "id": id, "object": "charge", "amount": amount, "amount_captured": amount, "amount_refunded": 0,
            "currency": of["currency"], "created": self.now(), "customer": of["customer"], "disputed": false, "refunded": false,
            "paid": !later, "status": if later { "pending" } else { "succeeded" }, "payment_intent": payment,
            "metadata": if metadata.is_object() { metadata } else { json!({}) },
            "receipt_url": format!("{}/receipt/{id}", self.url),
            // What must never be kept by whoever reads it.
            "payment_method_details": { "type": "card", "card": { "brand": "visa", "last4": "4242", "exp_year": 2034 } },
            "billing_details": { "email": "payer@example.org", "name": "Ann Payer" },
        });
        self.keep(charge);
        id
    }

    /// Pays back a part of a payment, or all of it.
    pub fn refund(&mut self, payment: &str, amount: Option<u64>) -> Value {
        let charge = self.get(payment)["latest_charge"].as_str().unwrap().to_owned();
        let known = self.get(&charge);
        let left = known["amount"].as_u64().unwrap() - known["amount_refunded"].as_u64().unwrap();
        let amount = amount.unwrap_or(left).min(left);
        let charge = self.set(&charge, |charge| {
            let all = charge["amount_refunded"].as_u64().unwrap() + amount;
            charge["amount_refunded"] = all.into();
            charge["refunded"] = (charge["amount"] == all).into();
        });
        let id = self.id("re");
        let refund = self.keep(json!({
            "id": id, "object": "refund", "amount": amount, "charge": charge["id"], "currency": charge["currency"],
            "payment_intent": payment, "status": "succeeded", "created": self.now(), "metadata": {},
        }));
        self.tell("charge.refunded", charge);
        refund
    }

    /// The bank takes all of a payment back and asks; the dispute's id.
    pub fn dispute(&mut self, payment: &str) -> String {
        let charge = self.get(payment)["latest_charge"].as_str().unwrap().to_owned();
        let charge = self.set(&charge, |charge| charge["disputed"] = true.into());
        let id = self.id("du");
        let dispute = self.keep(json!({
            "id": id, "object": "dispute", "amount": charge["amount"], "currency": charge["currency"], "charge": charge["id"],
            "payment_intent": payment, "status": "needs_response", "reason": "fraudulent", "created": self.now(), "metadata": {},
        }));
        self.tell("charge.dispute.created", dispute);
        id
    }

    /// The bank decides.
    pub fn close_dispute(&mut self, dispute: &str, won: bool) {
        let dispute =
            self.set(dispute, |dispute| dispute["status"] = if won { "won" } else { "lost" }.into());
        self.tell("charge.dispute.closed", dispute);
    }

    fn subscribe(&mut self, session: &str, known: &Value) -> String {
        let (id, item, now) = (self.id("sub"), self.id("si"), self.now());
        let subscription = self.keep(json!({
            "id": id, "object": "subscription", "status": "active", "customer": known["customer"], "created": now,
            "currency": known["currency"], "cancel_at_period_end": false, "cancel_at": null, "canceled_at": null,
            "metadata": known["subscription_data"]["metadata"],
            "items": { "object": "list", "has_more": false, "data": [{
                "id": item, "object": "subscription_item", "price": known["line_items_price"],
                "current_period_start": now, "current_period_end": now + 30 * 86_400,
            }] },
        }));
        let completed = self.set(session, |session| {
            session["status"] = "complete".into();
            session["payment_status"] = "paid".into();
            session["subscription"] = id.clone().into();
        });
        self.tell("checkout.session.completed", completed);
        self.tell("customer.subscription.created", subscription);
        let payment = self.invoice(&id, "subscription_create");
        let paid = self.list("invoice_payment");
        let first = paid.iter().find(|paid| paid["payment"]["payment_intent"] == payment.as_str()).unwrap();
        let invoice = first["invoice"].clone();
        self.set(session, |session| session["invoice"] = invoice);
        payment
    }

    /// The next month of a subscription is paid; its payment.
    pub fn renew(&mut self, subscription: &str) -> String {
        let subscription = self.set(subscription, |subscription| {
            let item = &mut subscription["items"]["data"][0];
            item["current_period_end"] = (item["current_period_end"].as_u64().unwrap() + 30 * 86_400).into();
        });
        self.tell("customer.subscription.updated", subscription.clone());
        self.invoice(subscription["id"].as_str().unwrap(), "subscription_cycle")
    }

    /// A subscription's state changes: `past_due`, `canceled` …
    pub fn subscription_is(&mut self, subscription: &str, status: &str) {
        let subscription = self.set(subscription, |subscription| subscription["status"] = status.into());
        let kind = if status == "canceled" { "deleted" } else { "updated" };
        self.tell(&format!("customer.subscription.{kind}"), subscription);
    }

    fn invoice(&mut self, subscription: &str, reason: &str) -> String {
        let subscription = self.get(subscription);
        let price = self.get(subscription["items"]["data"][0]["price"].as_str().unwrap());
        let (amount, payment) = (price["unit_amount"].as_u64().unwrap(), self.id("pi"));
        let charge = self.charge(&payment, amount, &subscription, json!({}), false);
        let intent = json!({
            "id": payment, "object": "payment_intent", "amount": amount, "currency": subscription["currency"],
            "created": self.now(), "latest_charge": charge, "metadata": {}, "status": "succeeded",
        });
        self.keep(intent);
        let (id, paid) = (self.id("in"), self.id("inpay"));
        let invoice = json!({
            "id": id, "object": "invoice", "status": "paid", "billing_reason": reason, "amount_paid": amount, "total": amount,
            "currency": subscription["currency"], "customer": subscription["customer"], "created": self.now(),
            "hosted_invoice_url": format!("{}/receipt/{id}", self.url), "metadata": {},
            "parent": { "type": "subscription_details", "subscription_details": {
                "subscription": subscription["id"], "metadata": subscription["metadata"],
            } },
        });
        self.keep(json!({
            "id": paid, "object": "invoice_payment", "invoice": id, "amount_paid": amount, "created": self.now(), "status": "paid",
            "payment": { "type": "payment_intent", "payment_intent": payment },
        }));
        let invoice = self.keep(invoice);
        self.tell("invoice.paid", invoice);
        payment
    }

    /// Deletes a customer: their subscriptions end.
    pub(super) fn delete_customer(&mut self, customer: &str) {
        let mut gone = self.objects.remove(customer).unwrap();
        let theirs: Vec<String> = self
            .list("subscription")
            .iter()
            .filter(|of| of["customer"] == customer && of["status"] != "canceled")
            .map(|of| of["id"].as_str().unwrap().to_owned())
            .collect();
        for subscription in theirs {
            self.subscription_is(&subscription, "canceled");
        }
        gone["deleted"] = true.into();
        self.tell("customer.deleted", gone);
    }
}

/// A form's fields as the object that they name: `a[b][0]=c`.
pub(super) fn nested(fields: &[(String, String)]) -> Value {
    let mut root = Value::Object(Map::new());
    for (name, value) in fields {
        let mut place = &mut root;
        for part in name.split(['[', ']']).filter(|part| !part.is_empty()) {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = place.as_object_mut().unwrap().entry(part).or_insert(Value::Null);
        }
        *place = value.clone().into();
    }
    root
}
