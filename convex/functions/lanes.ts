// Counts and sums that are kept, not scanned: of each account in its lane, of the installation in `sums`. Whatever changes
// what is counted says so here, in the same transaction.

import type { Read, Row, Write } from "./verb";

/** In how many parts the installation's sums are kept. Two accounts meet in one of them once in 32 times. */
const PARTS = 32;

export const STATES = ["queued", "running", "succeeded", "refused", "failed", "cancelled"] as const;
export type State = (typeof STATES)[number];

const NOTHING = {
  queued: 0,
  running: 0,
  succeeded: 0,
  refused: 0,
  failed: 0,
  cancelled: 0,
  photos: 0,
  photo_bytes: 0,
  images: 0,
  result_bytes: 0,
  preview_bytes: 0,
  balance: 0,
  debt: 0,
};

type Counts = typeof NOTHING;
type Sums = Counts & { accounts: number; pending_deletions: number };

const NO_SUMS: Sums = { ...NOTHING, accounts: 0, pending_deletions: 0 };

/** The lane of an account that is there; `null` of one that is not, or that is being erased. */
export async function find(ctx: Read, account: string): Promise<Row<"lanes"> | null> {
  return ctx.db
    .query("lanes")
    .withIndex("by_account", (q) => q.eq("account", account))
    .unique();
}

/** A lane for a new account. */
export async function open(ctx: Write, account: string): Promise<void> {
  await ctx.db.insert("lanes", { account, ...NOTHING, sequence: 0, waiting: false, head: null });
  await sum(ctx, account, { accounts: 1 });
}

/** Takes an account that goes out of the queue and out of the sums. */
export async function close(ctx: Write, account: string): Promise<void> {
  const lane = await find(ctx, account);
  if (!lane) return;
  const all: Partial<Sums> = { accounts: -1 };
  for (const name of Object.keys(NOTHING) as (keyof Counts)[]) all[name] = -lane[name];
  await sum(ctx, account, all);
  await ctx.db.delete(lane._id);
}

/** Adds to an account's counts and sums, and to the installation's. */
export async function add(ctx: Write, account: string, change: Partial<Counts>): Promise<void> {
  const lane = await find(ctx, account);
  // The lane of an erased account went with all that it counted.
  if (!lane) return;
  await ctx.db.patch(lane._id, added(lane, change));
  await sum(ctx, account, change);
}

/** A generation came from one state (`null`: it is new) into another (`null`: it is deleted). It is written already. */
export async function moved(ctx: Write, account: string, from: State | null, to: State | null): Promise<void> {
  const change: Partial<Counts> = {};
  if (from) change[from] = -1;
  if (to) change[to] = (change[to] ?? 0) + 1;
  await add(ctx, account, change);
  const lane = await find(ctx, account);
  if (!lane) return;
  const head = await ctx.db
    .query("generations")
    .withIndex("by_queue", (q) => q.eq("account", account).eq("state", "queued"))
    .first();
  await ctx.db.patch(lane._id, { waiting: head !== null, head: head?.created_at ?? null });
}

/** Objects came to those that wait to be deleted, or went. They are counted beside the lanes, which they outlive. */
export async function pending(ctx: Write, account: string, change: number): Promise<void> {
  await sum(ctx, account, { pending_deletions: change });
}

/** The account whose turn it is: of those that wait, the one with the fewest running, then the longest waiting. */
export async function next(ctx: Read): Promise<string | null> {
  const lane = await ctx.db
    .query("lanes")
    .withIndex("by_turn", (q) => q.eq("waiting", true))
    .first();
  return lane?.account ?? null;
}

/** The installation's counts and sums. */
export async function totals(ctx: Read): Promise<Sums> {
  let totals = NO_SUMS;
  for (const part of await ctx.db.query("sums").withIndex("by_part").take(PARTS)) {
    totals = { ...totals, ...added(totals, part) };
  }
  return totals;
}

async function sum(ctx: Write, account: string, change: Partial<Sums>): Promise<void> {
  const part = partOf(account, PARTS);
  const row = await ctx.db
    .query("sums")
    .withIndex("by_part", (q) => q.eq("part", part))
    .unique();
  if (row) await ctx.db.patch(row._id, added(row, change));
  else await ctx.db.insert("sums", { part, ...NO_SUMS, ...added(NO_SUMS, change) });
}

/** The changed ones of some counts. What is no count is passed over. */
function added<C extends Partial<Sums>>(counts: C, change: Partial<Sums>): Partial<C> {
  const changed: Partial<Sums> = {};
  for (const name of Object.keys(NO_SUMS) as (keyof Sums)[]) {
    const by = change[name];
    if (by !== undefined) changed[name] = (counts[name] ?? 0) + by;
  }
  return changed as Partial<C>;
}

/** In which of up to 32 parts something is counted. The last letter of an id is random, and one of 32. */
export function partOf(id: string, parts: number): number {
  const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
  return Math.max(DIGITS.indexOf(id.slice(-1).toLowerCase()), 0) % parts;
}
