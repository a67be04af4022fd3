// Generations, as the person who asked for them sees them, and the one place where a generation ends.

import { type Infer, v } from "convex/values";
import * as accounts from "./accounts";
import * as admin from "./admin";
import * as consents from "./consents";
import * as credits from "./credits";
import { conflict, missing } from "./failure";
import * as images from "./images";
import * as lanes from "./lanes";
import * as photos from "./photos";
import { reservation, settlement } from "./postings";
import * as schema from "./schema";
import { mutation, query, type Read, type Row, type Write } from "./verb";
import * as webhooks from "./webhooks";

const MAX_PHOTOS = 20;

/** A generation as the program sees it. */
export function tell(row: Row<"generations">) {
  const { account, id, style, options, price, state, progress, reason, claims } = row;
  const { created_at, started_at, ended_at } = row;
  return { account, id, style, options, price, state, progress, reason, claims, created_at, started_at, ended_at };
}

export async function find(ctx: Read, account: string, generation: string): Promise<Row<"generations"> | null> {
  return ctx.db
    .query("generations")
    .withIndex("by_account", (q) => q.eq("account", account).eq("id", generation))
    .unique();
}

async function need(ctx: Read, account: string, generation: string): Promise<Row<"generations">> {
  return (await find(ctx, account, generation)) ?? missing("generation");
}

/** The photos of a generation that are still there, in the order in which they were given. */
export async function photosOf(ctx: Read, generation: Row<"generations">): Promise<Row<"photos">[]> {
  const found = [];
  for (const id of generation.photos) {
    const photo = await photos.find(ctx, generation.account, id);
    if (photo) found.push(photo);
  }
  return found;
}

export const start = mutation({
  args: {
    ...schema.newGeneration,
    idempotency: v.union(v.object({ key: v.string(), request: v.string() }), v.null()),
  },
  run: async (ctx, { idempotency, ...asked }) => {
    const before = await earlier(ctx, asked, idempotency);
    if (before) return { generation: tell(before), replayed: true };
    await checkPhotos(ctx, asked);
    const { account, id, created_at: now } = asked;
    await consents.need(ctx, account, consents.KEEP_PHOTOS, now);
    const booking = { account, key: credits.reserveKey(id), generation: id, note: "", now };
    await credits.book(ctx, booking, reservation(asked.price, asked.count));
    const generation = await insert(ctx, asked);
    if (idempotency) {
      await ctx.db.insert("idempotency_keys", { account, ...idempotency, generation: id, created_at: now });
    }
    return { generation: tell(generation), replayed: false };
  },
});

type New = Omit<
  Row<"generations">,
  | "_id"
  | "_creationTime"
  | "state"
  | "progress"
  | "reason"
  | "claims"
  | "lease"
  | "lease_until"
  | "started_at"
  | "ended_at"
  | "attempts"
  | "made"
>;

/** The generation that the same request started before: by its key, or else by its id. */
async function earlier(ctx: Read, asked: New, idempotency: { key: string; request: string } | null) {
  if (idempotency) {
    const known = await ctx.db
      .query("idempotency_keys")
      .withIndex("by_key", (q) => q.eq("account", asked.account).eq("key", idempotency.key))
      .unique();
    if (known) {
      if (known.request !== idempotency.request) conflict("key_reused");
      return need(ctx, asked.account, known.generation);
    }
  }
  const known = await find(ctx, asked.account, asked.id);
  if (!known) return null;
  const same = known.style === asked.style && known.options === asked.options && known.price === asked.price;
  return same ? known : conflict("id_reused");
}

/** The photos are the account's own, there, different, and neither none nor too many. */
async function checkPhotos(ctx: Read, { account, photos: ids, created_at: now }: New): Promise<void> {
  const different = new Set(ids);
  if (different.size !== ids.length || ids.length === 0 || ids.length > MAX_PHOTOS) conflict("photo_count");
  for (const id of ids) {
    const photo = await photos.find(ctx, account, id);
    if (!photo || photo.expires_at <= now) missing("photo");
  }
}

async function insert(ctx: Write, asked: New): Promise<Row<"generations">> {
  const { account, id, style, created_at } = asked;
  await accounts.need(ctx, account);
  const row = await ctx.db.insert("generations", {
    ...asked,
    state: "queued",
    progress: 0,
    reason: null,
    claims: 0,
    lease: null,
    lease_until: null,
    started_at: null,
    ended_at: null,
    attempts: 0,
    made: [],
  });
  for (const photo of asked.photos) await ctx.db.insert("uses", { account, photo, generation: id });
  await lanes.moved(ctx, account, null, "queued");
  await admin.countUsage(ctx, { account, kind: "style_chosen", style, at: created_at });
  return (await ctx.db.get(row)) ?? missing("generation");
}

