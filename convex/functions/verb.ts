// How every function here is made: internal, so that nobody but the holder of the deployment's key can call it, with checked
// arguments, typed by the schema and not by generated files.
//
// A mutation carries the key of its call. An answer can get lost after the commit, and then nobody knows whether it
// happened; asked again with the same key, the answer of the first time is given and nothing happens twice. The key is
// looked up by its index in the transaction that it guards.

import {
  type DataModelFromSchemaDefinition,
  type DocumentByName,
  type GenericMutationCtx,
  type GenericQueryCtx,
  internalMutationGeneric,
  internalQueryGeneric,
  type QueryBuilder,
  type TableNamesInDataModel,
} from "convex/server";
import { type ObjectType, type PropertyValidators, v } from "convex/values";
import type schema from "./schema";

export type Data = DataModelFromSchemaDefinition<typeof schema>;
export type Table = TableNamesInDataModel<Data>;
export type Row<T extends Table> = DocumentByName<Data, T>;
export type Read = GenericQueryCtx<Data>;
export type Write = GenericMutationCtx<Data>;

/** A function that only reads. It sees one moment. */
export const query = internalQueryGeneric as QueryBuilder<Data, "internal">;

type Verb<Args extends PropertyValidators, Answer> = {
  args: Args;
  /**
   * Whose call it is: the answer is forgotten with the account. Without it the argument `account` says so. `"nobody"` is for an
   * answer that speaks of nobody.
   */
  about?: "nobody" | ((args: ObjectType<Args>, answer: Answer) => string);
  run: (ctx: Write, args: ObjectType<Args>) => Promise<Answer>;
};

/** A function that writes, once for each key of a call. */
export function mutation<Args extends PropertyValidators, Answer>({ args, about, run }: Verb<Args, Answer>) {
  return internalMutationGeneric({
    args: { ...args, call: v.string() },
    handler: async (ctx: Write, given): Promise<Answer> => {
      const { call, ...rest } = given as { call: string };
      const known = await ctx.db
        .query("calls")
        .withIndex("by_call", (q) => q.eq("call", call))
        .unique();
      if (known) return known.answer as Answer;
      const taken = rest as ObjectType<Args>;
      const answer = await run(ctx, taken);
      const account =
        about === "nobody" ? null : about ? about(taken, answer) : ((taken as { account?: string }).account ?? null);
      // Of somebody who is gone nothing is kept, not even an answer.
      if (account === null || (await isThere(ctx, account))) {
        await ctx.db.insert("calls", { call, account, answer: answer ?? null });
      }
      return answer;
    },
  });
}

/**
 * A function that writes, and whose key is in what it writes: a lease, an erasure, the claim of a delivery. Run again with
 * the same arguments it finds what it did and gives the same answer. For answers that must not be kept, because they
 * speak of several accounts or outlive one.
 */
export function keyed<Args extends PropertyValidators, Answer>({ args, run }: Keyed<Args, Answer>) {
  return internalMutationGeneric({
    args: { ...args, call: v.string() },
    handler: async (ctx: Write, given): Promise<Answer> => run(ctx, given as ObjectType<Args> & { call: string }),
  });
}

type Keyed<Args extends PropertyValidators, Answer> = {
  args: Args;
  run: (ctx: Write, args: ObjectType<Args> & { call: string }) => Promise<Answer>;
};

async function isThere(ctx: Read, account: string): Promise<boolean> {
  const row = await ctx.db
    .query("accounts")
    .withIndex("by_key", (q) => q.eq("id", account))
    .unique();
  return row !== null;
}

/** A row without what the database adds to it. */
export function plain<R extends { _id: unknown; _creationTime: number }>(row: R): Omit<R, "_id" | "_creationTime"> {
  const { _id, _creationTime, ...rest } = row;
  return rest;
}

/** The most rows that one transaction changes: well within its 16,000, and within its second. */
export const BATCH = 500;
