// What the installation's admin sees, and the usage that is counted.

import { v } from "convex/values";
import * as accounts from "./accounts";
import * as days from "./days";
import * as generations from "./generations";
import * as lanes from "./lanes";
import * as schema from "./schema";
import { mutation, plain, query, type Read, type Row, type Write } from "./verb";

export const listAccounts = query({
  args: { after: v.union(v.string(), v.null()), limit: v.number() },
  handler: async (ctx, { after, limit }) => {
    const found = await ctx.db
      .query("accounts")
      .withIndex("by_key", (q) => q.lt("id", after ?? "~"))
      .order("desc")
      .take(limit);
    const summaries = [];
    for (const account of found) summaries.push(await summary(ctx, account));
    return summaries;
  },
});

async function summary(ctx: Read, account: Row<"accounts">) {
  const lane = await lanes.find(ctx, account.id);
  const counts = Object.fromEntries(lanes.STATES.map((state) => [state, lane?.[state] ?? 0]));
  return {
    account: accounts.tell(account),
    balance: lane?.balance ?? 0,
    debt: lane?.debt ?? 0,
    generations: counts,
    stored_bytes: lane ? lane.photo_bytes + lane.result_bytes + lane.preview_bytes : 0,
  };
}

export const listByState = query({
  args: { state: schema.state, after: v.union(v.string(), v.null()), limit: v.number() },
  handler: async (ctx, { state, after, limit }) => {
    const found = await ctx.db
      .query("generations")
      .withIndex("by_state", (q) => q.eq("state", state).lt("id", after ?? "~"))
      .order("desc")
      .take(limit);
    return found.map(generations.tell);
  },
});

/** The attempts of a generation, in order. */
export async function attemptsOf(ctx: Read, account: string, generation: string): Promise<Row<"attempts">[]> {
  return ctx.db
    .query("attempts")
    .withIndex("by_generation", (q) => q.eq("account", account).eq("generation", generation))
    .collect();
}

export const listAttempts = query({
  args: { account: v.string(), generation: v.string() },
  handler: async (ctx, { account, generation }) => (await attemptsOf(ctx, account, generation)).map(plain),
});

export const totals = query({ args: {}, handler: async (ctx) => lanes.totals(ctx) });

const span = { from: v.number(), until: v.number() };

/** What was spent on the days that begin in a span, in parts by account. */
export const spending = query({
  args: span,
  handler: async (ctx, { from, until }) => {
    const [first, end] = [Math.ceil(from / days.DAY), Math.ceil(until / days.DAY)];
    const rows = await ctx.db
      .query("spending")
      .withIndex("by_day", (q) => q.gte("day", first).lt("day", end))
      .collect();
    return rows.map(plain);
  },
});

/** The sums of the whole days in a span, and what of the span lies before and after them. */
export const usageDays = query({
  args: span,
  handler: async (ctx, { from, until }) => {
    const { first, end } = days.wholeDays(from, until);
    const rows = await ctx.db
      .query("usage_days")
      .withIndex("by_day", (q) => q.gte("day", first).lt("day", end))
      .collect();
    return { rows: rows.map(plain), rest: rest(from, until, first, end) };
  },
});

export const moneyDays = query({
  args: span,
  handler: async (ctx, { from, until }) => {
    const { first, end } = days.wholeDays(from, until);
    const rows = await ctx.db
      .query("money_days")
      .withIndex("by_day", (q) => q.gte("day", first).lt("day", end))
      .collect();
    return { rows: rows.map(plain), rest: rest(from, until, first, end) };
  },
});

function rest(from: number, until: number, first: number, end: number) {
  const [begin, close] = [first * days.DAY, end * days.DAY];
  const spans = first < end ? [{ from, until: begin }, { from: close, until }] : [{ from, until }];
  return spans.filter((span) => span.from < span.until);
}

const page = { ...span, cursor: v.union(v.string(), v.null()) };
const PAGE = 1000;

/** The attempts of a span, a page at a time. */
export const attemptsIn = query({
  args: page,
  handler: async (ctx, { from, until, cursor }) => {
    const found = await ctx.db
      .query("attempts")
      .withIndex("by_time", (q) => q.gte("started_at", from).lt("started_at", until))
      .paginate({ cursor, numItems: PAGE });
    return { rows: found.page.map(plain), next: found.isDone ? null : found.continueCursor };
  },
});

export const usageIn = query({
  args: page,
  handler: async (ctx, { from, until, cursor }) => {
    const found = await ctx.db
      .query("usage_events")
      .withIndex("by_time", (q) => q.gte("at", from).lt("at", until))
      .paginate({ cursor, numItems: PAGE });
    return { rows: found.page.map(plain), next: found.isDone ? null : found.continueCursor };
  },
});

export const recordUsage = mutation({
  args: schema.usageEvent,
  run: async (ctx, event) => {
    await accounts.need(ctx, event.account);
    await countUsage(ctx, event);
    return null;
  },
});

/** Numbers below it are exact wherever they are read, also as decimal fractions, which is how they travel. */
const EXACT = 2 ** 49;

/** Writes down what was done with a style, and counts it. */
export async function countUsage(ctx: Write, event: Omit<Row<"usage_events">, "_id" | "_creationTime" | "number">) {
  const number = Math.floor(Math.random() * EXACT);
  await ctx.db.insert("usage_events", { ...event, number });
  await days.countUsage(ctx, event, 1);
}
