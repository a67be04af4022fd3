// Counters that slow guessing down.

import { v } from "convex/values";
import { mutation, type Read } from "./verb";

async function find(ctx: Read, key: string) {
  return ctx.db
    .query("throttles")
    .withIndex("by_key", (q) => q.eq("key", key))
    .unique();
}

// A try that is not let through is not counted: waiting out the window is enough.
export const count = mutation({
  args: { key: v.string(), tries: v.number(), window: v.number(), now: v.number() },
  about: "nobody",
  run: async (ctx, { key, tries, window, now }) => {
    const before = await find(ctx, key);
    if (!before || now >= before.since + window) {
      if (before) await ctx.db.delete(before._id);
      await ctx.db.insert("throttles", { key, count: 1, since: now, expires_at: now + window });
      return null;
    }
    if (before.count >= tries) return before.since + window;
    await ctx.db.patch(before._id, { count: before.count + 1, expires_at: before.since + window });
    return null;
  },
});

export const clear = mutation({
  args: { key: v.string() },
  about: "nobody",
  run: async (ctx, { key }) => {
    const tries = await find(ctx, key);
    if (tries) await ctx.db.delete(tries._id);
    return null;
  },
});
