// A stand-in for Convex on loopback: the HTTP functions API over the real functions, for tests. It says on its first line of
// output where it listens, and ends when its standard input does, so that it does not outlive the test that started it.
//
// The first part of a path names a deployment, which begins empty: `/NAME/api/query`. `/NAME/standin/…` is for the test that
// looks on: `faults`, `calls`, `version`, and `clock`, which moves the time of all.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JSONValue } from "convex/values";
import { Deployment, type Fault } from "./deployment";

const deployments = new Map<string, Deployment>();

function deployment(name: string): Deployment {
  const known = deployments.get(name) ?? new Deployment(name);
  deployments.set(name, known);
  return known;
}

const now = Date.now.bind(Date);
let ahead = 0;
Date.now = () => now() + ahead;

async function body(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

/** As the vendor writes JSON: its numbers are floating point, and a whole one has a point too. */
function encode(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? `${value}.0` : String(value);
  if (Array.isArray(value)) return `[${value.map(encode).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${encode(field)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(encode(value));
}

const FAULTS: Record<Exclude<Fault, "dropped">, { status: number; code: string }> = {
  unavailable: { status: 503, code: "ServiceUnavailable" },
  overloaded: { status: 503, code: "TooManyConcurrentRequests" },
  conflict: { status: 503, code: "OptimisticConcurrencyControlFailure" },
};

async function call(to: Deployment, kind: "query" | "mutation", request: IncomingMessage, response: ServerResponse) {
  const authorization = request.headers.authorization;
  if (authorization !== undefined && authorization !== `Convex ${to.key}`) {
    return answer(response, 401, { code: "BadDeployKey", message: "The deploy key is invalid." });
  }
  const { path, args, format } = JSON.parse(await body(request)) as { path: string; args: JSONValue; format: string };
  // The vendor's own client sends its arguments as a list of one, in the other format.
  const given = format === "convex_encoded_json" && Array.isArray(args) ? (args[0] ?? {}) : args;
  if (!["json", "convex_encoded_json"].includes(format)) {
    return answer(response, 400, { code: "BadFormat", message: "Unknown format." });
  }
  const fault = to.fault(path);
  if (fault !== null && fault !== "dropped") {
    const { status, code } = FAULTS[fault];
    return answer(response, status, { code, message: "Try again." });
  }
  const result = await to.call(kind, path, given, authorization !== undefined);
  if (fault === "dropped") return response.destroy();
  answer(response, 200, result);
}

async function look(at: Deployment, what: string, request: IncomingMessage, response: ServerResponse) {
  const wish = request.method === "POST" ? JSON.parse(await body(request)) : {};
  if (what === "faults") at.expect(wish.fault, wish.times, wish.path ?? null);
  else if (what === "version") at.version = wish.version;
  else if (what === "clock") ahead += wish.ahead;
  answer(response, 200, { key: at.key, calls: at.calls });
}

async function route(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  const [, name = "", room, what = ""] = (request.url ?? "").split("/");
  if (room === "standin") return look(deployment(name), what, request, response);
  if (room === "api" && (what === "query" || what === "mutation") && request.method === "POST") {
    return call(deployment(name), what, request, response);
  }
  return answer(response, 404, { code: "NotFound", message: "Not Found" });
}

const server = createServer((request, response) => {
  route(request, response).catch((error: unknown) => answer(response, 500, { code: "Internal", message: String(error) }));
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
process.stdin.on("end", () => process.exit()).resume();