export const get = query({
  args: { account: v.string(), generation: v.string() },
  handler: async (ctx, { account, generation }) => ({
    generation: tell(await need(ctx, account, generation)),
    images: (await images.between(ctx, account, generation, generation)).map(images.tell),
  }),
});

export const listPhotos = query({
  args: { account: v.string(), generation: v.string() },
  handler: async (ctx, { account, generation }) => {
    const found = await photosOf(ctx, await need(ctx, account, generation));
    return found.map((photo) => photo.id);
  },
});

/** Generations of an account with their images, newest first; one more than a page shows that there is another page. */
export const list = query({
  args: { account: v.string(), after: v.union(v.string(), v.null()), limit: v.number() },
  handler: async (ctx, { account, after, limit }) => {
    const generations = await ctx.db
      .query("generations")
      .withIndex("by_account", (q) => q.eq("account", account).lt("id", after ?? "~"))
      .order("desc")
      .take(limit);
    const [newest, oldest] = [generations.at(0), generations.at(-1)];
    // The page is a range of neighbouring ids, so its images are a range too.
    const shown = newest && oldest ? await images.between(ctx, account, oldest.id, newest.id) : [];
    return generations.map((generation) => ({
      generation: tell(generation),
      images: shown.filter((image) => image.generation === generation.id).map(images.tell),
    }));
  },
});

export const cancel = mutation({
  args: { account: v.string(), generation: v.string(), now: v.number() },
  run: async (ctx, { account, generation, now }) => {
    const found = await need(ctx, account, generation);
    return tell(found.state === "cancelled" ? found : await end(ctx, found, "cancelled", null, now));
  },
});

/** The most generations that one transaction ends: each reads and writes a dozen rows. */
const ENDINGS = 100;

/** Cancels a batch of what has not ended; which, and whether there may be more. */
export async function cancelAll(ctx: Write, account: string, now: number): Promise<{ ids: string[]; more: boolean }> {
  const ids = [];
  for (const state of ["queued", "running"] as const) {
    const open = await ctx.db
      .query("generations")
      .withIndex("by_queue", (q) => q.eq("account", account).eq("state", state))
      .take(ENDINGS - ids.length);
    for (const generation of open) {
      await end(ctx, generation, "cancelled", null, now);
      ids.push(generation.id);
    }
  }
  return { ids, more: ids.length === ENDINGS };
}

/** Cancels a batch of what has not ended and uses a photo; whether there may be more. */
export async function cancelUsing(ctx: Write, account: string, photo: string, now: number): Promise<boolean> {
  const uses = await ctx.db
    .query("uses")
    .withIndex("by_photo", (q) => q.eq("account", account).eq("photo", photo))
    .take(ENDINGS);
  for (const { generation } of uses) {
    await end(ctx, await need(ctx, account, generation), "cancelled", null, now);
  }
  return uses.length === ENDINGS;
}

/** Ends a generation: its state, its lane, its entry in the ledger and its webhook events. */
export async function end(
  ctx: Write,
  generation: Row<"generations">,
  how: Infer<typeof schema.ending>,
  reason: string | null,
  now: number,
): Promise<Row<"generations">> {
  const allowed = generation.state === "running" || (generation.state === "queued" && how === "cancelled");
  if (!allowed) conflict("ended");
  const made = generation.made.length;
  if (how === "succeeded" && made === 0) conflict("no_image");
  const progress = how === "succeeded" ? 100 : generation.progress;
  const ended = { state: how, reason, ended_at: now, lease_until: null, progress };
  await ctx.db.patch(generation._id, ended);
  await forgetUses(ctx, generation);
  await lanes.moved(ctx, generation.account, generation.state, how);
  const { account, id, price, count } = generation;
  const booking = { account, key: credits.endKey(id), generation: id, note: "", now };
  await credits.book(ctx, booking, settlement(how, price, count, made));
  await webhooks.announce(ctx, { ...generation, ...ended }, made, now);
  return { ...generation, ...ended };
}

async function forgetUses(ctx: Write, generation: Row<"generations">): Promise<void> {
  const uses = await ctx.db
    .query("uses")
    .withIndex("by_generation", (q) => q.eq("account", generation.account).eq("generation", generation.id))
    .collect();
  for (const use of uses) await ctx.db.delete(use._id);
}

export const remove = mutation({
  args: { account: v.string(), generation: v.string(), now: v.number() },
  run: async (ctx, { account, generation, now }) => {
    let found = await need(ctx, account, generation);
    const open = found.state === "queued" || found.state === "running";
    if (open) found = await end(ctx, found, "cancelled", null, now);
    await images.dropAll(ctx, account, generation, now);
    for (const attempt of await admin.attemptsOf(ctx, account, generation)) {
      await ctx.db.delete(attempt._id);
    }
    await ctx.db.delete(found._id);
    await lanes.moved(ctx, account, found.state, null);
    return null;
  },
});
