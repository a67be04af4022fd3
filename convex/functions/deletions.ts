// Objects on their way out: rows first, then objects, and a note in between.

import { v } from "convex/values";
import * as aliases from "./aliases";
import * as images from "./images";
import * as lanes from "./lanes";
import * as photos from "./photos";
import * as sessions from "./sessions";
import { BATCH, mutation, query, type Read, type Write } from "./verb";
import * as webhooks from "./webhooks";

export function upload(account: string, photo: string): string {
  return `uploads/${account}/${photo}`;
}

export function result(account: string, generation: string, number: number): string {
  return `results/${account}/${generation}/${number}`;
}

export function preview(account: string, generation: string, number: number): string {
  return `previews/${account}/${generation}/${number}`;
}

async function find(ctx: Read, key: string) {
  return ctx.db
    .query("deletions")
    .withIndex("by_key", (q) => q.eq("key", key))
    .unique();
}

/** Notes objects that have to go, and says how many were not noted before. Their rows go in the same transaction. */
export async function queue(
  ctx: Write,
  account: string,
  keys: string[],
  now: number,
  erasure: string | null = null,
): Promise<number> {
  let queued = 0;
  for (const key of keys) {
    if (await isQueued(ctx, key)) continue;
    await ctx.db.insert("deletions", { key, account, queued_at: now, erasure });
    queued += 1;
  }
  if (queued > 0) await lanes.pending(ctx, account, queued);
  return queued;
}

/** Whether an object is on its way out. */
export async function isQueued(ctx: Read, key: string): Promise<boolean> {
  return (await find(ctx, key)) !== null;
}

export const expire = mutation({
  args: { now: v.number(), limit: v.number() },
  about: "nobody",
  run: async (ctx, { now, limit }) => {
    let gone = 0;
    for (const photo of await ctx.db
      .query("photos")
      .withIndex("by_expiry", (q) => q.lte("expires_at", now))
      .take(limit)) {
      await photos.drop(ctx, photo, now);
      gone += 1;
    }
    for (const image of await ctx.db
      .query("images")
      .withIndex("by_expiry", (q) => q.eq("expired", false).lte("expires_at", now))
      .take(limit)) {
      await images.expire(ctx, image, now);
      gone += 1;
    }
    for (const image of await ctx.db
      .query("images")
      // From zero on: one that never expires has null there, which sorts before every number.
      .withIndex("by_preview_expiry", (q) =>
        q.eq("deleted", false).gte("preview_expires_at", 0).lte("preview_expires_at", now),
      )
      .take(limit)) {
      gone += await images.empty(ctx, image, now);
    }
    return gone;
  },
});

export const pending = query({
  args: { erasure: v.union(v.string(), v.null()), limit: v.number() },
  handler: async (ctx, { erasure, limit }) => {
    const rows =
      erasure === null
        ? ctx.db.query("deletions").withIndex("by_age")
        : ctx.db.query("deletions").withIndex("by_erasure", (q) => q.eq("erasure", erasure));
    return (await rows.take(limit)).map((deletion) => deletion.key);
  },
});

export const confirm = mutation({
  args: { keys: v.array(v.string()) },
  about: "nobody",
  run: async (ctx, { keys }) => {
    const gone = new Map<string, number>();
    for (const key of keys) {
      const deletion = await find(ctx, key);
      if (!deletion) continue;
      await ctx.db.delete(deletion._id);
      gone.set(deletion.account, (gone.get(deletion.account) ?? 0) + 1);
    }
    for (const [account, count] of gone) await lanes.pending(ctx, account, -count);
    return null;
  },
});

/** Which of these keys belong to no row. A key has the ids of its row in it: each is one look into an index. */
export const orphans = query({
  args: { keys: v.array(v.string()) },
  handler: async (ctx, { keys }) => {
    const orphans = [];
    for (const key of keys) if (!(await isKnown(ctx, key))) orphans.push(key);
    return orphans;
  },
});

async function isKnown(ctx: Read, key: string): Promise<boolean> {
  const [kind, account = "", id = "", number = ""] = key.split("/");
  if (kind === "uploads") return (await photos.find(ctx, account, id)) !== null;
  const image = await images.find(ctx, account, id, Number(number));
  return image !== null && !image.deleted && (kind === "previews" || !image.expired);
}

/** The keys of a class that rows speak of, in order and after a given place. */
export const list = query({
  args: {
    kind: v.union(v.literal("upload"), v.literal("result"), v.literal("preview")),
    after: v.union(v.object({ account: v.string(), id: v.string(), number: v.number() }), v.null()),
    limit: v.number(),
  },
  handler: async (ctx, { kind, after, limit }) => {
    if (kind === "upload") {
      const place = after ? photos.placeOf(after.account, after.id) : "";
      const rows = ctx.db.query("photos").withIndex("by_place", (q) => q.gt("place", place));
      return (await rows.take(limit)).map((photo) => upload(photo.account, photo.id));
    }
    const place = after ? images.placeOf(after.account, after.id, after.number) : "";
    const rows =
      kind === "result"
        ? ctx.db.query("images").withIndex("by_full", (q) => q.eq("expired", false).gt("place", place))
        : ctx.db.query("images").withIndex("by_shown", (q) => q.eq("deleted", false).gt("place", place));
    const key = kind === "result" ? result : preview;
    return (await rows.take(limit)).map((image) => key(image.account, image.generation, image.number));
  },
});

const MINUTE = 60 * 1000;
/** How long a repeated request is known by its key. */
const IDEMPOTENCY = 24 * 60 * MINUTE;
/** How long a webhook delivery stays in the log after its event. */
const DELIVERY_LOG = 30 * 24 * 60 * MINUTE;
/** How long a call is known by its key: far longer than anybody goes on asking. */
const CALLS = 60 * MINUTE;

/** Forgets a batch of what has no use any more, and says how much it was and whether there may be more. */
export const tidy = mutation({
  args: { now: v.number() },
  about: "nobody",
  run: async (ctx, { now }) => {
    const resets = await ctx.db
      .query("resets")
      .withIndex("by_expiry", (q) => q.lte("expires_at", now))
      .take(BATCH);
    const throttles = await ctx.db
      .query("throttles")
      .withIndex("by_expiry", (q) => q.lte("expires_at", now))
      .take(BATCH);
    const keys = await ctx.db
      .query("idempotency_keys")
      .withIndex("by_age", (q) => q.lt("created_at", now - IDEMPOTENCY))
      .take(BATCH);
    for (const row of [...resets, ...throttles, ...keys]) await ctx.db.delete(row._id);
    const counts = [
      resets.length,
      throttles.length,
      keys.length,
      await sessions.tidy(ctx, now),
      await aliases.tidy(ctx, now),
      await webhooks.tidy(ctx, now - DELIVERY_LOG),
    ];
    const more = Math.max(...counts, await tidyCalls(ctx)) === BATCH;
    return { gone: counts.reduce((sum, count) => sum + count, 0), more };
  },
});

/** The keys of calls are this deployment's own and go by its own clock. They are not counted. */
async function tidyCalls(ctx: Write): Promise<number> {
  const calls = await ctx.db
    .query("calls")
    .withIndex("by_creation_time", (q) => q.lt("_creationTime", Date.now() - CALLS))
    .take(BATCH);
  for (const call of calls) await ctx.db.delete(call._id);
  return calls.length;
}
