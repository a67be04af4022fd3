// Generations, as the workers see them: taken by lease, kept by heartbeat, ended once.

import { type Infer, v } from "convex/values";
import * as accounts from "./accounts";
import * as consents from "./consents";
import * as days from "./days";
import * as deletions from "./deletions";
import { conflict, leaseLost, missing } from "./failure";
import * as generations from "./generations";
import * as images from "./images";
import * as lanes from "./lanes";
import * as photos from "./photos";
import * as schema from "./schema";
import { keyed, mutation, plain, type Read, type Row, type Write } from "./verb";

/** How often a generation is taken up before it is given up. */
const MAX_CLAIMS = 5;
const GIVEN_UP_LATE = "The work was interrupted too often to go on. What is missing costs nothing.";
const GIVEN_UP = "The work was interrupted too often. It costs nothing; try again with another photo or style.";

const lease = { account: v.string(), generation: v.string(), lease: v.string() };
type Lease = { account: string; generation: string; lease: string };

// A claim's key is its leases: asked again, what they took before is found by them.
export const claim = keyed({
  args: { leases: v.array(v.string()), now: v.number(), until: v.number() },
  run: async (ctx, { leases, now, until }) => {
    const claimed = await heldAlready(ctx, leases);
    const left = leases.filter((lease) => claimed.every((generation) => generation.lease !== lease));
    for (const lease of left) {
      const generation = await next(ctx, now);
      if (!generation) break;
      claimed.push(await take(ctx, generation, lease, now, until));
    }
    const answer = [];
    for (const generation of claimed) answer.push(await handOver(ctx, generation));
    return answer;
  },
});

/** What the same claim took before, when its answer was lost. */
async function heldAlready(ctx: Read, leases: string[]): Promise<Row<"generations">[]> {
  const held = [];
  for (const lease of leases) {
    const generation = await ctx.db
      .query("generations")
      .withIndex("by_lease", (q) => q.eq("lease", lease))
      .unique();
    if (generation && generation.lease_until !== null) held.push(generation);
  }
  return held;
}

/**
 * The generation whose turn it is: one whose lease ran out, or else the fair queue's head. Those that were taken too often are ended
 * on the way.
 */
async function next(ctx: Write, now: number): Promise<Row<"generations"> | null> {
  for (;;) {
    const lapsed = await ctx.db
      .query("generations")
      .withIndex("by_lapse", (q) => q.gte("lease_until", 0).lte("lease_until", now))
      .first();
    if (!lapsed) break;
    if (!(await accounts.find(ctx, lapsed.account))) await ctx.db.patch(lapsed._id, { lease_until: null });
    else if (lapsed.claims < MAX_CLAIMS) return lapsed;
    else await giveUp(ctx, lapsed, now);
  }
  const account = await lanes.next(ctx);
  if (account === null) return null;
  return ctx.db
    .query("generations")
    .withIndex("by_queue", (q) => q.eq("account", account).eq("state", "queued"))
    .first();
}

/**
 * Ends what was taken too often. What was made before the last interruption is kept and costs what it costs, as when the rest fails;
 * what the last worker had stored without a row goes.
 */
async function giveUp(ctx: Write, lapsed: Row<"generations">, now: number) {
  const { account, id, made, count } = lapsed;
  const missing = Array.from({ length: count }, (_, at) => at + 1).filter((number) => !made.includes(number));
  const stored = missing.flatMap((number) => [
    deletions.result(account, id, number),
    deletions.preview(account, id, number),
  ]);
  await deletions.queue(ctx, account, stored, now);
  if (made.length > 0) await generations.end(ctx, lapsed, "succeeded", GIVEN_UP_LATE, now);
  else await generations.end(ctx, lapsed, "failed", GIVEN_UP, now);
}

async function take(ctx: Write, generation: Row<"generations">, lease: string, now: number, until: number) {
  const taken = {
    state: "running" as const,
    lease,
    lease_until: until,
    claims: generation.claims + 1,
    started_at: generation.started_at ?? now,
  };
  await ctx.db.patch(generation._id, taken);
  if (generation.state !== "running") await lanes.moved(ctx, generation.account, generation.state, "running");
  return { ...generation, ...taken };
}

/** Gathers what the worker needs. */
async function handOver(ctx: Read, generation: Row<"generations">) {
  return {
    lease: generation.lease ?? leaseLost(),
    generation: generations.tell(generation),
    photos: (await generations.photosOf(ctx, generation)).map(photos.tell),
    consents: (await consents.of(ctx, generation.account)).map(plain),
    attempts: generation.attempts,
    made: [...generation.made].sort((a, b) => a - b),
  };
}

/** The generation, if the lease still holds it. One that ran out holds until another claim takes the generation. */
async function held(ctx: Read, lease: Lease): Promise<Row<"generations">> {
  const generation = await lastHeld(ctx, lease);
  return generation.state === "running" ? generation : leaseLost();
}

/** The generation, if this lease was the last to hold it, ended or not. */
async function lastHeld(ctx: Read, { account, generation, lease }: Lease): Promise<Row<"generations">> {
  const known = await generations.find(ctx, account, generation);
  if (!known || known.lease !== lease || !(await accounts.find(ctx, account))) leaseLost();
  return known;
}

