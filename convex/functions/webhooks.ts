// Webhook endpoints, and the deliveries that wait for them.

import { v } from "convex/values";
import * as accounts from "./accounts";
import { conflict, missing } from "./failure";
import * as schema from "./schema";
import { BATCH, keyed, mutation, plain, query, type Read, type Row, type Write } from "./verb";

/** A delivery as the program sees it. */
export function tell(row: Row<"deliveries">) {
  const { endpoint, event, account, body, state, tries, next_at, status, created_at } = row;
  return { endpoint, event, account, body, state, tries, next_at, status, created_at };
}

async function find(ctx: Read, endpoint: string): Promise<Row<"endpoints"> | null> {
  return ctx.db
    .query("endpoints")
    .withIndex("by_key", (q) => q.eq("id", endpoint))
    .unique();
}

/** The endpoints of an account, newest first. */
export async function of(ctx: Read, account: string): Promise<Row<"endpoints">[]> {
  return ctx.db
    .query("endpoints")
    .withIndex("by_account", (q) => q.eq("account", account))
    .order("desc")
    .collect();
}

export const add = mutation({
  args: schema.endpoint,
  run: async (ctx, endpoint) => {
    await accounts.need(ctx, endpoint.account);
    const known = await find(ctx, endpoint.id);
    if (!known) await ctx.db.insert("endpoints", endpoint);
    const kept = known ? plain(known) : endpoint;
    const { account, url, secret, created_at } = endpoint;
    const same =
      kept.account === account && kept.url === url && kept.secret === secret && kept.created_at === created_at;
    return same ? kept : conflict("id_reused");
  },
});

export const list = query({
  args: { account: v.string() },
  handler: async (ctx, { account }) => (await of(ctx, account)).map(plain),
});

/** Deletes a batch of an endpoint's deliveries, then the endpoint; says whether it is done. */
export const remove = mutation({
  args: { account: v.string(), endpoint: v.string() },
  run: async (ctx, { account, endpoint }) => {
    const known = await find(ctx, endpoint);
    if (!known || known.account !== account) missing("endpoint");
    const done = (await dropDeliveries(ctx, endpoint)) < BATCH;
    if (done) await ctx.db.delete(known._id);
    return done;
  },
});

async function dropDeliveries(ctx: Write, endpoint: string): Promise<number> {
  const deliveries = await ctx.db
    .query("deliveries")
    .withIndex("by_delivery", (q) => q.eq("endpoint", endpoint))
    .take(BATCH);
  for (const delivery of deliveries) await ctx.db.delete(delivery._id);
  return deliveries.length;
}

/** Deletes every endpoint of an account. Deliveries beyond a batch find no endpoint when they are due, and go then. */
export async function removeAll(ctx: Write, account: string): Promise<void> {
  for (const endpoint of await of(ctx, account)) {
    await dropDeliveries(ctx, endpoint.id);
    await ctx.db.delete(endpoint._id);
  }
}

/** Notes for each endpoint of the account that a generation ended. */
export async function announce(ctx: Write, generation: Row<"generations">, images: number, now: number) {
  const body = JSON.stringify({
    type: `generation.${generation.state}`,
    timestamp: new Date(now).toISOString(),
    data: { generation: generation.id, images },
  });
  const event = `ended-${generation.id}`;
  for (const { id: endpoint, account } of await of(ctx, generation.account)) {
    await ctx.db.insert("deliveries", {
      endpoint,
      event,
      account,
      body,
      state: "pending",
      pending: true,
      tries: 0,
      next_at: now,
      status: null,
      created_at: now,
      claim: null,
      place: placeOf(now, event, endpoint),
    });
  }
}

export function placeOf(at: number, event: string, endpoint: string): string {
  return `${String(at).padStart(15, "0")}/${event}/${endpoint}`;
}

