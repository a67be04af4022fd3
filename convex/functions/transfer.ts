// Moving an installation from one database to another: records, which have the fields and forms of SQL's tables, page by page out
// and in. What is kept here beside them (places, counts, sums, what a generation is made from) is taken off on the way out and
// made anew on the way in, so that nothing is left to be completed.

import { v } from "convex/values";
import * as days from "./days";
import * as generations from "./generations";
import * as images from "./images";
import * as lanes from "./lanes";
import * as photos from "./photos";
import * as schema from "./schema";
import { mutation, plain, query, type Read, type Row, type Table, type Write } from "./verb";
import * as webhooks from "./webhooks";

type Field = string | number | null;
type Rec = Record<string, Field>;
/** A row of any table, before its type is known. */
type Any = Record<string, unknown>;

const field = v.union(v.string(), v.number(), v.null());
const record = v.record(v.string(), field);

/** How the rows of one table become records and records its rows. */
type Shape = {
  /** The index in whose order records are given, and its fields. */
  index: string;
  fields: string[];
  /** What the fields of the index hold, given those of the record's key; the key itself where it is left out. */
  place?: (key: Field[]) => Field[];
  /** Fields of a row that no record has. */
  inner?: string[];
  /** Fields that are yes or no. */
  flags?: string[];
  out?: (row: Any) => Rec;
  into?: (record: Rec) => Any;
  /** What follows from a row that was taken in. */
  then?: (ctx: Write, row: Any) => Promise<void>;
};

const SHAPES: Partial<Record<Table, Shape>> = {
  policies: { index: "by_version", fields: ["version"] },
  accounts: { index: "by_key", fields: ["id"], then: (ctx, row) => lanes.open(ctx, (row as Row<"accounts">).id) },
  resets: { index: "by_account", fields: ["account"] },
  sessions: { index: "by_key", fields: ["id"] },
  aliases: { index: "by_key", fields: ["service", "id"] },
  once: { index: "by_key", fields: ["key"] },
  api_keys: { index: "by_key", fields: ["id"] },
  brands: { index: "by_account", fields: ["account"], out: brandOut, into: brandIn },
  consents: { index: "by_account", fields: ["account", "id"] },
  photos: {
    index: "by_place",
    fields: ["place"],
    place: ([account, id]) => [photos.placeOf(String(account), String(id))],
    inner: ["place"],
    into: (record) => ({ ...record, place: photos.placeOf(String(record.account), String(record.id)) }),
    then: (ctx, row) => {
      const { account, bytes } = row as Row<"photos">;
      return lanes.add(ctx, account, { photos: 1, photo_bytes: bytes });
    },
  },
  generations: {
    index: "by_account",
    fields: ["account", "id"],
    inner: ["count", "photos", "attempts", "made"],
    into: (record) => {
      const { count } = JSON.parse(String(record.options)) as { count: number };
      return { ...record, count, photos: [], attempts: 0, made: [] };
    },
    then: (ctx, row) => {
      const { account, state } = row as Row<"generations">;
      return lanes.moved(ctx, account, null, state);
    },
  },
  attempts: {
    index: "by_generation",
    fields: ["account", "generation", "number"],
    flags: ["fallback"],
    then: async (ctx, row) => {
      const attempt = row as Row<"attempts">;
      const generation = await generations.find(ctx, attempt.account, attempt.generation);
      const attempts = Math.max(generation?.attempts ?? 0, attempt.number);
      if (generation) await ctx.db.patch(generation._id, { attempts });
    },
  },
  images: {
    index: "by_place",
    fields: ["place"],
    place: ([account, generation, number]) => [images.placeOf(String(account), String(generation), Number(number))],
    out: imageOut,
    into: imageIn,
    then: async (ctx, row) => {
      const image = row as Row<"images">;
      const generation = await generations.find(ctx, image.account, image.generation);
      if (generation) await ctx.db.patch(generation._id, { made: [...generation.made, image.number] });
      await images.count(ctx, image, 1);
    },
  },
  ledger: {
    index: "by_account",
    fields: ["account", "sequence"],
    then: async (ctx, row) => {
      const { account, sequence, balance, debt } = row as Row<"ledger">;
      const lane = await lanes.find(ctx, account);
      if (!lane || lane.sequence >= sequence) return;
      await ctx.db.patch(lane._id, { sequence });
      await lanes.add(ctx, account, { balance: balance - lane.balance, debt: debt - lane.debt });
    },
  },
  purchases: {
    index: "by_key",
    fields: ["key"],
    inner: ["version"],
    into: (record) => ({ ...record, version: 1 }),
  },
  payments: {
    index: "by_purchase",
    fields: ["purchase", "number"],
    then: (ctx, row) => days.countPayment(ctx, row as Row<"payments">),
  },
  subscriptions: { index: "by_owner", fields: ["account", "id"], flags: ["ends"] },
  idempotency_keys: { index: "by_key", fields: ["account", "key"] },
  erasures: {
    index: "by_key",
    fields: ["id"],
    inner: ["erasing", "open"],
    out: (row) => ({ ...(row as Rec), counts: countsOut(row.counts as Row<"erasures">["counts"]) }),
    into: (record) => ({
      ...record,
      counts: JSON.parse(String(record.counts)) as unknown,
      erasing: false,
      open: record.completed_at === null,
    }),
  },
  farewells: { index: "by_key", fields: ["service", "id"] },
  deletions: {
    index: "by_key",
    fields: ["key"],
    then: (ctx, row) => lanes.pending(ctx, (row as Row<"deletions">).account, 1),
  },
  endpoints: { index: "by_account", fields: ["account", "id"] },
  deliveries: {
    index: "by_delivery",
    fields: ["endpoint", "event"],
    inner: ["pending", "claim", "place"],
    into: (record) => ({
      ...record,
      pending: record.state === "pending",
      claim: null,
      place: webhooks.placeOf(Number(record.created_at), String(record.event), String(record.endpoint)),
    }),
  },
  usage_events: {
    index: "by_key",
    fields: ["number"],
    then: (ctx, row) => days.countUsage(ctx, row as Row<"usage_events">, 1),
  },
  throttles: { index: "by_key", fields: ["key"] },
};

