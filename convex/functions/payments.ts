// What the payment service tells, and the books of money.
//
// What follows from a message is thought out by the program, whose rules of purchases are exact where floating point is not: it
// reads what is known, and writes what follows on the condition that this is still so. `stale` is the answer when it is not.

import { type Infer, v } from "convex/values";
import * as accounts from "./accounts";
import * as aliases from "./aliases";
import * as credits from "./credits";
import * as days from "./days";
import { conflict } from "./failure";
import * as schema from "./schema";
import { mutation, plain, query, type Read, type Row, type Write } from "./verb";

/** How long a message's id is known: longer than a payment service sends it by itself. */
const KNOWN_FOR = 31 * days.DAY;

/** A purchase as the program sees it. */
export function tell(row: Row<"purchases">) {
  const { key, account, credits, minor, currency, payment, refunded, disputes, movements, at, version } = row;
  return { key, account, credits, minor, currency, payment, refunded, disputes, movements, at, version };
}

async function find(ctx: Read, key: string): Promise<Row<"purchases"> | null> {
  return ctx.db
    .query("purchases")
    .withIndex("by_key", (q) => q.eq("key", key))
    .unique();
}

/** What is known of purchases, and which accounts are there. */
export const known = query({
  args: { purchases: v.array(v.string()), accounts: v.array(v.string()) },
  handler: async (ctx, { purchases, accounts: asked }) => {
    const known = [];
    for (const key of purchases) {
      const purchase = await find(ctx, key);
      if (purchase) known.push(tell(purchase));
    }
    const there = [];
    for (const account of asked) if (await accounts.find(ctx, account)) there.push(account);
    return { purchases: known, accounts: there };
  },
});

const purchaseNews = v.object({
  purchase: v.object(schema.purchase),
  /** The version that this follows; 0 of a purchase that was not known. */
  follows: v.number(),
  movements: v.array(v.object(schema.movement)),
  at: v.number(),
});

const news = v.union(
  v.object({ kind: v.literal("purchase"), news: purchaseNews }),
  v.object({ kind: v.literal("subscription"), news: v.object(schema.subscription) }),
  v.object({ kind: v.literal("customer"), account: v.string(), alias: v.object(schema.alias) }),
  v.object({ kind: v.literal("customer_gone"), alias: v.object(schema.alias) }),
);

export const apply = mutation({
  args: {
    message: v.union(v.string(), v.null()),
    /** Whether each account that was asked for is there. */
    there: v.array(v.object({ account: v.string(), there: v.boolean() })),
    news: v.array(news),
    now: v.number(),
  },
  about: "nobody",
  run: async (ctx, { message, there, news, now }) => {
    if (await isStale(ctx, there, news)) return { stale: true, already: false };
    if (message !== null && !(await aliases.noteFirst(ctx, message, now, now + KNOWN_FOR))) {
      return { stale: false, already: true };
    }
    for (const told of news) await hear(ctx, told, now);
    return { stale: false, already: false };
  },
});

type News = Infer<typeof news>;

async function isStale(ctx: Read, there: { account: string; there: boolean }[], news: News[]): Promise<boolean> {
  for (const { account, there: was } of there) {
    if (((await accounts.find(ctx, account)) !== null) !== was) return true;
  }
  // A message that speaks twice of a purchase follows itself.
  const versions = new Map<string, number>();
  for (const told of news) {
    if (told.kind !== "purchase") continue;
    const { purchase, follows } = told.news;
    const version = versions.get(purchase.key) ?? (await find(ctx, purchase.key))?.version ?? 0;
    if (version !== follows) return true;
    versions.set(purchase.key, version + 1);
  }
  return false;
}

async function hear(ctx: Write, told: News, now: number): Promise<void> {
  switch (told.kind) {
    case "purchase":
      return write(ctx, told.news, now);
    case "subscription":
      return subscribe(ctx, told.news);
    case "customer":
      if (await accounts.find(ctx, told.account)) await aliases.give(ctx, told.account, told.alias, now);
      return;
    case "customer_gone":
      return aliases.takeAway(ctx, told.alias);
  }
}

