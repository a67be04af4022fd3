// API keys.

import { v } from "convex/values";
import * as accounts from "./accounts";
import { conflict, missing } from "./failure";
import * as schema from "./schema";
import { mutation, query, type Read, type Row } from "./verb";

/** A key as the program sees it, without the digest of its secret. */
export function tell(row: Row<"api_keys">) {
  const { id, account, name, hint, scopes, created_at, used_at, expires_at, revoked_at } = row;
  return { id, account, name, hint, scopes, created_at, used_at, expires_at, revoked_at };
}

async function find(ctx: Read, key: string): Promise<Row<"api_keys"> | null> {
  return ctx.db
    .query("api_keys")
    .withIndex("by_key", (q) => q.eq("id", key))
    .unique();
}

async function bySecret(ctx: Read, secret: string): Promise<Row<"api_keys"> | null> {
  return ctx.db
    .query("api_keys")
    .withIndex("by_secret", (q) => q.eq("secret", secret))
    .unique();
}

const { used_at: _used, revoked_at: _revoked, ...newKey } = schema.apiKey;

export const create = mutation({
  args: newKey,
  run: async (ctx, key) => {
    await accounts.need(ctx, key.account);
    const known = (await find(ctx, key.id)) ?? (await bySecret(ctx, key.secret));
    if (!known) {
      await ctx.db.insert("api_keys", { ...key, used_at: null, revoked_at: null });
      const { secret: _, ...made } = key;
      return { ...made, used_at: null, revoked_at: null };
    }
    const same = known.id === key.id && known.account === key.account && known.secret === key.secret;
    return same ? tell(known) : conflict("id_reused");
  },
});

export const get = query({
  args: { secret: v.string(), now: v.number() },
  handler: async (ctx, { secret, now }) => {
    const key = await bySecret(ctx, secret);
    const live = key && key.revoked_at === null && (key.expires_at === null || now < key.expires_at);
    const account = live ? await accounts.find(ctx, key.account) : null;
    return key && account && { key: tell(key), account: accounts.tell(account) };
  },
});

export const touch = mutation({
  args: { key: v.string(), now: v.number() },
  about: "nobody",
  run: async (ctx, { key, now }) => {
    const known = (await find(ctx, key)) ?? missing("api_key");
    await ctx.db.patch(known._id, { used_at: Math.max(known.used_at ?? 0, now) });
    return null;
  },
});

/** The keys of an account, newest first. */
export async function of(ctx: Read, account: string): Promise<Row<"api_keys">[]> {
  return ctx.db
    .query("api_keys")
    .withIndex("by_account", (q) => q.eq("account", account))
    .order("desc")
    .collect();
}

export const list = query({
  args: { account: v.string() },
  handler: async (ctx, { account }) => (await of(ctx, account)).map(tell),
});

export const revoke = mutation({
  args: { account: v.string(), key: v.string(), now: v.number() },
  run: async (ctx, { account, key, now }) => {
    const known = await find(ctx, key);
    if (!known || known.account !== account) missing("api_key");
    const revoked_at = known.revoked_at ?? now;
    await ctx.db.patch(known._id, { revoked_at });
    return tell({ ...known, revoked_at });
  },
});