// The key of the call stays with what it claimed: asked again, it finds that and counts no further try.
export const claim = keyed({
  args: { now: v.number(), until: v.number(), limit: v.number() },
  run: async (ctx, { call, now, until, limit }) => {
    const before = await ctx.db
      .query("deliveries")
      .withIndex("by_claim", (q) => q.eq("claim", call))
      .collect();
    const claimed = before.length > 0 ? before : await claimDue(ctx, call, now, until, limit);
    claimed.sort((a, b) => a.created_at - b.created_at || (a.event < b.event ? -1 : Number(a.event > b.event)));
    const answer = [];
    for (const delivery of claimed) {
      const endpoint = await find(ctx, delivery.endpoint);
      if (endpoint) answer.push({ delivery: tell(delivery), endpoint: plain(endpoint) });
      // Its account is being erased, or lost its endpoints.
      else await ctx.db.delete(delivery._id);
    }
    return answer;
  },
});

async function claimDue(ctx: Write, claim: string, now: number, until: number, limit: number) {
  const due = await ctx.db
    .query("deliveries")
    .withIndex("by_due", (q) => q.eq("pending", true).lte("next_at", now))
    .take(limit);
  const claimed = [];
  for (const delivery of due) {
    const taken = { tries: delivery.tries + 1, next_at: until, claim };
    await ctx.db.patch(delivery._id, taken);
    claimed.push({ ...delivery, ...taken });
  }
  return claimed;
}

async function findDelivery(ctx: Read, endpoint: string, event: string): Promise<Row<"deliveries">> {
  const delivery = await ctx.db
    .query("deliveries")
    .withIndex("by_delivery", (q) => q.eq("endpoint", endpoint).eq("event", event))
    .unique();
  return delivery ?? missing("delivery");
}

export const record = mutation({
  args: {
    endpoint: v.string(),
    event: v.string(),
    tries: v.number(),
    delivered: v.boolean(),
    status: v.union(v.number(), v.null()),
    /** When a failed try is repeated; null when it is given up. */
    retry_at: v.union(v.number(), v.null()),
  },
  run: async (ctx, { endpoint, event, tries, delivered, status, retry_at }) => {
    const known = await findDelivery(ctx, endpoint, event);
    const late = known.tries !== tries || known.state !== "pending";
    if (late && !delivered) return tell(known);
    const state = delivered ? "delivered" : retry_at === null ? "dead" : "pending";
    const next_at = state === "pending" && retry_at !== null ? retry_at : known.next_at;
    const change = { state, pending: state === "pending", next_at, status } as const;
    await ctx.db.patch(known._id, change);
    return tell({ ...known, ...change });
  },
  about: (_, delivery) => delivery.account,
});

export const listDeliveries = query({
  args: {
    account: v.string(),
    after: v.union(v.object({ at: v.number(), event: v.string(), endpoint: v.string() }), v.null()),
    limit: v.number(),
  },
  handler: async (ctx, { account, after, limit }) => {
    const place = after ? placeOf(after.at, after.event, after.endpoint) : "~";
    const deliveries = await ctx.db
      .query("deliveries")
      .withIndex("by_account", (q) => q.eq("account", account).lt("place", place))
      .order("desc")
      .take(limit);
    return deliveries.map(tell);
  },
});

export const replay = mutation({
  args: { account: v.string(), endpoint: v.string(), event: v.string(), now: v.number() },
  run: async (ctx, { account, endpoint, event, now }) => {
    const known = await findDelivery(ctx, endpoint, event);
    if (known.account !== account) missing("delivery");
    const change = { state: "pending", pending: true, tries: 0, next_at: now, claim: null } as const;
    await ctx.db.patch(known._id, change);
    return tell({ ...known, ...change });
  },
});

/** Forgets deliveries that are over and old. */
export async function tidy(ctx: Write, before: number): Promise<number> {
  const old = await ctx.db
    .query("deliveries")
    .withIndex("by_age", (q) => q.eq("pending", false).lt("created_at", before))
    .take(BATCH);
  for (const delivery of old) await ctx.db.delete(delivery._id);
  return old.length;
}