function shapeOf(table: string): Shape {
  const shape = SHAPES[table as Table];
  if (!shape) throw new Error(`there is no table ${table}`);
  return shape;
}

/** The counts as SQL has them: in the order in which they are declared, whatever order the database gives them in. */
function countsOut(counts: Row<"erasures">["counts"]): string {
  const names = Object.keys(schema.erasureCounts) as (keyof typeof counts)[];
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, counts[name]])));
}

function imageOut(row: Any): Rec {
  const { full, preview, place: _, ...rest } = row as unknown as Omit<Row<"images">, "_id" | "_creationTime">;
  return {
    ...rest,
    ...full,
    preview_type: preview.media_type,
    preview_bytes: preview.bytes,
    preview_width: preview.width,
    preview_height: preview.height,
    preview_digest: preview.digest,
    favourite: Number(rest.favourite),
    expired: Number(rest.expired),
    deleted: Number(rest.deleted),
  };
}

function imageIn(record: Rec): Any {
  const { media_type, bytes, width, height, digest, ...others } = record;
  const { preview_type, preview_bytes, preview_width, preview_height, preview_digest, ...rest } = others;
  return {
    ...rest,
    full: { media_type, bytes, width, height, digest },
    preview: {
      media_type: preview_type,
      bytes: preview_bytes,
      width: preview_width,
      height: preview_height,
      digest: preview_digest,
    },
    favourite: rest.favourite === 1,
    expired: rest.expired === 1,
    deleted: rest.deleted === 1,
    place: images.placeOf(String(rest.account), String(rest.generation), Number(rest.number)),
  };
}

function brandOut(row: Any): Rec {
  const { logo, ...rest } = row as unknown as Omit<Row<"brands">, "_id" | "_creationTime">;
  return {
    ...rest,
    logo: logo?.file ?? null,
    logo_bytes: logo?.bytes ?? null,
    logo_width: logo?.width ?? null,
    logo_height: logo?.height ?? null,
    logo_digest: logo?.digest ?? null,
  };
}

