// Aliases: what outside services call an account, how one who is vouched for is taken in, whom an erasure still has to tell, and
// notes of what counts once.

import { v } from "convex/values";
import * as accounts from "./accounts";
import * as apiKeys from "./api_keys";
import { conflict, missing } from "./failure";
import * as schema from "./schema";
import * as sessions from "./sessions";
import { BATCH, mutation, query, type Read, type Row, type Write } from "./verb";
import * as webhooks from "./webhooks";

type Alias = { service: string; id: string };

/** An alias as the program sees it. */
export function tell({ service, id }: Row<"aliases"> | Row<"farewells">): Alias {
  return { service, id };
}

async function find(ctx: Read, { service, id }: Alias): Promise<Row<"aliases"> | null> {
  return ctx.db
    .query("aliases")
    .withIndex("by_key", (q) => q.eq("service", service).eq("id", id))
    .unique();
}

async function ofService(ctx: Read, account: string, service: string): Promise<Row<"aliases"> | null> {
  return ctx.db
    .query("aliases")
    .withIndex("by_account", (q) => q.eq("account", account).eq("service", service))
    .unique();
}

/** Every alias of an account. */
export async function of(ctx: Read, account: string): Promise<Row<"aliases">[]> {
  return ctx.db
    .query("aliases")
    .withIndex("by_account", (q) => q.eq("account", account))
    .collect();
}

/** Gives an account an alias, in the place of an earlier one of that service. */
export async function give(ctx: Write, account: string, alias: Alias, as_of: number): Promise<void> {
  await accounts.need(ctx, account);
  const former = await ofService(ctx, account, alias.service);
  if (former && former.id !== alias.id) await ctx.db.delete(former._id);
  const known = await find(ctx, alias);
  if (!known) await ctx.db.insert("aliases", { ...alias, account, as_of });
  else if (known.account !== account) conflict("id_reused");
  else await ctx.db.patch(known._id, { as_of: Math.max(known.as_of, as_of) });
}

/** Takes an alias away. */
export async function takeAway(ctx: Write, alias: Alias): Promise<void> {
  const known = await find(ctx, alias);
  if (known) await ctx.db.delete(known._id);
}

const arrival = {
  alias: v.object(schema.alias),
  verified_email: v.union(v.string(), v.null()),
  name: v.string(),
  as_of: v.number(),
  /** The id of a new account; null where no new ones are made. */
  new_account: v.union(v.string(), v.null()),
  unless: v.string(),
  now: v.number(),
};

type Arrival = {
  alias: Alias;
  verified_email: string | null;
  name: string;
  as_of: number;
  new_account: string | null;
  unless: string;
  now: number;
};

export const takeIn = mutation({
  args: arrival,
  run: async (ctx, arrival) => {
    if (await isNotedNow(ctx, arrival.unless, arrival.now)) missing("account");
    const known = await find(ctx, arrival.alias);
    if (known) {
      const account = await accounts.need(ctx, known.account);
      const newer = arrival.as_of > known.as_of;
      return { account: accounts.tell(newer ? await bringUpToDate(ctx, account, arrival) : account), how: "known" };
    }
    const email = arrival.verified_email ?? conflict("email_unverified");
    const local = await accounts.byEmail(ctx, email);
    if (local) {
      if (await ofService(ctx, local.id, arrival.alias.service)) conflict("email_taken");
      await closeAllDoors(ctx, local);
      await give(ctx, local.id, arrival.alias, arrival.as_of);
      return { account: accounts.tell(local), how: "moved" };
    }
    const id = arrival.new_account ?? conflict("no_new_accounts");
    const { name, now: created_at } = arrival;
    const account = await accounts.make(ctx, { id, email, name, password: null, created_at });
    await give(ctx, id, arrival.alias, arrival.as_of);
    return { account: accounts.tell(account), how: "new" };
  },
  about: (_, { account }) => account.id,
});

/** Takes over name and address. An address that another account has stays there: that is no reason not to let somebody in. */
async function bringUpToDate(ctx: Write, account: Row<"accounts">, arrival: Arrival): Promise<Row<"accounts">> {
  const { verified_email: email, name } = arrival;
  const free = email !== null && (await accounts.byEmail(ctx, email)) === null;
  await ctx.db.patch(account._id, { email: free ? email : account.email, name });
  await give(ctx, account.id, arrival.alias, arrival.as_of);
  return accounts.need(ctx, account.id);
}

