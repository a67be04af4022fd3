"""Reads messages that the stand-in signed and signs one, by the SDK of Svix, who delivers Clerk's.

What it is to look at comes as JSON at the standard input, and what it saw goes out the same way.
"""

import json
import sys
from datetime import datetime, timezone

from svix.webhooks import Webhook, WebhookVerificationError

asked = json.load(sys.stdin)
webhook = Webhook(asked["secret"])
said = {}


def accepts(message):
    try:
        webhook.verify(message["body"], message["headers"])
        return True
    except WebhookVerificationError:
        return False


said["read"] = [accepts(message) for message in asked["messages"]]
at = datetime.fromtimestamp(asked["now"], timezone.utc)
said["signature"] = webhook.sign("msg_svix", at, asked["body"])
json.dump(said, sys.stdout)