/** Keeps what is known of a purchase now, and books what follows. */
async function write(ctx: Write, { purchase, follows, movements, at }: Infer<typeof purchaseNews>, now: number) {
  const known = await find(ctx, purchase.key);
  const row = { ...purchase, version: follows + 1 };
  if (known) await ctx.db.patch(known._id, row);
  else await ctx.db.insert("purchases", row);
  let number = purchase.movements - movements.length;
  for (const movement of movements) {
    number += 1;
    const payment = { ...movement, purchase: purchase.key, number, account: purchase.account, at };
    await ctx.db.insert("payments", payment);
    await days.countPayment(ctx, payment);
    if (purchase.account === null || movement.credits === 0) continue;
    const key = credits.paymentKey(purchase.key, number);
    const booking = { account: purchase.account, key, generation: null, note: "", now };
    await credits.book(ctx, booking, { kind: movement.kind, amount: movement.credits });
  }
}

const ORDER = ["incomplete", "active", "past_due", "ended"];

async function subscribe(ctx: Write, news: Infer<ReturnType<typeof v.object<typeof schema.subscription>>>) {
  if (!(await accounts.find(ctx, news.account))) return;
  const known = await ctx.db
    .query("subscriptions")
    .withIndex("by_key", (q) => q.eq("id", news.id))
    .unique();
  if (!known) {
    await ctx.db.insert("subscriptions", news);
    return;
  }
  if (known.account !== news.account) conflict("id_reused");
  // What has ended stays so, and of two tellings of one moment the one that is further on counts.
  const [ended, ends] = [known.state === "ended", news.state === "ended"];
  const later = news.as_of - known.as_of || ORDER.indexOf(news.state) - ORDER.indexOf(known.state);
  if ((!ended && later > 0) || (ends && !ended)) await ctx.db.patch(known._id, news);
}

export const get = query({
  args: { purchase: v.string() },
  handler: async (ctx, { purchase }) => {
    const known = await find(ctx, purchase);
    return known && tell(known);
  },
});

/** The purchases of an account, newest first. */
export async function of(ctx: Read, account: string): Promise<Row<"purchases">[]> {
  return ctx.db
    .query("purchases")
    .withIndex("by_account", (q) => q.eq("account", account))
    .order("desc")
    .collect();
}

export const list = query({
  args: { account: v.string() },
  handler: async (ctx, { account }) => (await of(ctx, account)).map(tell),
});

const page = { from: v.number(), until: v.number(), cursor: v.union(v.string(), v.null()) };
const PAGE = 1000;

/** The purchases of a span of time, oldest first, a page at a time. */
export const purchasesIn = query({
  args: page,
  handler: async (ctx, { from, until, cursor }) => {
    const found = await ctx.db
      .query("purchases")
      .withIndex("by_time", (q) => q.gte("at", from).lt("at", until))
      .paginate({ cursor, numItems: PAGE });
    return { rows: found.page.map(tell), next: found.isDone ? null : found.continueCursor };
  },
});

/** The movements of money of a span of time, oldest first, a page at a time. */
export const paymentsIn = query({
  args: page,
  handler: async (ctx, { from, until, cursor }) => {
    const found = await ctx.db
      .query("payments")
      .withIndex("by_time", (q) => q.gte("at", from).lt("at", until))
      .paginate({ cursor, numItems: PAGE });
    return { rows: found.page.map(plain), next: found.isDone ? null : found.continueCursor };
  },
});

/** The subscriptions of an account, the one told of last first. */
export async function subscriptionsOf(ctx: Read, account: string): Promise<Row<"subscriptions">[]> {
  return ctx.db
    .query("subscriptions")
    .withIndex("by_account", (q) => q.eq("account", account))
    .order("desc")
    .collect();
}

export const subscriptions = query({
  args: { account: v.string() },
  handler: async (ctx, { account }) => (await subscriptionsOf(ctx, account)).map(plain),
});
