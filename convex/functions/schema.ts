// What is kept, and an index for every read. Fields have the names and meanings of the SQL backends' columns: ids are ULIDs as text,
// times are milliseconds since 1970 in UTC, digests are hexadecimal, what may be missing is null.
//
// Three kinds of fields are here that a row of SQL does not need. `place` is the whole sort key of a row as one text, because
// a range of an index here can't compare several fields at once. What SQL would count or sum up is kept in `lanes` and `sums`
// by the mutation that changes it. And `calls` holds the keys of mutations that were carried out.
//
// Whatever changes here or in the functions raises the number in `version.ts`.

import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

const orNull = <T extends Parameters<typeof v.union>[0]>(type: T) => v.union(type, v.null());

export const role = v.union(v.literal("admin"), v.literal("member"));

export const state = v.union(
  v.literal("queued"),
  v.literal("running"),
  v.literal("succeeded"),
  v.literal("refused"),
  v.literal("failed"),
  v.literal("cancelled"),
);

export const ending = v.union(v.literal("succeeded"), v.literal("refused"), v.literal("failed"), v.literal("cancelled"));

export const entryKind = v.union(
  v.literal("grant"),
  v.literal("purchase"),
  v.literal("reserve"),
  v.literal("settle"),
  v.literal("give_back"),
  v.literal("refund"),
  v.literal("chargeback"),
  v.literal("return"),
  v.literal("debt"),
  v.literal("repayment"),
);

export const paymentKind = v.union(
  v.literal("purchase"),
  v.literal("refund"),
  v.literal("chargeback"),
  v.literal("return"),
);

export const paying = v.union(v.literal("pending"), v.literal("failed"), v.literal("paid"));

export const subscriptionState = v.union(
  v.literal("incomplete"),
  v.literal("active"),
  v.literal("past_due"),
  v.literal("ended"),
);

export const usageKind = v.union(v.literal("style_chosen"), v.literal("image_fetched"));

export const outcome = v.union(
  v.literal("succeeded"),
  v.literal("unavailable"),
  v.literal("refused"),
  v.literal("invalid"),
);

export const deliveryState = v.union(v.literal("pending"), v.literal("delivered"), v.literal("dead"));

/** How many of what there are, of one account or of many. */
export const counts = {
  queued: v.number(),
  running: v.number(),
  succeeded: v.number(),
  refused: v.number(),
  failed: v.number(),
  cancelled: v.number(),
  photos: v.number(),
  photo_bytes: v.number(),
  images: v.number(),
  result_bytes: v.number(),
  preview_bytes: v.number(),
  balance: v.number(),
  debt: v.number(),
};

export const account = {
  id: v.string(),
  email: v.string(),
  name: v.string(),
  role,
  password: orNull(v.string()),
  retention: orNull(v.number()),
  created_at: v.number(),
};

export const session = {
  id: v.string(),
  account: v.string(),
  secret: v.string(),
  device: v.string(),
  created_at: v.number(),
  used_at: v.number(),
  expires_at: v.number(),
  sign_in: orNull(v.string()),
};

export const apiKey = {
  id: v.string(),
  account: v.string(),
  secret: v.string(),
  name: v.string(),
  hint: v.string(),
  scopes: v.string(),
  created_at: v.number(),
  used_at: orNull(v.number()),
  expires_at: orNull(v.number()),
  revoked_at: orNull(v.number()),
};

export const policy = { version: v.string(), digest: v.string(), text: v.string(), published_at: v.number() };

export const consent = {
  account: v.string(),
  id: v.string(),
  purpose: v.string(),
  version: v.string(),
  digest: v.string(),
  given_at: v.number(),
  withdrawn_at: orNull(v.number()),
};

export const photo = {
  account: v.string(),
  id: v.string(),
  media_type: v.string(),
  bytes: v.number(),
  width: v.number(),
  height: v.number(),
  digest: v.string(),
  /** The findings as JSON: they are read by people and rules, and never searched. */
  findings: v.string(),
  created_at: v.number(),
  expires_at: v.number(),
};

