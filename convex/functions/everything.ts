// What reads everything: all about one person, the audit of the books, and the search for what should be gone. The last two
// read a bounded part a call; whoever asks goes on from where it ended.

import { v } from "convex/values";
import * as accounts from "./accounts";
import * as admin from "./admin";
import * as aliases from "./aliases";
import * as apiKeys from "./api_keys";
import * as brands from "./brands";
import * as consents from "./consents";
import * as credits from "./credits";
import * as generations from "./generations";
import * as images from "./images";
import * as lanes from "./lanes";
import * as payments from "./payments";
import * as photos from "./photos";
import schema from "./schema";
import * as sessions from "./sessions";
import { plain, query, type Read, type Row, type Table } from "./verb";
import * as webhooks from "./webhooks";

/** Everything about one person, from one moment. Secrets and their digests are not in it. */
export const exportAccount = query({
  args: { account: v.string() },
  handler: async (ctx, { account }) => {
    const row = await accounts.need(ctx, account);
    const lane = await lanes.find(ctx, account);
    return {
      account: accounts.tell(row),
      balance: lane?.balance ?? 0,
      debt: lane?.debt ?? 0,
      brand: await brands.of(ctx, account),
      consents: (await consents.of(ctx, account)).map(plain),
      photos: (await photosOf(ctx, account)).map(photos.tell),
      generations: await generationsOf(ctx, account),
      ledger: (await ledgerOf(ctx, account)).map(plain),
      purchases: (await payments.of(ctx, account)).map(payments.tell),
      subscriptions: (await payments.subscriptionsOf(ctx, account)).map(plain),
      aliases: (await aliases.of(ctx, account)).map(aliases.tell),
      sessions: (await sessions.of(ctx, account)).map(sessions.tell),
      api_keys: (await apiKeys.of(ctx, account)).map(apiKeys.tell),
      endpoints: (await webhooks.of(ctx, account)).map(plain),
      deliveries: (await deliveriesOf(ctx, account)).map(webhooks.tell),
      usage: (await usageOf(ctx, account)).map(({ account, kind, style, at }) => ({ account, kind, style, at })),
    };
  },
});

async function photosOf(ctx: Read, account: string): Promise<Row<"photos">[]> {
  const place = `${account}/`;
  return ctx.db
    .query("photos")
    .withIndex("by_place", (q) => q.gt("place", place).lt("place", `${place}~`))
    .collect();
}

async function generationsOf(ctx: Read, account: string) {
  const exported = [];
  for await (const generation of ctx.db
    .query("generations")
    .withIndex("by_account", (q) => q.eq("account", account))) {
    const { id } = generation;
    exported.push({
      generation: generations.tell(generation),
      photos: (await generations.photosOf(ctx, generation)).map((photo) => photo.id),
      attempts: (await admin.attemptsOf(ctx, account, id)).map(plain),
      images: (await images.between(ctx, account, id, id)).map(images.tell),
    });
  }
  return exported;
}

async function ledgerOf(ctx: Read, account: string): Promise<Row<"ledger">[]> {
  return ctx.db
    .query("ledger")
    .withIndex("by_account", (q) => q.eq("account", account))
    .collect();
}

async function deliveriesOf(ctx: Read, account: string): Promise<Row<"deliveries">[]> {
  return ctx.db
    .query("deliveries")
    .withIndex("by_account", (q) => q.eq("account", account))
    .collect();
}

async function usageOf(ctx: Read, account: string): Promise<Row<"usage_events">[]> {
  return ctx.db
    .query("usage_events")
    .withIndex("by_account", (q) => q.eq("account", account))
    .collect();
}

/** Rows that one call of the audit or of the search reads, about. */
const ROWS = 1000;

const cursor = v.object({
  account: v.string(),
  /** The last entry that was read, and where the account stood after it. */
  sequence: v.number(),
  balance: v.number(),
  debt: v.number(),
  /** The last generation that was read; null while the ledger is. */
  generation: v.union(v.string(), v.null()),
});
type Cursor = typeof cursor.type;

