// How a rule says no. The client reads `data` into the same typed errors that the SQL backends give; everything that was
// written in the transaction is undone.

import { ConvexError } from "convex/values";

export type Noun =
  | "account"
  | "session"
  | "api_key"
  | "policy"
  | "reset"
  | "photo"
  | "generation"
  | "attempt"
  | "image"
  | "endpoint"
  | "delivery"
  | "erasure";

export type Conflict =
  | "email_taken"
  | "last_admin"
  | "key_reused"
  | "id_reused"
  | "policy_changed"
  | "ended"
  | "photo_count"
  | "image_number"
  | "no_image"
  | "objects_remain"
  | "email_unverified"
  | "no_new_accounts";

export type Failure =
  | { error: "not_found"; noun: Noun }
  | { error: "conflict"; conflict: Conflict }
  | { error: "insufficient"; needed: number; balance: number }
  | { error: "too_many_credits" }
  | { error: "consent_missing"; purpose: string }
  | { error: "lease_lost" };

export function fail(failure: Failure): never {
  throw new ConvexError(failure);
}

export function missing(noun: Noun): never {
  fail({ error: "not_found", noun });
}

export function conflict(conflict: Conflict): never {
  fail({ error: "conflict", conflict });
}

export function leaseLost(): never {
  fail({ error: "lease_lost" });
}
