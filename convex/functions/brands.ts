// Brand kits: a row once something was put into it. The logo is small and no photo of a person; its file is kept in base64.

import { v } from "convex/values";
import * as accounts from "./accounts";
import * as schema from "./schema";
import { mutation, query, type Read, type Row, type Write } from "./verb";

type Kit = Row<"brands">;

const EMPTY = { primary_colour: null, accent_colour: null, font: null, logo: null };

async function find(ctx: Read, account: string): Promise<Kit | null> {
  return ctx.db
    .query("brands")
    .withIndex("by_account", (q) => q.eq("account", account))
    .unique();
}

/** A kit as the program sees it, without the logo's file. */
function tell(kit: Pick<Kit, "primary_colour" | "accent_colour" | "font" | "logo">) {
  const { primary_colour, accent_colour, font, logo } = kit;
  const known = logo && { bytes: logo.bytes, width: logo.width, height: logo.height, digest: logo.digest };
  return { primary_colour, accent_colour, font, logo: known };
}

/** The kit of an account, empty where there is none. */
export async function of(ctx: Read, account: string) {
  return tell((await find(ctx, account)) ?? EMPTY);
}

export const get = query({
  args: { account: v.string() },
  handler: async (ctx, { account }) => of(ctx, account),
});

export const logo = query({
  args: { account: v.string() },
  handler: async (ctx, { account }) => (await find(ctx, account))?.logo?.file ?? null,
});

async function put(ctx: Write, account: string, part: Partial<typeof EMPTY | Kit>) {
  await accounts.need(ctx, account);
  const known = await find(ctx, account);
  const kit = { ...EMPTY, ...known, ...part } as Kit;
  if (known) await ctx.db.patch(known._id, part);
  else await ctx.db.insert("brands", { ...EMPTY, ...part, account } as Omit<Kit, "_id" | "_creationTime">);
  return tell(kit);
}

export const setLook = mutation({
  args: {
    account: v.string(),
    primary_colour: schema.brand.primary_colour,
    accent_colour: schema.brand.accent_colour,
    font: schema.brand.font,
  },
  run: async (ctx, { account, ...look }) => put(ctx, account, look),
});

export const setLogo = mutation({
  args: { account: v.string(), logo: schema.brand.logo },
  run: async (ctx, { account, logo }) => put(ctx, account, { logo }),
});