export const heartbeat = mutation({
  args: { ...lease, progress: v.number(), until: v.number() },
  run: async (ctx, { progress, until, ...lease }) => {
    const generation = await held(ctx, lease);
    await ctx.db.patch(generation._id, { lease_until: until, progress: Math.min(progress, 100) });
    return null;
  },
});

export const release = mutation({
  args: { ...lease, now: v.number() },
  run: async (ctx, { now, ...lease }) => {
    const generation = await held(ctx, lease);
    const claims = Math.max(generation.claims - 1, 0);
    await ctx.db.patch(generation._id, { lease: null, lease_until: now, claims });
    return null;
  },
});

export const beginAttempt = mutation({
  args: {
    ...lease,
    number: v.number(),
    provider: v.string(),
    model: v.string(),
    prompt: v.string(),
    fallback: v.boolean(),
    purpose: v.union(v.string(), v.null()),
    now: v.number(),
  },
  run: async (ctx, { number, provider, model, prompt, fallback, purpose, now, ...lease }) => {
    const generation = await held(ctx, lease);
    if (purpose !== null) await consents.need(ctx, lease.account, purpose, now);
    const known = await attempt(ctx, lease, number);
    if (known) {
      const same = known.provider === provider && known.model === model && known.started_at === now;
      return same ? null : conflict("id_reused");
    }
    await ctx.db.insert("attempts", {
      account: lease.account,
      generation: lease.generation,
      number,
      provider,
      model,
      prompt,
      started_at: now,
      ended_at: null,
      outcome: null,
      detail: "",
      images: 0,
      fallback,
      tokens_in: 0,
      tokens_out: 0,
      micro_dollars: 0,
    });
    await ctx.db.patch(generation._id, { attempts: Math.max(generation.attempts, number) });
    return null;
  },
});

async function attempt(ctx: Read, { account, generation }: Lease, number: number): Promise<Row<"attempts"> | null> {
  return ctx.db
    .query("attempts")
    .withIndex("by_generation", (q) => q.eq("account", account).eq("generation", generation).eq("number", number))
    .unique();
}

export const finishAttempt = mutation({
  args: {
    ...lease,
    number: v.number(),
    outcome: schema.outcome,
    detail: v.string(),
    images: v.number(),
    tokens_in: v.number(),
    tokens_out: v.number(),
    micro_dollars: v.number(),
    now: v.number(),
  },
  run: async (ctx, { account, generation, lease, number, now, ...result }) => {
    const { style } = await held(ctx, { account, generation, lease });
    const known = (await attempt(ctx, { account, generation, lease }, number)) ?? missing("attempt");
    if (known.ended_at !== null) return null;
    await ctx.db.patch(known._id, { ...result, ended_at: now });
    const { detail, ...took } = result;
    await days.addSpending(ctx, account, known.started_at, {
      ...took,
      style,
      provider: known.provider,
      model: known.model,
      attempts: 1,
      generations: number === 1 ? 1 : 0,
      fallbacks: known.fallback ? 1 : 0,
    });
    return null;
  },
});

export const addImage = mutation({
  args: { ...lease, image: v.object(schema.newImage) },
  run: async (ctx, { image: made, ...lease }) => {
    const generation = await held(ctx, lease);
    if (!Number.isInteger(made.number) || made.number < 1 || made.number > generation.count) conflict("image_number");
    const { account } = lease;
    const known = await images.find(ctx, account, lease.generation, made.number);
    if (known && !known.deleted) return images.tell(known);
    const owner = await accounts.need(ctx, account);
    const image = {
      account,
      generation: lease.generation,
      ...made,
      expires_at: photos.shortened(made.expires_at, made.created_at, owner.retention),
      favourite: false,
    };
    // Deleted by the person meanwhile: it stays so, and what was written goes again.
    if (known) await deletions.queue(ctx, account, objectsOf(image), made.created_at);
    else await insertImage(ctx, generation, image);
    return image;
  },
});

type Made = Infer<ReturnType<typeof v.object<typeof schema.newImage>>> & {
  account: string;
  generation: string;
  favourite: boolean;
};

function objectsOf({ account, generation, number }: Made): string[] {
  return [deletions.result(account, generation, number), deletions.preview(account, generation, number)];
}

async function insertImage(ctx: Write, generation: Row<"generations">, image: Made): Promise<void> {
  const place = images.placeOf(image.account, image.generation, image.number);
  const id = await ctx.db.insert("images", { ...image, expired: false, deleted: false, place });
  await ctx.db.patch(generation._id, { made: [...generation.made, image.number] });
  const inserted = await ctx.db.get(id);
  if (inserted) await images.count(ctx, inserted, 1);
}

export const finish = mutation({
  args: { ...lease, ending: schema.ending, reason: v.union(v.string(), v.null()), now: v.number() },
  run: async (ctx, { ending, reason, now, ...lease }) => {
    const generation = await lastHeld(ctx, lease);
    if (generation.state === "running") {
      return generations.tell(await generations.end(ctx, generation, ending, reason, now));
    }
    // The same worker asks again because the answer was lost; anything else came too late.
    return generation.state === ending ? generations.tell(generation) : leaseLost();
  },
});