/**
 * Adds up ledgers from where the call before ended. Entries are never changed, so it does not matter what is added meanwhile. The
 * accounts whose ledger has a gap or a position that is not the sum, whose lane says otherwise, or whose generations lack an
 * entry or have one too many.
 */
export const audit = query({
  args: { after: v.union(cursor, v.null()) },
  handler: async (ctx, { after }) => {
    const wrong: string[] = [];
    let at = after ?? (await nextAccount(ctx, ""));
    let left = ROWS;
    while (at && left > 0) {
      const read: Part = at.generation === null ? await addUp(ctx, at, left) : await compare(ctx, at, left);
      if (!read.right) wrong.push(at.account);
      left -= read.rows + 1;
      at = read.next;
    }
    return { wrong, next: at };
  },
});

type Part = { right: boolean; rows: number; next: Cursor | null };

async function nextAccount(ctx: Read, account: string): Promise<Cursor | null> {
  const lane = await ctx.db
    .query("lanes")
    .withIndex("by_account", (q) => q.gt("account", account))
    .first();
  return lane && { account: lane.account, sequence: 0, balance: 0, debt: 0, generation: null };
}

async function addUp(ctx: Read, at: Cursor, limit: number): Promise<Part> {
  const entries = await ctx.db
    .query("ledger")
    .withIndex("by_account", (q) => q.eq("account", at.account).gt("sequence", at.sequence))
    .take(limit);
  let right = true;
  let last = at;
  for (const { sequence, kind, change, balance, debt } of entries) {
    const owed = kind === "debt" || kind === "repayment" ? change : 0;
    right &&= sequence === last.sequence + 1 && balance === last.balance + change && debt === last.debt + owed;
    last = { ...at, sequence, balance, debt };
  }
  if (entries.length === limit) return { right, rows: entries.length, next: last };
  const lane = await lanes.find(ctx, at.account);
  right &&= lane?.balance === last.balance && lane.debt === last.debt && lane.sequence === last.sequence;
  return { right, rows: entries.length, next: { ...last, generation: "" } };
}

async function compare(ctx: Read, at: Cursor, limit: number): Promise<Part> {
  const rows = await ctx.db
    .query("generations")
    .withIndex("by_account", (q) => q.eq("account", at.account).gt("id", at.generation ?? ""))
    .take(limit);
  let right = true;
  for (const { id, ended_at } of rows) {
    const reserved = await isBooked(ctx, credits.reserveKey(id));
    const settled = await isBooked(ctx, credits.endKey(id));
    right &&= reserved && settled === (ended_at !== null);
  }
  const last = rows.at(-1);
  const next = last && rows.length === limit ? { ...at, generation: last.id } : await nextAccount(ctx, at.account);
  return { right, rows: rows.length, next };
}

async function isBooked(ctx: Read, key: string): Promise<boolean> {
  const entry = await ctx.db
    .query("ledger")
    .withIndex("by_key", (q) => q.eq("key", key))
    .unique();
  return entry !== null;
}

/** The names of the tables, for the search. */
export const tables = query({ args: {}, handler: async () => Object.keys(schema.tables).sort() });

/** Whether a text stands in a part of a table, in any field. */
export const search = query({
  args: { table: v.string(), text: v.string(), cursor: v.union(v.string(), v.null()) },
  handler: async (ctx, { table, text, cursor }) => {
    const { page, isDone, continueCursor } = await ctx.db
      .query(table as Table)
      .paginate({ cursor, numItems: ROWS });
    const found = page.some((row) => holds(plain(row), text));
    return { found, next: isDone ? null : continueCursor };
  },
});

function holds(value: unknown, text: string): boolean {
  if (typeof value === "string") return value.includes(text);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((part) => holds(part, text));
}