function brandIn(record: Rec): Any {
  const { logo: file, logo_bytes: bytes, logo_width: width, logo_height: height, logo_digest: digest, ...rest } = record;
  return { ...rest, logo: file === null ? null : { file, bytes, width, height, digest } };
}

function toRecord(row: Any, { inner = [], flags = [], out }: Shape): Rec {
  const kept = Object.fromEntries(Object.entries(row).filter(([name]) => !inner.includes(name)));
  for (const flag of flags) kept[flag] = Number(kept[flag]);
  return out ? out(kept) : (kept as Rec);
}

function toRow(record: Rec, { flags = [], into }: Shape): Any {
  const row = into ? into(record) : { ...record };
  for (const flag of flags) row[flag] = row[flag] === 1;
  return row;
}

/** Rows after a place in an index of several fields: those that agree in all but the last, then in all but the last two … */
async function following(ctx: Read, table: Table, shape: Shape, after: Field[], limit: number): Promise<Any[]> {
  const found: Any[] = [];
  for (let agreeing = after.length - 1; agreeing >= 0 && found.length < limit; agreeing--) {
    const rows = await within(ctx, table, shape, after.slice(0, agreeing), after[agreeing], limit - found.length);
    found.push(...rows);
  }
  return found;
}

/** What an index gives whose first fields hold this, and the next one more than `over`. */
async function within(ctx: Read, table: Table, shape: Shape, first: Field[], over: Field | undefined, limit: number) {
  // The types of an index are those of its table, which is any of them here.
  type Range = { eq(name: string, value: Field): Range; gt(name: string, value: Field): Range };
  const range = (q: Range) => {
    let narrowed = q;
    first.forEach((value, place) => {
      narrowed = narrowed.eq(shape.fields[place] ?? "", value);
    });
    return over === undefined ? narrowed : narrowed.gt(shape.fields[first.length] ?? "", over);
  };
  const rows = ctx.db.query(table as "policies").withIndex(shape.index as "by_version", range as never);
  return (await rows.take(limit)) as unknown as Any[];
}

export const exportRecords = query({
  args: { table: v.string(), after: v.union(v.array(field), v.null()), limit: v.number() },
  handler: async (ctx, { table, after, limit }): Promise<Rec[]> => {
    if (table === "generation_photos") return exportPhotos(ctx, after, limit);
    if (table === "spending") return exportSpending(ctx, after, limit);
    const shape = shapeOf(table);
    const place = after && (shape.place ? shape.place(after) : after);
    const rows = place
      ? await following(ctx, table as Table, shape, place, limit)
      : await within(ctx, table as Table, shape, [], undefined, limit);
    return rows.map((row) => toRecord(plain(row as Row<"policies">), shape));
  },
});

/** The photos of generations, which are lists here and rows in SQL. Photos that are gone are not named there. */
async function exportPhotos(ctx: Read, after: Field[] | null, limit: number): Promise<Rec[]> {
  const [account = "", generation = "", position = -1] = after ?? [];
  const begun = after && (await generations.find(ctx, String(account), String(generation)));
  const shape = shapeOf("generations");
  const next = after
    ? await following(ctx, "generations", shape, [account, generation], limit)
    : await within(ctx, "generations", shape, [], undefined, limit);
  const records: Rec[] = [];
  for (const row of [...(begun ? [begun] : []), ...(next as Row<"generations">[])]) {
    const there = new Set((await generations.photosOf(ctx, row)).map((photo) => photo.id));
    row.photos.forEach((photo, place) => {
      const seen = row === begun && place <= Number(position);
      if (!seen && there.has(photo)) records.push({ account: row.account, generation: row.id, position: place, photo });
    });
    if (records.length >= limit) break;
  }
  return records.slice(0, limit);
}

export const importRecords = mutation({
  args: { table: v.string(), records: v.array(record) },
  about: "nobody",
  run: async (ctx, { table, records }) => {
    for (const record of records) {
      if (table === "generation_photos") await importPhoto(ctx, record);
      else if (table === "spending") await importSpending(ctx, record);
      else await importRecord(ctx, table as Table, record);
    }
    return null;
  },
});

