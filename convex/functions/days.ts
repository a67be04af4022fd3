// What attempts took, uses of styles and movements of money, counted by day in the mutation that writes them.

import * as lanes from "./lanes";
import type { Row, Write } from "./verb";

export const DAY = 24 * 60 * 60 * 1000;
const PARTS = 8;

/** The day of a moment, from 1970 on in UTC. */
function dayOf(at: number): number {
  return Math.floor(at / DAY);
}

/** The whole days that lie in a span of time. */
export function wholeDays(from: number, until: number): { first: number; end: number } {
  const first = Math.ceil(from / DAY);
  return { first, end: Math.max(Math.floor(until / DAY), first) };
}

type Spent = Omit<Row<"spending">, "_id" | "_creationTime" | "day" | "part">;

/** Adds what an attempt took to the day on which it began. It stays when the attempt goes. */
export async function addSpending(ctx: Write, account: string, startedAt: number, spent: Spent): Promise<void> {
  const { style, provider, model, outcome, ...sums } = spent;
  const day = dayOf(startedAt);
  const part = lanes.partOf(account, PARTS);
  const known = await ctx.db
    .query("spending")
    .withIndex("by_day", (q) =>
      q
        .eq("day", day)
        .eq("part", part)
        .eq("style", style)
        .eq("provider", provider)
        .eq("model", model)
        .eq("outcome", outcome),
    )
    .unique();
  if (!known) {
    await ctx.db.insert("spending", { day, part, ...spent });
    return;
  }
  await ctx.db.patch(known._id, {
    attempts: known.attempts + sums.attempts,
    generations: known.generations + sums.generations,
    fallbacks: known.fallbacks + sums.fallbacks,
    images: known.images + sums.images,
    tokens_in: known.tokens_in + sums.tokens_in,
    tokens_out: known.tokens_out + sums.tokens_out,
    micro_dollars: known.micro_dollars + sums.micro_dollars,
  });
}

type Usage = Omit<Row<"usage_events">, "_id" | "_creationTime" | "number">;

/** Counts what was done with a style, or takes it from the counts again. */
export async function countUsage(ctx: Write, { account, style, kind, at }: Usage, sign: 1 | -1): Promise<void> {
  const day = dayOf(at);
  const part = lanes.partOf(account, PARTS);
  const known = await ctx.db
    .query("usage_days")
    .withIndex("by_day", (q) => q.eq("day", day).eq("part", part).eq("style", style).eq("kind", kind))
    .unique();
  const count = (known?.count ?? 0) + sign;
  if (!known) await ctx.db.insert("usage_days", { day, part, style, kind, count });
  else if (count > 0) await ctx.db.patch(known._id, { count });
  else await ctx.db.delete(known._id);
}

type Payment = Omit<Row<"payments">, "_id" | "_creationTime">;

/** Counts a movement of money. */
export async function countPayment(ctx: Write, { purchase, currency, kind, at, minor, credits }: Payment): Promise<void> {
  const day = dayOf(at);
  const part = lanes.partOf(purchase, PARTS);
  const known = await ctx.db
    .query("money_days")
    .withIndex("by_day", (q) => q.eq("day", day).eq("part", part).eq("currency", currency).eq("kind", kind))
    .unique();
  const sums = {
    count: (known?.count ?? 0) + 1,
    minor: (known?.minor ?? 0) + minor,
    credits: (known?.credits ?? 0) + credits,
  };
  if (known) await ctx.db.patch(known._id, sums);
  else await ctx.db.insert("money_days", { day, part, currency, kind, ...sums });
}
