// Images: the gallery.

import { v } from "convex/values";
import * as deletions from "./deletions";
import { missing } from "./failure";
import * as lanes from "./lanes";
import { mutation, query, type Read, type Row, type Write } from "./verb";

/** An image as the program sees it. */
export function tell(row: Row<"images">) {
  const { account, generation, number, full, preview, likeness, favourite } = row;
  const { created_at, expires_at, preview_expires_at } = row;
  return { account, generation, number, full, preview, likeness, favourite, created_at, expires_at, preview_expires_at };
}

export function placeOf(account: string, generation: string, number: number): string {
  return `${account}/${generation}/${String(number).padStart(3, "0")}`;
}

/** An image of an account, also one of which only the number is left. */
export async function find(ctx: Read, account: string, generation: string, number: number) {
  return ctx.db
    .query("images")
    .withIndex("by_place", (q) => q.eq("place", placeOf(account, generation, number)))
    .unique();
}

async function need(ctx: Read, account: string, generation: string, number: number): Promise<Row<"images">> {
  const image = await find(ctx, account, generation, number);
  return image && !image.deleted ? image : missing("image");
}

/** The images of the account's generations from one id to another, both included, in order. */
export async function between(ctx: Read, account: string, from: string, to: string): Promise<Row<"images">[]> {
  return ctx.db
    .query("images")
    .withIndex("by_shown", (q) =>
      q.eq("deleted", false).gt("place", `${account}/${from}/`).lt("place", `${account}/${to}/~`),
    )
    .collect();
}

const one = { account: v.string(), generation: v.string(), number: v.number() };

export const get = query({
  args: one,
  handler: async (ctx, { account, generation, number }) => tell(await need(ctx, account, generation, number)),
});

export const list = query({
  args: {
    account: v.string(),
    favourites: v.boolean(),
    after: v.union(v.object({ generation: v.string(), number: v.number() }), v.null()),
    limit: v.number(),
  },
  handler: async (ctx, { account, favourites, after, limit }) => {
    const [from, to] = [`${account}/`, after ? placeOf(account, after.generation, after.number) : `${account}/~`];
    const images = favourites
      ? ctx.db
          .query("images")
          .withIndex("by_favourite", (q) => q.eq("favourite", true).gt("place", from).lt("place", to))
      : ctx.db.query("images").withIndex("by_shown", (q) => q.eq("deleted", false).gt("place", from).lt("place", to));
    return (await images.order("desc").take(limit)).map(tell);
  },
});

export const setFavourite = mutation({
  args: { ...one, favourite: v.boolean() },
  run: async (ctx, { account, generation, number, favourite }) => {
    const image = await need(ctx, account, generation, number);
    await ctx.db.patch(image._id, { favourite });
    return tell({ ...image, favourite });
  },
});

export const remove = mutation({
  args: { ...one, now: v.number() },
  run: async (ctx, { account, generation, number, now }) => {
    const image = await need(ctx, account, generation, number);
    await empty(ctx, image, now);
    return null;
  },
});

/** The keys of an image's objects that are still there. */
export function objects({ account, generation, number, expired, deleted }: Row<"images">): string[] {
  if (deleted) return [];
  const preview = deletions.preview(account, generation, number);
  return expired ? [preview] : [deletions.result(account, generation, number), preview];
}

/** Adds a new image to the counts. */
export async function count(ctx: Write, image: Row<"images">, sign: 1 | -1): Promise<void> {
  if (image.deleted) return;
  await lanes.add(ctx, image.account, {
    images: sign,
    result_bytes: image.expired ? 0 : sign * image.full.bytes,
    preview_bytes: sign * image.preview.bytes,
  });
}

const NO_PICTURE = { media_type: "", bytes: 0, width: 0, height: 0, digest: "" };

/** Leaves nothing of an image but its number. Its objects are to go; it says how many. */
export async function empty(ctx: Write, image: Row<"images">, now: number): Promise<number> {
  const keys = objects(image);
  await count(ctx, image, -1);
  await deletions.queue(ctx, image.account, keys, now);
  await ctx.db.patch(image._id, {
    full: NO_PICTURE,
    preview: NO_PICTURE,
    likeness: null,
    favourite: false,
    expired: true,
    deleted: true,
  });
  return keys.length;
}

/** The full resolution of an image is to go, and its preview stays. */
export async function expire(ctx: Write, image: Row<"images">, now: number): Promise<void> {
  const { account, generation, number } = image;
  await lanes.add(ctx, account, { result_bytes: -image.full.bytes });
  await deletions.queue(ctx, account, [deletions.result(account, generation, number)], now);
  await ctx.db.patch(image._id, { expired: true });
}

/** The images of a generation go with their numbers. */
export async function dropAll(ctx: Write, account: string, generation: string, now: number): Promise<void> {
  const images = await ctx.db
    .query("images")
    .withIndex("by_place", (q) =>
      q.gt("place", `${account}/${generation}/`).lt("place", `${account}/${generation}/~`),
    )
    .collect();
  for (const image of images) {
    await count(ctx, image, -1);
    await deletions.queue(ctx, account, objects(image), now);
    await ctx.db.delete(image._id);
  }
}
