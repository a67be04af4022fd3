// Credits: the ledger and the grants.
//
// Each entry carries the position after it, and the lane carries the last one, so that a balance is read and not summed up.
// `audit` sums up, a page at a time.

import { v } from "convex/values";
import * as accounts from "./accounts";
import { conflict } from "./failure";
import * as lanes from "./lanes";
import { type Position, type Posting, post } from "./postings";
import { mutation, plain, query, type Read, type Row, type Write } from "./verb";

/** What an entry is made for, beside the posting itself. */
type Booking = { account: string; key: string; generation: string | null; note: string; now: number };

export function reserveKey(generation: string): string {
  return `reserve/${generation}`;
}

export function endKey(generation: string): string {
  return `end/${generation}`;
}

export function paymentKey(purchase: string, number: number): string {
  return `payment/${purchase}/${number}`;
}

async function byKey(ctx: Read, key: string): Promise<Row<"ledger"> | null> {
  return ctx.db
    .query("ledger")
    .withIndex("by_key", (q) => q.eq("key", key))
    .unique();
}

/** Adds a posting to the ledger. */
export async function book(ctx: Write, booking: Booking, posting: Posting): Promise<Position> {
  const lane = await lanes.find(ctx, booking.account);
  const before = { balance: lane?.balance ?? 0, debt: lane?.debt ?? 0 };
  let sequence = lane?.sequence ?? 0;
  let after = before;
  for (const line of post(before, posting)) {
    const beside = line.kind === "debt" || line.kind === "repayment";
    const key = beside ? `${booking.key}/${line.kind}` : booking.key;
    if (await byKey(ctx, key)) conflict("id_reused");
    sequence += 1;
    after = line.after;
    const { account, generation, note, now: at } = booking;
    const { kind, change } = line;
    await ctx.db.insert("ledger", { account, sequence, key, kind, change, ...after, generation, note, at });
  }
  if (lane) await ctx.db.patch(lane._id, { sequence });
  await lanes.add(ctx, booking.account, { balance: after.balance - before.balance, debt: after.debt - before.debt });
  return after;
}

async function position(ctx: Read, account: string): Promise<Position> {
  const lane = await lanes.find(ctx, account);
  return { balance: lane?.balance ?? 0, debt: lane?.debt ?? 0 };
}

export const grant = mutation({
  args: { account: v.string(), key: v.string(), amount: v.number(), note: v.string(), now: v.number() },
  run: async (ctx, { account, key, amount, note, now }) => {
    await accounts.need(ctx, account);
    const known = await byKey(ctx, `grant/${key}`);
    if (known) {
      if (known.account !== account || known.change !== amount) conflict("key_reused");
      return { ...(await position(ctx, account)), already: true };
    }
    const booking = { account, key: `grant/${key}`, generation: null, note, now };
    return { ...(await book(ctx, booking, { kind: "grant", amount })), already: false };
  },
});

export const get = query({
  args: { account: v.string() },
  handler: async (ctx, { account }) => {
    await accounts.need(ctx, account);
    return position(ctx, account);
  },
});

export const ledger = query({
  args: { account: v.string(), after: v.union(v.number(), v.null()), limit: v.number() },
  handler: async (ctx, { account, after, limit }) => {
    const entries = await ctx.db
      .query("ledger")
      .withIndex("by_account", (q) => q.eq("account", account).lt("sequence", after ?? Number.MAX_SAFE_INTEGER))
      .order("desc")
      .take(limit);
    return entries.map(plain);
  },
});
