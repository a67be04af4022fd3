// Sessions of signed-in browsers.

import { v } from "convex/values";
import * as accounts from "./accounts";
import { conflict, missing } from "./failure";
import * as schema from "./schema";
import { BATCH, mutation, query, type Read, type Row, type Write } from "./verb";

/** A session as the program sees it, without the digest of its secret. */
export function tell({ id, account, device, created_at, used_at, expires_at, sign_in }: Row<"sessions">) {
  return { id, account, device, created_at, used_at, expires_at, sign_in };
}

async function find(ctx: Read, session: string): Promise<Row<"sessions"> | null> {
  return ctx.db
    .query("sessions")
    .withIndex("by_key", (q) => q.eq("id", session))
    .unique();
}

async function bySecret(ctx: Read, secret: string): Promise<Row<"sessions"> | null> {
  return ctx.db
    .query("sessions")
    .withIndex("by_secret", (q) => q.eq("secret", secret))
    .unique();
}

export const open = mutation({
  args: schema.session,
  run: async (ctx, session) => {
    await accounts.need(ctx, session.account);
    const known = (await find(ctx, session.id)) ?? (await bySecret(ctx, session.secret));
    if (!known) {
      await ctx.db.insert("sessions", session);
      const { secret: _, ...opened } = session;
      return opened;
    }
    const same = known.id === session.id && known.account === session.account && known.secret === session.secret;
    return same ? tell(known) : conflict("id_reused");
  },
});

export const get = query({
  args: { secret: v.string(), now: v.number() },
  handler: async (ctx, { secret, now }) => {
    const session = await bySecret(ctx, secret);
    if (!session || session.expires_at <= now) return null;
    const account = await accounts.find(ctx, session.account);
    return account && { session: tell(session), account: accounts.tell(account) };
  },
});

export const touch = mutation({
  args: { session: v.string(), now: v.number(), expires_at: v.number() },
  about: "nobody",
  run: async (ctx, { session, now, expires_at }) => {
    const known = await find(ctx, session);
    if (!known || known.expires_at <= now) missing("session");
    await ctx.db.patch(known._id, { used_at: Math.max(known.used_at, now), expires_at });
    return null;
  },
});

/** The sessions of an account, newest first. What has expired is tidied away within the hour. */
export async function of(ctx: Read, account: string): Promise<Row<"sessions">[]> {
  return ctx.db
    .query("sessions")
    .withIndex("by_account", (q) => q.eq("account", account))
    .order("desc")
    .collect();
}

export const list = query({
  args: { account: v.string(), now: v.number() },
  handler: async (ctx, { account, now }) =>
    (await of(ctx, account)).filter((session) => session.expires_at > now).map(tell),
});

export const end = mutation({
  args: { account: v.string(), session: v.string() },
  run: async (ctx, { account, session }) => {
    const known = await find(ctx, session);
    if (!known || known.account !== account) missing("session");
    await ctx.db.delete(known._id);
    return null;
  },
});

export const endAll = mutation({
  args: { account: v.string(), keep: v.union(v.string(), v.null()) },
  run: async (ctx, { account, keep }) => endAllOf(ctx, account, keep),
});

/** Ends every session of an account but one, and says how many. */
export async function endAllOf(ctx: Write, account: string, keep: string | null): Promise<number> {
  let ended = 0;
  for (const session of await of(ctx, account)) {
    if (session.id === keep) continue;
    await ctx.db.delete(session._id);
    ended += 1;
  }
  return ended;
}

/** Ends a batch of the sessions that stand on a sign-in at the outside identity, and says how many. */
export const endSignIn = mutation({
  args: { sign_in: v.string() },
  about: "nobody",
  run: async (ctx, { sign_in }) => {
    const sessions = await ctx.db
      .query("sessions")
      .withIndex("by_sign_in", (q) => q.eq("sign_in", sign_in))
      .take(BATCH);
    for (const session of sessions) await ctx.db.delete(session._id);
    return { ended: sessions.length, more: sessions.length === BATCH };
  },
});

/** Forgets sessions that are over. */
export async function tidy(ctx: Write, now: number): Promise<number> {
  const over = await ctx.db
    .query("sessions")
    .withIndex("by_expiry", (q) => q.lte("expires_at", now))
    .take(BATCH);
  for (const session of over) await ctx.db.delete(session._id);
  return over.length;
}
