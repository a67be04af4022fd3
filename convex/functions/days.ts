// Attempts, uses of styles and movements of money, counted by day in the mutation that writes them.

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

/** Counts an attempt as it stands, or takes it from the counts again. */
export async function countAttempt(ctx: Write, attempt: Row<"attempts">, sign: 1 | -1): Promise<void> {
  const { account, provider, model, outcome, started_at, ended_at, images, micro_dollars } = attempt;
  const day = dayOf(started_at);
  const part = lanes.partOf(account, PARTS);
  const known = await ctx.db
    .query("attempt_days")
    .withIndex("by_day", (q) =>
      q.eq("day", day).eq("part", part).eq("provider", provider).eq("model", model).eq("outcome", outcome),
    )
    .unique();
  const millis = Math.max((ended_at ?? started_at) - started_at, 0);
  const sums = {
    attempts: (known?.attempts ?? 0) + sign,
    images: (known?.images ?? 0) + sign * images,
    millis: (known?.millis ?? 0) + sign * millis,
    micro_dollars: (known?.micro_dollars ?? 0) + sign * micro_dollars,
  };
  if (!known) await ctx.db.insert("attempt_days", { day, part, provider, model, outcome, ...sums });
  else if (sums.attempts > 0) await ctx.db.patch(known._id, sums);
  else await ctx.db.delete(known._id);
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
