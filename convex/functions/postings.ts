// What a posting adds to the ledger: the rules of credits, as the program's own domain has them. They run here because an
// entry has to follow from the position that the same transaction reads.

import type { Infer } from "convex/values";
import { fail } from "./failure";
import type { ending, entryKind } from "./schema";

export type EntryKind = Infer<typeof entryKind>;

/** Where an account stands. Debt is only ever owed by an empty account. */
export type Position = { balance: number; debt: number };

export type Posting =
  | { kind: "grant" | "purchase" | "reserve" | "give_back" | "refund" | "chargeback" | "return"; amount: number }
  | { kind: "settle"; reserved: number; charged: number };

/** A kind, a change of the balance, and where the account stands after it. */
export type Line = { kind: EntryKind; change: number; after: Position };

/** The most that can be granted or bought up to. */
const LIMIT = 1_000_000_000;
/** The most that can be counted. */
const MOST = 2 ** 32 - 1;

/** The lines of a posting, in order; the last one's `after` is where the account stands. */
export function post(from: Position, posting: Posting): Line[] {
  switch (posting.kind) {
    case "grant":
    case "purchase":
      if (posting.amount > Math.max(LIMIT - from.balance, 0)) fail({ error: "too_many_credits" });
      return receive(from, posting.kind, posting.amount);
    case "settle":
      return receive(from, "settle", Math.max(posting.reserved - posting.charged, 0));
    case "give_back":
    case "return":
      return receive(from, posting.kind, posting.amount);
    case "reserve":
      return reserve(from, posting.amount);
    case "refund":
    case "chargeback":
      return takeBack(from, posting.kind, posting.amount);
  }
}

/** What a generation that ends does to the ledger. */
export function settlement(how: Infer<typeof ending>, price: number, count: number, made: number): Posting {
  const total = (images: number) => Math.min(price * images, MOST);
  const reserved = total(count);
  if ((how === "succeeded" || how === "cancelled") && made > 0) {
    return { kind: "settle", reserved, charged: total(Math.min(made, count)) };
  }
  return { kind: "give_back", amount: reserved };
}

/** What a generation holds back when it starts. */
export function reservation(price: number, count: number): Posting {
  return { kind: "reserve", amount: Math.min(price * count, MOST) };
}

/** Credits come in: they repay debt first. */
function receive(from: Position, kind: EntryKind, amount: number): Line[] {
  const balance = from.balance + amount;
  if (balance > MOST) fail({ error: "too_many_credits" });
  const lines: Line[] = [{ kind, change: amount, after: { balance, debt: from.debt } }];
  const repaid = Math.min(from.debt, balance);
  if (repaid > 0) {
    lines.push({ kind: "repayment", change: -repaid, after: { balance: balance - repaid, debt: from.debt - repaid } });
  }
  return lines;
}

/** Credits are held back, if they are there. */
function reserve(from: Position, amount: number): Line[] {
  if (amount > from.balance) fail({ error: "insufficient", needed: amount, balance: from.balance });
  return [{ kind: "reserve", change: -amount, after: { balance: from.balance - amount, debt: from.debt } }];
}

/** Credits go, whether or not they are there. What is missing is lent first, so that no line ends below zero. */
function takeBack(from: Position, kind: EntryKind, amount: number): Line[] {
  const missing = Math.max(amount - from.balance, 0);
  const lines: Line[] = [];
  let lent = from;
  if (missing > 0) {
    const debt = from.debt + missing;
    if (debt > LIMIT) fail({ error: "too_many_credits" });
    lent = { balance: amount, debt };
    lines.push({ kind: "debt", change: missing, after: lent });
  }
  lines.push({ kind, change: -amount, after: { balance: lent.balance - amount, debt: lent.debt } });
  return lines;
}
