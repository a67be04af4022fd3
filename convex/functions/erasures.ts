// Erasing an account. Its first transaction takes the account itself, so that nobody can act for it any more and nothing of it
// is worked on; then its rows go in as many bounded transactions as they need, each of which adds to the receipt. Whoever began
// it goes on until it is done, and after a crash it is among the open ones.

import { v } from "convex/values";
import * as accounts from "./accounts";
import * as aliases from "./aliases";
import * as days from "./days";
import * as deletions from "./deletions";
import { conflict, missing } from "./failure";
import * as images from "./images";
import * as lanes from "./lanes";
import { BATCH, keyed, query, type Read, type Row, type Write } from "./verb";

type Counts = Row<"erasures">["counts"];

const NOTHING: Counts = {
  photos: 0,
  generations: 0,
  images: 0,
  consents: 0,
  entries: 0,
  credentials: 0,
  webhooks: 0,
  usage: 0,
  objects: 0,
  payments_kept: 0,
};

function tell({ id, account, begun_at, completed_at, counts, erasing }: Row<"erasures">) {
  return { id, account, begun_at, completed_at, counts, erasing };
}

async function find(ctx: Read, erasure: string): Promise<Row<"erasures"> | null> {
  return ctx.db
    .query("erasures")
    .withIndex("by_key", (q) => q.eq("id", erasure))
    .unique();
}

export const begin = keyed({
  args: { account: v.string(), erasure: v.string(), now: v.number() },
  run: async (ctx, { account, erasure: id, now }) => {
    const known = await find(ctx, id);
    if (known) return known.account === null || known.account === account ? tell(known) : conflict("id_reused");
    const row = await accounts.need(ctx, account);
    if (row.role === "admin" && (await accounts.isLastAdmin(ctx)) && !(await isAlone(ctx))) conflict("last_admin");
    const erasure = { id, account, begun_at: now, completed_at: null, counts: NOTHING, erasing: true };
    await ctx.db.insert("erasures", { ...erasure, open: true });
    await aliases.sayFarewell(ctx, account, id);
    await lanes.close(ctx, account);
    await ctx.db.delete(row._id);
    return erasure;
  },
});

async function isAlone(ctx: Read): Promise<boolean> {
  return (await ctx.db.query("accounts").take(2)).length < 2;
}

// What went does not come back, so a step that is asked for again does the next one.
export const step = keyed({
  args: { erasure: v.string(), now: v.number() },
  run: async (ctx, { erasure: id, now }) => {
    const erasure = (await find(ctx, id)) ?? missing("erasure");
    if (!erasure.erasing || erasure.account === null) return tell(erasure);
    const counts = { ...erasure.counts };
    const left = await takeAway(ctx, { account: erasure.account, erasure: id, now, counts }, BATCH);
    const change = { counts, erasing: left === 0 };
    await ctx.db.patch(erasure._id, change);
    return tell({ ...erasure, ...change });
  },
});

type Going = { account: string; erasure: string; now: number; counts: Counts };

/** Takes rows away until the budget is used up; what is left of it. */
async function takeAway(ctx: Write, going: Going, budget: number): Promise<number> {
  let left = budget;
  for (const take of TAKES) {
    if (left > 0) left -= await take(ctx, going, left);
  }
  return left;
}

type Take = (ctx: Write, going: Going, limit: number) => Promise<number>;

/** Every table that speaks of an account, in the order in which it is emptied. Each says how many rows it took. */
const TAKES: Take[] = [
  simple("sessions", "credentials"),
  simple("api_keys", "credentials"),
  simple("resets", null),
  simple("brands", null),
  simple("consents", "consents"),
  simple("endpoints", "webhooks"),
  simple("deliveries", "webhooks"),
  simple("idempotency_keys", null),
  simple("uses", null),
  takePhotos,
  takeImages,
  takeAttempts,
  simple("generations", "generations"),
  simple("ledger", "entries"),
  simple("subscriptions", null),
  simple("aliases", null),
  takeUsage,
  takePurchases,
  takePayments,
  takeDeletions,
  simple("calls", null),
];

type Simple =
  | "sessions"
  | "api_keys"
  | "resets"
  | "brands"
  | "consents"
  | "endpoints"
  | "deliveries"
  | "idempotency_keys"
  | "uses"
  | "generations"
  | "ledger"
  | "subscriptions"
  | "aliases"
  | "calls";

/** For a table whose rows simply go. */
function simple(table: Simple, counted: keyof Counts | null): Take {
  return async (ctx, { account, counts }, limit) => {
    const rows = await ofAccount(ctx, table, account, limit);
    for (const row of rows) await ctx.db.delete(row._id);
    if (counted) counts[counted] += rows.length;
    return rows.length;
  };
}

