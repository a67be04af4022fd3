// One stand-in deployment: the real schema and functions, run by the vendor's own test runtime, with data in memory alone, and
// what can go wrong on the way to it.

import { readdirSync } from "node:fs";
import { convexTest } from "convex-test";
import { makeFunctionReference } from "convex/server";
import { ConvexError, convexToJson, type JSONValue, jsonToConvex, type Value } from "convex/values";
import schema from "../functions/schema";

/** What a call can come to instead of its answer. */
export type Fault =
  /** A 503 before anything is done. */
  | "unavailable"
  /** Too many at once, before anything is done. */
  | "overloaded"
  /** A write conflict that the deployment's own retries did not get over; nothing was done. */
  | "conflict"
  /** The connection ends after the commit, without an answer. */
  | "dropped";

type Kind = "query" | "mutation";
type Module = Record<string, { isPublic?: boolean; isInternal?: boolean; isQuery?: boolean; isMutation?: boolean }>;

const folder = new URL("../functions/", import.meta.url);
const modules: Record<string, () => Promise<unknown>> = {
  // The runtime finds the folder of the functions by this one, which a deployment would generate.
  "./functions/_generated/api.js": async () => ({}),
};
for (const file of readdirSync(folder)) {
  if (file.endsWith(".ts")) modules[`./functions/${file}`] = () => import(new URL(file, folder).href);
}

export class Deployment {
  readonly key: string;
  /** How often each function was called, lost answers included. */
  readonly calls: Record<string, number> = {};
  #runtime = convexTest({ schema, modules, transactionLimits: true });
  #faults: { fault: Fault; path: string | null; left: number }[] = [];
  /** What the deployment says of its functions' version, when it is to lie. */
  version: number | null = null;

  constructor(name: string) {
    this.key = `prod:${name}|a-key-of-this-stand-in`;
  }

  /** The next `times` calls (of one function, or of any) come to this. */
  expect(fault: Fault, times: number, path: string | null): void {
    this.#faults.push({ fault, path, left: times });
  }

  fault(path: string): Fault | null {
    const due = this.#faults.find((fault) => fault.left > 0 && (fault.path === null || fault.path === path));
    if (!due) return null;
    due.left -= 1;
    return due.fault;
  }

  /** Carries a call out. What a function throws is an answer too. */
  async call(kind: Kind, path: string, args: JSONValue, isAdmin: boolean): Promise<Answer> {
    this.calls[path] = (this.calls[path] ?? 0) + 1;
    const [module = "", name = ""] = path.split(":");
    const loaded = (await modules[`./functions/${module}.ts`]?.()) as Module | undefined;
    const found = loaded?.[name];
    const seen = found && (isAdmin || found.isPublic) && (kind === "query" ? found.isQuery : found.isMutation);
    if (!seen) {
      const what = isAdmin ? "function" : "public function";
      return refused(`Could not find ${what} for '${path}'. Did you forget to run \`npx convex dev\`?`);
    }
    if (path === "version:get" && this.version !== null) return { status: "success", value: { version: this.version } };
    try {
      const given = jsonToConvex(args) as Record<string, Value>;
      const value =
        kind === "query"
          ? await this.#runtime.query(makeFunctionReference<"query">(path), given)
          : await this.#runtime.mutation(makeFunctionReference<"mutation">(path), given);
      return { status: "success", value: convexToJson(value ?? null) };
    } catch (error) {
      if (!(error instanceof ConvexError)) return refused(`Uncaught ${error}`);
      return { ...refused(`Uncaught ConvexError`), errorData: convexToJson(error.data) };
    }
  }
}

export type Answer =
  | { status: "success"; value: JSONValue }
  | { status: "error"; errorMessage: string; errorData?: JSONValue };

function refused(errorMessage: string): Answer & { status: "error" } {
  return { status: "error", errorMessage: `[Request ID: 0123456789abcdef] Server Error\n${errorMessage}` };
}
