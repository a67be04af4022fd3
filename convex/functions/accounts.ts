// Accounts: making, finding and changing them.

import { v } from "convex/values";
import { conflict, missing } from "./failure";
import * as lanes from "./lanes";
import * as schema from "./schema";
import * as sessions from "./sessions";
import { BATCH, mutation, query, type Read, type Row, type Write } from "./verb";

/** An account as the program sees it: its password is asked for by itself. */
export function tell({ id, email, name, role, retention, created_at }: Row<"accounts">) {
  return { id, email, name, role, retention, created_at };
}

export async function find(ctx: Read, account: string): Promise<Row<"accounts"> | null> {
  return ctx.db
    .query("accounts")
    .withIndex("by_key", (q) => q.eq("id", account))
    .unique();
}

/** The account, which has to be there. */
export async function need(ctx: Read, account: string): Promise<Row<"accounts">> {
  return (await find(ctx, account)) ?? missing("account");
}

/** The account of an address. */
export async function byEmail(ctx: Read, email: string): Promise<Row<"accounts"> | null> {
  return ctx.db
    .query("accounts")
    .withIndex("by_email", (q) => q.eq("email", email))
    .unique();
}

/** Whether there is no more than one admin. */
export async function isLastAdmin(ctx: Read): Promise<boolean> {
  const admins = await ctx.db
    .query("accounts")
    .withIndex("by_role", (q) => q.eq("role", "admin"))
    .take(2);
  return admins.length < 2;
}

const { role: _role, retention: _retention, ...newAccount } = schema.account;

export const create = mutation({
  args: newAccount,
  about: ({ id }) => id,
  run: async (ctx, account) => tell(await make(ctx, account)),
});

type New = { id: string; email: string; name: string; password: string | null; created_at: number };

/** Makes an account; the first of the installation becomes admin. */
export async function make(ctx: Write, account: New): Promise<Row<"accounts">> {
  const known = await find(ctx, account.id);
  if (known) return known.email === account.email ? known : conflict("id_reused");
  if (await byEmail(ctx, account.email)) conflict("email_taken");
  const first = (await ctx.db.query("accounts").first()) === null;
  await ctx.db.insert("accounts", { ...account, role: first ? "admin" : "member", retention: null });
  await lanes.open(ctx, account.id);
  return need(ctx, account.id);
}

export const get = query({
  args: { account: v.string() },
  handler: async (ctx, { account }) => tell(await need(ctx, account)),
});

export const forSignIn = query({
  args: { email: v.string() },
  handler: async (ctx, { email }) => {
    const account = await byEmail(ctx, email);
    return account && { account: tell(account), password: account.password };
  },
});

export const change = mutation({
  args: { account: v.string(), email: v.union(v.string(), v.null()), name: v.union(v.string(), v.null()) },
  run: async (ctx, { account, email, name }) => {
    const row = await need(ctx, account);
    if (email !== null) {
      const holder = await byEmail(ctx, email);
      if (holder && holder.id !== account) conflict("email_taken");
    }
    await ctx.db.patch(row._id, { email: email ?? row.email, name: name ?? row.name });
    return tell(await need(ctx, account));
  },
});

export const setRole = mutation({
  args: { account: v.string(), role: schema.role },
  run: async (ctx, { account, role }) => {
    const row = await need(ctx, account);
    if (row.role === "admin" && role !== "admin" && (await isLastAdmin(ctx))) conflict("last_admin");
    await ctx.db.patch(row._id, { role });
    return tell({ ...row, role });
  },
});

export const setPassword = mutation({
  args: { account: v.string(), password: v.string(), keep: v.union(v.string(), v.null()) },
  run: async (ctx, { account, password, keep }) => {
    await changePassword(ctx, await need(ctx, account), password, keep);
    return null;
  },
});

async function changePassword(ctx: Write, account: Row<"accounts">, password: string, keep: string | null) {
  await ctx.db.patch(account._id, { password });
  await dropReset(ctx, account.id);
  await sessions.endAllOf(ctx, account.id, keep);
}

/** An account's reset link is void. */
export async function dropReset(ctx: Write, account: string): Promise<void> {
  const reset = await ctx.db
    .query("resets")
    .withIndex("by_account", (q) => q.eq("account", account))
    .unique();
  if (reset) await ctx.db.delete(reset._id);
}

export const offerReset = mutation({
  args: { account: v.string(), secret: v.string(), expires_at: v.number() },
  run: async (ctx, reset) => {
    await need(ctx, reset.account);
    await dropReset(ctx, reset.account);
    await ctx.db.insert("resets", reset);
    return null;
  },
});

export const useReset = mutation({
  args: { secret: v.string(), password: v.string(), now: v.number() },
  run: async (ctx, { secret, password, now }) => {
    const reset = await ctx.db
      .query("resets")
      .withIndex("by_secret", (q) => q.eq("secret", secret))
      .unique();
    const account = reset && reset.expires_at > now && (await find(ctx, reset.account));
    if (!account) missing("reset");
    await changePassword(ctx, account, password, null);
    return account.id;
  },
  about: (_, account) => account,
});

// An account's photos are limited and change at once; images go in batches, each after the place the one before reached.
export const chooseRetention = mutation({
  args: {
    account: v.string(),
    choice: v.union(v.number(), v.null()),
    photo_span: v.number(),
    image_span: v.number(),
    now: v.number(),
    after: v.union(v.object({ expires_at: v.number(), place: v.string() }), v.null()),
  },
  run: async (ctx, { account, choice, photo_span, image_span, now, after }) => {
    const row = await need(ctx, account);
    if (after === null) {
      await ctx.db.patch(row._id, { retention: choice });
      const photos = await ctx.db
        .query("photos")
        .withIndex("by_account", (q) => q.eq("account", account).gt("expires_at", now))
        .collect();
      for (const photo of photos) await ctx.db.patch(photo._id, { expires_at: photo.created_at + photo_span });
    }
    const images = await unexpired(ctx, account, after ?? { expires_at: now, place: "~" });
    for (const image of images) {
      const expires_at = image.created_at + image_span;
      if (image.expires_at !== expires_at) await ctx.db.patch(image._id, { expires_at });
    }
    const last = images.length < BATCH ? null : (images.at(-1) ?? null);
    const next = last && { expires_at: last.expires_at, place: last.place };
    return { account: tell(await need(ctx, account)), next };
  },
});

/** Images that expire after one of them, the first to expire first. */
async function unexpired(ctx: Read, account: string, after: { expires_at: number; place: string }) {
  const beside = await ctx.db
    .query("images")
    .withIndex("by_account", (q) =>
      q.eq("account", account).eq("expires_at", after.expires_at).gt("place", after.place),
    )
    .take(BATCH);
  const later = await ctx.db
    .query("images")
    .withIndex("by_account", (q) => q.eq("account", account).gt("expires_at", after.expires_at))
    .take(BATCH - beside.length);
  return [...beside, ...later];
}
