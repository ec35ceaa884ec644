/** One HTTP server on 127.0.0.1 with faults in front of its calls, and a record of them. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "@openclaw-china/core";
import type { Faults } from "./faults.ts";
import type { SimulatedCall } from "./simulator.ts";

export interface Call {
  /** Path without version, or what `nameOf` makes of it: `robot/groupMessages/send`. */
  readonly name: string;
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface ServerParts {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly calls: (SimulatedCall & { readonly request?: unknown })[];
  readonly port: number;
  /** For platforms with ids in their paths. */
  readonly nameOf?: (method: string, url: URL) => string;
  readonly execute: (call: Call) => Answer;
  /** The answer that stands for an error code of the platform, in the shape of that call. */
  readonly errorAnswer: (code: string, call: Call) => Answer;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface Served {
  readonly origin: string;
  readonly port: number;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 32 * 1_048_576;

export async function serve(parts: ServerParts): Promise<Served> {
  const closing = new AbortController();
  const server = createServer((request, response) => {
    handle(parts, request, response, closing.signal).catch(() => response.destroy());
  });
  server.on("upgrade", parts.upgrade);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(parts.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    close: () => {
      closing.abort(new Error("the simulator is closed"));
      return stop(server);
    },
  };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function handle(
  parts: ServerParts,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { clock, faults, calls } = parts;
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const method = request.method ?? "GET";
  const name = parts.nameOf?.(method, url) ?? url.pathname.replace(/^\/(v\d+\.\d+\/)?/, "");
  const call: Call = {
    name,
    method,
    url,
    headers: request.headers,
    body: await bodyOf(request),
  };
  const at = calls.push({ name, at: clock.now(), status: 0, request: jsonOf(call.body) }) - 1;
  const finish = (status: number): void => {
    const record = calls[at];
    if (record !== undefined) calls[at] = { ...record, status };
  };

  const lost = faults.find("noAnswer", name);
  if (lost?.executed === false) return void response.destroy();
  const delay = faults.find("delay", name);
  if (delay !== undefined) await clock.sleep(delay.ms, signal);
  const answer = faultAnswer(parts, call) ?? parts.execute(call);
  if (lost !== undefined) return void response.destroy();
  const bytes = bytesOf(answer.body);
  const slow = faults.find("slowBody", name);
  response.writeHead(answer.status, {
    "content-type": "application/json",
    "content-length": bytes.length,
    date: new Date(clock.now()).toUTCString(),
    ...answer.headers,
  });
  if (slow === undefined) response.end(bytes);
  else await drip(response, bytes, { clock, ms: slow.ms, signal });
  finish(answer.status);
}

function faultAnswer({ faults, errorAnswer }: ServerParts, call: Call): Answer | undefined {
  const status = faults.find("status", call.name);
  if (status !== undefined)
    return {
      status: status.status,
      body: { code: "simulated", message: `status ${status.status} on purpose`, requestid: "simulated" },
    };
  const error = faults.find("platformError", call.name);
  return error === undefined ? undefined : errorAnswer(error.code, call);
}

async function drip(
  response: ServerResponse,
  bytes: Buffer,
  pace: { readonly clock: Clock; readonly ms: number; readonly signal: AbortSignal },
): Promise<void> {
  const parts = 4;
  const size = Math.max(1, Math.ceil(bytes.length / parts));
  response.flushHeaders();
  for (let at = 0; at < bytes.length; at += size) {
    await pace.clock.sleep(pace.ms / parts, pace.signal);
    response.write(bytes.subarray(at, at + size));
  }
  response.end();
}

function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) request.destroy();
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
  });
}

function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

/** Undefined when the bytes are no JSON. */
export function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined; // a body that is no JSON is a value here; the call it belongs to says so
  }
}
