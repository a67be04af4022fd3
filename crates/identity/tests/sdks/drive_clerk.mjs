// Drives the stand-in by Clerk's own SDK: its Backend API, its tokens and its messages; and signs a token with the instance's key.
// What it is to look at comes as JSON at the standard input, and what it saw goes out the same way.

import { createClerkClient, verifyToken } from "@clerk/backend";
import { signJwt } from "@clerk/backend/jwt";
import { verifyWebhook } from "@clerk/backend/webhooks";
import { text } from "node:stream/consumers";

const { url, secretKey, publishableKey, webhookSecret, party, user, token, forged, message, key, claims } = JSON.parse(await text(process.stdin));
const said = {};
const reason = async (call) => {
  try {
    return { good: await call() };
  } catch (error) {
    return { reason: error.reason ?? error.errors?.[0]?.code ?? error.message, status: error.status };
  }
};

const client = (secretKey) => createClerkClient({ secretKey, publishableKey, apiUrl: url });
const known = await client(secretKey).users.getUser(user);
said.user = [known.id, known.firstName, known.primaryEmailAddress.emailAddress, known.primaryEmailAddress.verification.status];
said.wrongKey = await reason(() => client("sk_test_wrong").users.getUser(user));

const verify = (token, options) => reason(() => verifyToken(token, { secretKey, apiUrl: url, authorizedParties: [party], ...options }));
const verified = await verify(token);
said.token = [verified.good?.sub, verified.good?.sid, verified.good?.v, verified.reason];
said.forged = await verify(forged);
said.otherParty = await verify(token, { authorizedParties: ["https://evil.example"] });

const posted = (body) => new Request("https://photos.example.org/api/v1/hooks/identity", { method: "POST", headers: message.headers, body });
const event = await verifyWebhook(posted(message.body), { signingSecret: webhookSecret });
said.event = [event.type, event.data.id];
said.changedEvent = Boolean((await reason(() => verifyWebhook(posted(message.body.replace("user_", "user_x")), { signingSecret: webhookSecret }))).reason);

const gone = await client(secretKey).users.deleteUser(user);
said.gone = [gone.id, gone.deleted, (await reason(() => client(secretKey).users.getUser(user))).status];

const signed = await signJwt(claims, key, { algorithm: "RS256", header: { kid: key.kid } });
said.signed = signed.data ?? signed;

console.log(JSON.stringify(said));
