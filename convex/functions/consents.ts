// The policy's versions, and what people allowed.

import { v } from "convex/values";
import * as accounts from "./accounts";
import { conflict, fail, missing } from "./failure";
import * as photos from "./photos";
import * as schema from "./schema";
import { mutation, plain, query, type Read, type Row } from "./verb";

export const KEEP_PHOTOS = "keep-photos";

async function findPolicy(ctx: Read, version: string): Promise<Row<"policies"> | null> {
  return ctx.db
    .query("policies")
    .withIndex("by_version", (q) => q.eq("version", version))
    .unique();
}

export const publishPolicy = mutation({
  args: schema.policy,
  about: "nobody",
  run: async (ctx, policy) => {
    const known = await findPolicy(ctx, policy.version);
    if (!known) await ctx.db.insert("policies", policy);
    else if (known.digest !== policy.digest || known.text !== policy.text) conflict("policy_changed");
    return null;
  },
});

export const listPolicies = query({
  args: {},
  handler: async (ctx) => (await ctx.db.query("policies").withIndex("by_time").order("desc").collect()).map(plain),
});

const { withdrawn_at: _withdrawn, ...newConsent } = schema.consent;

export const record = mutation({
  args: newConsent,
  run: async (ctx, consent) => {
    const policy = await findPolicy(ctx, consent.version);
    if (!policy || policy.digest !== consent.digest) missing("policy");
    await accounts.need(ctx, consent.account);
    const known = await ctx.db
      .query("consents")
      .withIndex("by_account", (q) => q.eq("account", consent.account).eq("id", consent.id))
      .unique();
    if (!known) {
      await ctx.db.insert("consents", { ...consent, withdrawn_at: null });
      return { ...consent, withdrawn_at: null };
    }
    const same =
      known.purpose === consent.purpose && known.version === consent.version && known.digest === consent.digest;
    return same ? plain(known) : conflict("id_reused");
  },
});

/** Withdraws, and goes on in batches while there is more to be cancelled. */
export const withdraw = mutation({
  args: { account: v.string(), purpose: v.string(), now: v.number() },
  run: async (ctx, { account, purpose, now }) => {
    await accounts.need(ctx, account);
    const given = await ctx.db
      .query("consents")
      .withIndex("by_purpose", (q) => q.eq("account", account).eq("purpose", purpose).eq("withdrawn_at", null))
      .collect();
    for (const consent of given) await ctx.db.patch(consent._id, { withdrawn_at: now });
    if (purpose !== KEEP_PHOTOS) return { cancelled: [], photos: 0, more: false };
    return photos.removeAll(ctx, account, now);
  },
});

/** What a person allowed, newest first. */
export async function of(ctx: Read, account: string): Promise<Row<"consents">[]> {
  return ctx.db
    .query("consents")
    .withIndex("by_account", (q) => q.eq("account", account))
    .order("desc")
    .collect();
}

export const list = query({
  args: { account: v.string() },
  handler: async (ctx, { account }) => (await of(ctx, account)).map(plain),
});

/** The gate, on what is written now: a consent to this purpose is in force. */
export async function need(ctx: Read, account: string, purpose: string, now: number): Promise<void> {
  // Null, of those that are not withdrawn, sorts before every time.
  const given = ctx.db
    .query("consents")
    .withIndex("by_purpose", (q) => q.eq("account", account).eq("purpose", purpose).eq("withdrawn_at", null));
  const withdrawnLater = ctx.db
    .query("consents")
    .withIndex("by_purpose", (q) => q.eq("account", account).eq("purpose", purpose).gt("withdrawn_at", now));
  for (const consents of [given, withdrawnLater]) {
    for await (const consent of consents) if (consent.given_at <= now) return;
  }
  fail({ error: "consent_missing", purpose });
}