export const newGeneration = {
  account: v.string(),
  id: v.string(),
  style: v.string(),
  /** How many images were asked for. */
  count: v.number(),
  /** What was asked for as JSON, with a seed that a number here could not hold. */
  options: v.string(),
  price: v.number(),
  photos: v.array(v.string()),
  created_at: v.number(),
};

export const picture = {
  media_type: v.string(),
  bytes: v.number(),
  width: v.number(),
  height: v.number(),
  digest: v.string(),
};

export const newImage = {
  number: v.number(),
  full: v.object(picture),
  preview: v.object(picture),
  likeness: orNull(v.number()),
  created_at: v.number(),
  expires_at: v.number(),
  preview_expires_at: orNull(v.number()),
};

export const movement = { kind: paymentKind, credits: v.number(), minor: v.number(), currency: v.string() };

export const purchase = {
  key: v.string(),
  account: orNull(v.string()),
  credits: orNull(v.number()),
  minor: orNull(v.number()),
  currency: orNull(v.string()),
  payment: paying,
  refunded: v.number(),
  /** The disputes as JSON, by what the payment service calls them. */
  disputes: v.string(),
  /** How many movements of money followed. */
  movements: v.number(),
  at: v.number(),
};

export const subscription = {
  account: v.string(),
  id: v.string(),
  state: subscriptionState,
  paid_until: v.number(),
  ends: v.boolean(),
  as_of: v.number(),
};

export const alias = { service: v.string(), id: v.string() };

export const brand = {
  primary_colour: orNull(v.string()),
  accent_colour: orNull(v.string()),
  font: orNull(v.string()),
  logo: orNull(
    v.object({ file: v.string(), bytes: v.number(), width: v.number(), height: v.number(), digest: v.string() }),
  ),
};

export const endpoint = {
  account: v.string(),
  id: v.string(),
  url: v.string(),
  secret: v.string(),
  created_at: v.number(),
};

export const usageEvent = { account: v.string(), kind: usageKind, style: v.string(), at: v.number() };

export const erasureCounts = {
  photos: v.number(),
  generations: v.number(),
  images: v.number(),
  consents: v.number(),
  entries: v.number(),
  credentials: v.number(),
  webhooks: v.number(),
  usage: v.number(),
  objects: v.number(),
  payments_kept: v.number(),
};

