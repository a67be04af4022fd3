// The vendor's own client against the stand-in: what it can't read, nobody should build on. Arguments: the deployment's address
// and key.

import assert from "node:assert/strict";
import { ConvexHttpClient } from "convex/browser";
import { type FunctionReference, makeFunctionReference } from "convex/server";
import { ConvexError } from "convex/values";
import { VERSION } from "../functions/version";

const [address = "", key = ""] = process.argv.slice(2);

/** The client with a deploy key, by which it may call internal functions. */
function client(key: string): ConvexHttpClient {
  const client = new ConvexHttpClient(address);
  (client as ConvexHttpClient & { setAdminAuth(key: string): void }).setAdminAuth(key);
  return client;
}

const version = makeFunctionReference<"query">("version:get");
const create = makeFunctionReference<"mutation">("accounts:create");
const find = makeFunctionReference<"query">("accounts:get");

const admin = client(key);
assert.deepEqual(await admin.query(version, {}), { version: VERSION });

const ann = { id: "ann", email: "ann@example.org", name: "Ann", password: null, created_at: 1.5 };
const made = await admin.mutation(create, { ...ann, call: "1" });
assert.equal(made.role, "admin");
assert.deepEqual(await admin.query(find, { account: "ann" }), made);
assert.deepEqual(await admin.mutation(create, { ...ann, name: "Another", call: "1" }), made, "the same call again");

const another = admin.mutation(create, { ...ann, id: "ben", call: "2" });
const taken = await another.catch((error: unknown) => error);
assert.ok(taken instanceof ConvexError);
assert.deepEqual(taken.data, { error: "conflict", conflict: "email_taken" });

const fails = (call: Promise<unknown>, message: RegExp) => assert.rejects(call, message);
await fails(admin.mutation(create, { ...ann, id: 7, call: "3" }), /Validator|validator/);
await fails(admin.query(makeFunctionReference<"query">("accounts:none"), {}), /Could not find function/);
const nobody = new ConvexHttpClient(address);
await fails(nobody.query(version as FunctionReference<"query">, {}), /Could not find public function/);
await fails(client("prod:another|key").query(version, {}), /BadDeployKey/);