async function ofAccount(ctx: Read, table: Simple, account: string, limit: number) {
  switch (table) {
    case "idempotency_keys":
      return ctx.db
        .query(table)
        .withIndex("by_key", (q) => q.eq("account", account))
        .take(limit);
    case "uses":
      return ctx.db
        .query(table)
        .withIndex("by_photo", (q) => q.eq("account", account))
        .take(limit);
    default:
      return ctx.db
        .query(table as "sessions")
        .withIndex("by_account", (q) => q.eq("account", account))
        .take(limit);
  }
}

async function takePhotos(ctx: Write, { account, erasure, now, counts }: Going, limit: number): Promise<number> {
  const rows = await ctx.db
    .query("photos")
    .withIndex("by_account", (q) => q.eq("account", account))
    .take(limit);
  for (const photo of rows) {
    counts.objects += await deletions.queue(ctx, account, [deletions.upload(account, photo.id)], now, erasure);
    await ctx.db.delete(photo._id);
  }
  counts.photos += rows.length;
  return rows.length;
}

async function takeImages(ctx: Write, { account, erasure, now, counts }: Going, limit: number): Promise<number> {
  const rows = await ctx.db
    .query("images")
    .withIndex("by_account", (q) => q.eq("account", account))
    .take(limit);
  for (const image of rows) {
    if (!image.deleted) counts.images += 1;
    counts.objects += await deletions.queue(ctx, account, images.objects(image), now, erasure);
    await ctx.db.delete(image._id);
  }
  return rows.length;
}

async function takeAttempts(ctx: Write, { account }: Going, limit: number): Promise<number> {
  const rows = await ctx.db
    .query("attempts")
    .withIndex("by_generation", (q) => q.eq("account", account))
    .take(limit);
  for (const attempt of rows) await ctx.db.delete(attempt._id);
  return rows.length;
}

async function takeUsage(ctx: Write, { account, counts }: Going, limit: number): Promise<number> {
  const rows = await ctx.db
    .query("usage_events")
    .withIndex("by_account", (q) => q.eq("account", account))
    .take(limit);
  for (const event of rows) {
    await days.countUsage(ctx, event, -1);
    await ctx.db.delete(event._id);
  }
  counts.usage += rows.length;
  return rows.length;
}

/** Purchases and payments stay without a word of whose they were. */
async function takePurchases(ctx: Write, { account }: Going, limit: number): Promise<number> {
  const rows = await ctx.db
    .query("purchases")
    .withIndex("by_account", (q) => q.eq("account", account))
    .take(limit);
  for (const purchase of rows) await ctx.db.patch(purchase._id, { account: null });
  return rows.length;
}

async function takePayments(ctx: Write, { account, counts }: Going, limit: number): Promise<number> {
  const rows = await ctx.db
    .query("payments")
    .withIndex("by_account", (q) => q.eq("account", account))
    .take(limit);
  for (const payment of rows) await ctx.db.patch(payment._id, { account: null });
  counts.payments_kept += rows.length;
  return rows.length;
}

/** Objects that were to go before belong to the erasure now. */
async function takeDeletions(ctx: Write, { account, erasure, counts }: Going, limit: number): Promise<number> {
  const rows = await ctx.db
    .query("deletions")
    .withIndex("by_account", (q) => q.eq("account", account).eq("erasure", null))
    .take(limit);
  for (const deletion of rows) await ctx.db.patch(deletion._id, { erasure });
  counts.objects += rows.length;
  return rows.length;
}

export const complete = keyed({
  args: { erasure: v.string(), now: v.number() },
  run: async (ctx, { erasure: id, now }) => {
    const erasure = (await find(ctx, id)) ?? missing("erasure");
    if (erasure.completed_at !== null) return tell(erasure);
    const open = await ctx.db
      .query("deletions")
      .withIndex("by_erasure", (q) => q.eq("erasure", id))
      .first();
    if (erasure.erasing || open || (await aliases.isFarewellOpen(ctx, id))) conflict("objects_remain");
    const change = { account: null, completed_at: now, open: false };
    await ctx.db.patch(erasure._id, change);
    return tell({ ...erasure, ...change });
  },
});

export const get = query({
  args: { erasure: v.string() },
  handler: async (ctx, { erasure }) => tell((await find(ctx, erasure)) ?? missing("erasure")),
});

export const listOpen = query({
  args: {},
  handler: async (ctx) => {
    const open = await ctx.db
      .query("erasures")
      .withIndex("by_open", (q) => q.eq("open", true))
      .collect();
    return open.map(tell);
  },
});
