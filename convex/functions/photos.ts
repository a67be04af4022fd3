// Photos.

import { v } from "convex/values";
import * as accounts from "./accounts";
import * as consents from "./consents";
import * as deletions from "./deletions";
import { conflict, missing } from "./failure";
import * as generations from "./generations";
import * as lanes from "./lanes";
import * as schema from "./schema";
import { BATCH, mutation, query, type Read, type Row, type Write } from "./verb";

/** A photo as the program sees it. */
export function tell(row: Row<"photos">) {
  const { account, id, media_type, bytes, width, height, digest, findings, created_at, expires_at } = row;
  return { account, id, media_type, bytes, width, height, digest, findings, created_at, expires_at };
}

export function placeOf(account: string, photo: string): string {
  return `${account}/${photo}`;
}

export async function find(ctx: Read, account: string, photo: string): Promise<Row<"photos"> | null> {
  return ctx.db
    .query("photos")
    .withIndex("by_place", (q) => q.eq("place", placeOf(account, photo)))
    .unique();
}

/** The photos of an account, newest first, after one of them. */
function following(ctx: Read, account: string, after: string | null) {
  return ctx.db
    .query("photos")
    .withIndex("by_place", (q) => q.gt("place", `${account}/`).lt("place", placeOf(account, after ?? "~")))
    .order("desc");
}

export const add = mutation({
  args: schema.photo,
  run: async (ctx, photo) => {
    const account = await accounts.need(ctx, photo.account);
    await consents.need(ctx, photo.account, consents.KEEP_PHOTOS, photo.created_at);
    const known = await find(ctx, photo.account, photo.id);
    if (known) {
      const same = known.digest === photo.digest && known.expires_at > photo.created_at;
      return same ? tell(known) : conflict("id_reused");
    }
    // It was deleted between a first request and this repetition: its object is about to go.
    if (await deletions.isQueued(ctx, deletions.upload(photo.account, photo.id))) conflict("id_reused");
    const expires_at = shortened(photo.expires_at, photo.created_at, account.retention);
    await ctx.db.insert("photos", { ...photo, expires_at, place: placeOf(photo.account, photo.id) });
    await lanes.add(ctx, photo.account, { photos: 1, photo_bytes: photo.bytes });
    return { ...photo, expires_at };
  },
});

const DAY = 24 * 60 * 60 * 1000;

/** The end of something by the rule, or by the shorter period that the person chose. */
export function shortened(expires_at: number, created_at: number, days: number | null): number {
  return days === null ? expires_at : Math.min(expires_at, created_at + days * DAY);
}

export const get = query({
  args: { account: v.string(), photo: v.string(), now: v.number() },
  handler: async (ctx, { account, photo, now }) => {
    const found = await find(ctx, account, photo);
    return found && found.expires_at > now ? tell(found) : missing("photo");
  },
});

export const list = query({
  args: { account: v.string(), after: v.union(v.string(), v.null()), now: v.number(), limit: v.number() },
  handler: async (ctx, { account, after, now, limit }) => {
    const found = [];
    for await (const photo of following(ctx, account, after)) {
      if (photo.expires_at > now) found.push(tell(photo));
      if (found.length === limit) break;
    }
    return found;
  },
});

/** Deletes a photo once nothing uses it any more; says whether that is done. */
export const remove = mutation({
  args: { account: v.string(), photo: v.string(), now: v.number() },
  run: async (ctx, { account, photo, now }) => {
    const found = (await find(ctx, account, photo)) ?? missing("photo");
    if (await generations.cancelUsing(ctx, account, photo, now)) return false;
    await drop(ctx, found, now);
    return true;
  },
});

/** A photo's row goes, and its object is to go. */
export async function drop(ctx: Write, photo: Row<"photos">, now: number): Promise<void> {
  await ctx.db.delete(photo._id);
  await lanes.add(ctx, photo.account, { photos: -1, photo_bytes: -photo.bytes });
  await deletions.queue(ctx, photo.account, [deletions.upload(photo.account, photo.id)], now);
}

export const clear = mutation({
  args: { account: v.string(), now: v.number() },
  run: async (ctx, { account, now }) => removeAll(ctx, account, now),
});

/** Deletes a batch of an account's photos, after what waits for them or works with them was cancelled. */
export async function removeAll(ctx: Write, account: string, now: number) {
  await accounts.need(ctx, account);
  const { ids: cancelled, more } = await generations.cancelAll(ctx, account, now);
  if (more) return { cancelled, photos: 0, more };
  const photos = await following(ctx, account, null).take(BATCH);
  for (const photo of photos) await drop(ctx, photo, now);
  return { cancelled, photos: photos.length, more: photos.length === BATCH };
}