/** Whoever made a local account may not have had its address: nothing of theirs opens it any more, or is told of it. */
async function closeAllDoors(ctx: Write, account: Row<"accounts">): Promise<void> {
  await ctx.db.patch(account._id, { password: null });
  await accounts.dropReset(ctx, account.id);
  await sessions.endAllOf(ctx, account.id, null);
  for (const key of await apiKeys.of(ctx, account.id)) await ctx.db.delete(key._id);
  await webhooks.removeAll(ctx, account.id);
}

export const findAccount = query({
  args: schema.alias,
  handler: async (ctx, alias) => {
    const known = await find(ctx, alias);
    const account = known && (await accounts.find(ctx, known.account));
    return account && accounts.tell(account);
  },
});

export const get = query({
  args: { account: v.string(), service: v.string() },
  handler: async (ctx, { account, service }) => {
    const known = await ofService(ctx, account, service);
    return known && tell(known);
  },
});

export const set = mutation({
  args: { account: v.string(), alias: v.object(schema.alias), now: v.number() },
  run: async (ctx, { account, alias, now }) => {
    await give(ctx, account, alias, now);
    return null;
  },
});

export const drop = mutation({
  args: schema.alias,
  about: "nobody",
  run: async (ctx, alias) => {
    await takeAway(ctx, alias);
    return null;
  },
});

/** Notes whom an erasure has to tell, before the account goes. */
export async function sayFarewell(ctx: Write, account: string, erasure: string): Promise<void> {
  for (const alias of await of(ctx, account)) {
    await ctx.db.insert("farewells", { ...tell(alias), erasure });
  }
}

/** Whether an erasure still has to tell somebody. */
export async function isFarewellOpen(ctx: Read, erasure: string): Promise<boolean> {
  const open = await ctx.db
    .query("farewells")
    .withIndex("by_erasure", (q) => q.eq("erasure", erasure))
    .first();
  return open !== null;
}

export const farewells = query({
  args: { erasure: v.string() },
  handler: async (ctx, { erasure }) => {
    const open = await ctx.db
      .query("farewells")
      .withIndex("by_erasure", (q) => q.eq("erasure", erasure))
      .collect();
    return open.map(tell);
  },
});

export const confirmFarewell = mutation({
  args: schema.alias,
  about: "nobody",
  run: async (ctx, { service, id }) => {
    const said = await ctx.db
      .query("farewells")
      .withIndex("by_key", (q) => q.eq("service", service).eq("id", id))
      .collect();
    for (const farewell of said) await ctx.db.delete(farewell._id);
    return null;
  },
});

async function note(ctx: Read, key: string): Promise<Row<"once"> | null> {
  return ctx.db
    .query("once")
    .withIndex("by_key", (q) => q.eq("key", key))
    .unique();
}

/** Notes something that counts once; whether it was the first time. */
export async function noteFirst(ctx: Write, key: string, now: number, until: number): Promise<boolean> {
  const known = await note(ctx, key);
  if (known && known.expires_at > now) return false;
  if (known) await ctx.db.patch(known._id, { expires_at: until });
  else await ctx.db.insert("once", { key, expires_at: until });
  return true;
}

async function isNotedNow(ctx: Read, key: string, now: number): Promise<boolean> {
  const known = await note(ctx, key);
  return known !== null && known.expires_at > now;
}

export const noteOnce = mutation({
  args: { key: v.string(), now: v.number(), until: v.number() },
  about: "nobody",
  run: async (ctx, { key, now, until }) => noteFirst(ctx, key, now, until),
});

export const isNoted = query({
  args: { key: v.string(), now: v.number() },
  handler: async (ctx, { key, now }) => isNotedNow(ctx, key, now),
});

/** Forgets notes that are over. */
export async function tidy(ctx: Write, now: number): Promise<number> {
  const over = await ctx.db
    .query("once")
    .withIndex("by_expiry", (q) => q.lte("expires_at", now))
    .take(BATCH);
  for (const note of over) await ctx.db.delete(note._id);
  return over.length;
}