export default defineSchema({
  accounts: defineTable(account).index("by_key", ["id"]).index("by_email", ["email"]).index("by_role", ["role"]),

  // An account's place in the queue, the counts and sums of what it has, and the end of its ledger. `head` is when its longest
  // waiting generation was asked for. The fair order is an index, so a claim costs the same however much is stored.
  lanes: defineTable({
    account: v.string(),
    ...counts,
    /** The last entry's place in the ledger. */
    sequence: v.number(),
    waiting: v.boolean(),
    head: orNull(v.number()),
  })
    .index("by_account", ["account"])
    .index("by_turn", ["waiting", "running", "head", "account"]),

  // The installation's counts and sums, in parts by account: two accounts seldom write the same part at once.
  sums: defineTable({ part: v.number(), ...counts, accounts: v.number(), pending_deletions: v.number() }).index("by_part", [
    "part",
  ]),

  resets: defineTable({ account: v.string(), secret: v.string(), expires_at: v.number() })
    .index("by_account", ["account"])
    .index("by_secret", ["secret"])
    .index("by_expiry", ["expires_at"]),

  sessions: defineTable(session)
    .index("by_key", ["id"])
    .index("by_account", ["account", "id"])
    .index("by_secret", ["secret"])
    .index("by_sign_in", ["sign_in"])
    .index("by_expiry", ["expires_at"]),

  aliases: defineTable({ ...alias, account: v.string(), as_of: v.number() })
    .index("by_key", ["service", "id"])
    .index("by_account", ["account", "service"]),

  // Aliases of erased accounts that the service still has to delete. They go when it has.
  farewells: defineTable({ ...alias, erasure: v.string() })
    .index("by_key", ["service", "id"])
    .index("by_erasure", ["erasure", "service", "id"]),

  // Digests of messages and tokens that were seen.
  once: defineTable({ key: v.string(), expires_at: v.number() })
    .index("by_key", ["key"])
    .index("by_expiry", ["expires_at"]),

  api_keys: defineTable(apiKey)
    .index("by_key", ["id"])
    .index("by_account", ["account", "id"])
    .index("by_secret", ["secret"]),

  brands: defineTable({ account: v.string(), ...brand }).index("by_account", ["account"]),

  policies: defineTable(policy).index("by_version", ["version"]).index("by_time", ["published_at", "version"]),

  consents: defineTable(consent)
    .index("by_account", ["account", "id"])
    .index("by_purpose", ["account", "purpose", "withdrawn_at"]),

  photos: defineTable({ ...photo, /** `account/id` */ place: v.string() })
    .index("by_place", ["place"])
    .index("by_account", ["account", "expires_at"])
    .index("by_expiry", ["expires_at"]),

  generations: defineTable({
    ...newGeneration,
    state,
    progress: v.number(),
    reason: orNull(v.string()),
    claims: v.number(),
    lease: orNull(v.string()),
    lease_until: orNull(v.number()),
    started_at: orNull(v.number()),
    ended_at: orNull(v.number()),
    /** The number of its last attempt. */
    attempts: v.number(),
    /** The numbers of the images that were made, deleted ones too. */
    made: v.array(v.number()),
  })
    .index("by_account", ["account", "id"])
    .index("by_queue", ["account", "state", "created_at", "id"])
    .index("by_state", ["state", "id"])
    .index("by_lapse", ["lease_until"])
    .index("by_lease", ["lease"]),

  // Which photos the generations that have not ended are made from.
  uses: defineTable({ account: v.string(), photo: v.string(), generation: v.string() })
    .index("by_photo", ["account", "photo"])
    .index("by_generation", ["account", "generation"]),

  attempts: defineTable({
    account: v.string(),
    generation: v.string(),
    number: v.number(),
    provider: v.string(),
    model: v.string(),
    prompt: v.string(),
    started_at: v.number(),
    ended_at: orNull(v.number()),
    outcome: orNull(outcome),
    detail: v.string(),
    images: v.number(),
    fallback: v.boolean(),
    tokens_in: v.number(),
    tokens_out: v.number(),
    micro_dollars: v.number(),
  })
    .index("by_generation", ["account", "generation", "number"])
    .index("by_time", ["started_at"]),

  // A deleted image keeps its number, with nothing in it, until its generation goes. `expired` says that the full
  // resolution is gone; a deleted image is expired too, and no favourite.
  images: defineTable({
    account: v.string(),
    generation: v.string(),
    ...newImage,
    favourite: v.boolean(),
    expired: v.boolean(),
    deleted: v.boolean(),
    /** `account/generation/number`, the number with three digits. */
    place: v.string(),
  })
    .index("by_place", ["place"])
    .index("by_shown", ["deleted", "place"])
    .index("by_full", ["expired", "place"])
    .index("by_favourite", ["favourite", "place"])
    .index("by_account", ["account", "expires_at", "place"])
    .index("by_expiry", ["expired", "expires_at"])
    .index("by_preview_expiry", ["deleted", "preview_expires_at"]),

  ledger: defineTable({
    account: v.string(),
    sequence: v.number(),
    key: v.string(),
    kind: entryKind,
    change: v.number(),
    balance: v.number(),
    debt: v.number(),
    generation: orNull(v.string()),
    note: v.string(),
    at: v.number(),
  })
    .index("by_key", ["key"])
    .index("by_account", ["account", "sequence"]),

  // What is known of each purchase. It stays when its account goes, without a word of whose it was. `version` tells whether
  // it is still as it was when what follows was thought out.
  purchases: defineTable({ ...purchase, version: v.number() })
    .index("by_key", ["key"])
    .index("by_account", ["account", "at", "key"])
    .index("by_time", ["at", "key"]),

  payments: defineTable({
    ...movement,
    purchase: v.string(),
    number: v.number(),
    account: orNull(v.string()),
    at: v.number(),
  })
    .index("by_purchase", ["purchase", "number"])
    .index("by_account", ["account"])
    .index("by_time", ["at", "purchase", "number"]),

  subscriptions: defineTable(subscription)
    .index("by_key", ["id"])
    .index("by_owner", ["account", "id"])
    .index("by_account", ["account", "as_of", "id"]),

  idempotency_keys: defineTable({
    account: v.string(),
    key: v.string(),
    request: v.string(),
    generation: v.string(),
    created_at: v.number(),
  })
    .index("by_key", ["account", "key"])
    .index("by_age", ["created_at"]),

  deletions: defineTable({
    key: v.string(),
    account: v.string(),
    queued_at: v.number(),
    erasure: orNull(v.string()),
  })
    .index("by_key", ["key"])
    .index("by_age", ["queued_at", "key"])
    .index("by_account", ["account", "erasure"])
    .index("by_erasure", ["erasure", "queued_at", "key"]),

  erasures: defineTable({
    id: v.string(),
    account: orNull(v.string()),
    begun_at: v.number(),
    completed_at: orNull(v.number()),
    counts: v.object(erasureCounts),
    /** Whether rows are left; an account of any size goes in transactions of a bounded one. */
    erasing: v.boolean(),
    open: v.boolean(),
  })
    .index("by_key", ["id"])
    .index("by_open", ["open", "id"]),

  endpoints: defineTable(endpoint).index("by_key", ["id"]).index("by_account", ["account", "id"]),

  deliveries: defineTable({
    endpoint: v.string(),
    event: v.string(),
    account: v.string(),
    body: v.string(),
    state: deliveryState,
    pending: v.boolean(),
    tries: v.number(),
    next_at: v.number(),
    status: orNull(v.number()),
    created_at: v.number(),
    /** The key of the call that claimed it last. */
    claim: orNull(v.string()),
    /** `created_at/event/endpoint`, the time with fifteen digits. */
    place: v.string(),
  })
    .index("by_delivery", ["endpoint", "event"])
    .index("by_due", ["pending", "next_at"])
    .index("by_age", ["pending", "created_at"])
    .index("by_account", ["account", "place"])
    .index("by_claim", ["claim"]),

  usage_events: defineTable({ ...usageEvent, /** Drawn at random: it names the event, and means nothing. */ number: v.number() })
    .index("by_key", ["number"])
    .index("by_account", ["account", "at"])
    .index("by_time", ["at"]),

  // What attempts took and what was done with styles, counted by day: what a month cost is read without reading each attempt, and
  // stays when attempts go. They are in parts by account for the same reason as `sums`.
  spending: defineTable({
    day: v.number(),
    part: v.number(),
    style: v.string(),
    provider: v.string(),
    model: v.string(),
    outcome,
    attempts: v.number(),
    generations: v.number(),
    fallbacks: v.number(),
    images: v.number(),
    tokens_in: v.number(),
    tokens_out: v.number(),
    micro_dollars: v.number(),
  }).index("by_day", ["day", "part", "style", "provider", "model", "outcome"]),

  money_days: defineTable({
    day: v.number(),
    part: v.number(),
    currency: v.string(),
    kind: paymentKind,
    count: v.number(),
    minor: v.number(),
    credits: v.number(),
  }).index("by_day", ["day", "part", "currency", "kind"]),

  usage_days: defineTable({
    day: v.number(),
    part: v.number(),
    style: v.string(),
    kind: usageKind,
    count: v.number(),
  }).index("by_day", ["day", "part", "style", "kind"]),

  throttles: defineTable({ key: v.string(), count: v.number(), since: v.number(), expires_at: v.number() })
    .index("by_key", ["key"])
    .index("by_expiry", ["expires_at"]),

  // What was carried out, by the key of the call, with what was answered. It goes after an hour, or with its account.
  calls: defineTable({ call: v.string(), account: orNull(v.string()), answer: v.any() })
    .index("by_call", ["call"])
    .index("by_account", ["account"]),
});