async function importRecord(ctx: Write, table: Table, record: Rec): Promise<void> {
  const shape = shapeOf(table);
  const row = toRow(record, shape);
  const key = shape.fields.map((name) => row[name] as Field);
  const known = await within(ctx, table, shape, key, undefined, 1);
  if (known.length > 0) return;
  await ctx.db.insert(table, row as never);
  await shape.then?.(ctx, row);
}

/** A photo's place among those of its generation stays what it was, also after one that is gone, which is left without a name. */
async function importPhoto(ctx: Write, record: Rec): Promise<void> {
  const [account, photo, position] = [String(record.account), String(record.photo), Number(record.position)];
  const generation = await generations.find(ctx, account, String(record.generation));
  if (!generation || generation.photos[position]) return;
  const places = Array.from({ length: Math.max(generation.photos.length, position + 1) }, (_, place) => place);
  const named = places.map((place) => (place === position ? photo : (generation.photos[place] ?? "")));
  await ctx.db.patch(generation._id, { photos: named });
  const open = generation.ended_at === null;
  if (open) await ctx.db.insert("uses", { account, photo, generation: generation.id });
}

const SPENT = ["attempts", "generations", "fallbacks", "images", "tokens_in", "tokens_out", "micro_dollars"] as const;
type Spent = Omit<Row<"spending">, "_id" | "_creationTime" | "part">;

/** What tells the records of one day apart. */
const spentOn = ({ style, provider, model, outcome }: Spent) => [style, provider, model, outcome];

/** What tries took by day, the parts of a day added up. A day has some rows for each style, and is read as a whole. */
async function exportSpending(ctx: Read, after: Field[] | null, limit: number): Promise<Rec[]> {
  const records: Rec[] = [];
  const reached = after ? Number(after[0]) / days.DAY : Number.NEGATIVE_INFINITY;
  const last = after ? after.slice(1).map(String) : [];
  let next = await dayFrom(ctx, (q) => q.gte("day", reached));
  while (next !== null && records.length < limit) {
    const day: number = next;
    const spent = (await spentIn(ctx, day)).filter((row) => day > reached || compare(spentOn(row), last) > 0);
    records.push(...spent.map((row) => ({ ...row, day: day * days.DAY })));
    next = await dayFrom(ctx, (q) => q.gt("day", day));
  }
  return records.slice(0, limit);
}

type Days = { gte(name: "day", day: number): unknown; gt(name: "day", day: number): unknown };

async function dayFrom(ctx: Read, range: (q: Days) => unknown): Promise<number | null> {
  const rows = ctx.db.query("spending").withIndex("by_day", (q) => range(q as never) as never);
  return (await rows.first())?.day ?? null;
}

async function spentIn(ctx: Read, day: number): Promise<Spent[]> {
  const parts = await ctx.db
    .query("spending")
    .withIndex("by_day", (q) => q.eq("day", day))
    .collect();
  const spent = new Map<string, Spent>();
  for (const row of parts) {
    const { part: _, ...rest } = plain(row);
    const name = JSON.stringify(spentOn(rest));
    const known = spent.get(name);
    if (known) for (const sum of SPENT) known[sum] += rest[sum];
    else spent.set(name, rest);
  }
  return [...spent.values()].sort((one, other) => compare(spentOn(one), spentOn(other)));
}

function compare(one: string[], other: string[]): number {
  const place = one.findIndex((text, place) => text !== other[place]);
  if (place < 0) return 0;
  return (one[place] ?? "") < (other[place] ?? "") ? -1 : 1;
}

/** What comes from elsewhere is one part, the first. */
async function importSpending(ctx: Write, record: Rec): Promise<void> {
  const spent = { ...(record as unknown as Spent), day: Number(record.day) / days.DAY, part: 0 };
  const known = await ctx.db
    .query("spending")
    .withIndex("by_day", (q) =>
      q
        .eq("day", spent.day)
        .eq("part", 0)
        .eq("style", spent.style)
        .eq("provider", spent.provider)
        .eq("model", spent.model)
        .eq("outcome", spent.outcome),
    )
    .unique();
  if (!known) await ctx.db.insert("spending", spent);
}
