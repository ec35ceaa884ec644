/** Parts without a network: a clock that never waits, REST answers and acknowledgements that are scripted. */
import {
  ChannelError,
  type Clock,
  type HttpRequest,
  memoryState,
  type Runtime,
  type Transport,
} from "@openclaw-china/core";
import { channelError, silentLogger } from "@openclaw-china/core/internal";
import { createAppToken } from "../src/api/token.ts";
import { type Client, createClient } from "../src/api/client.ts";
import { createFrames, type Frames } from "../src/api/frames.ts";
import { judgeAck } from "../src/api/judge.ts";
import type { Command, LinkRequest } from "../src/api/link.ts";

/** Time moves only when somebody sleeps, and then at once. */
export function instantClock(startMs = 1_790_000_000_000): Clock {
  let now = startMs;
  return {
    now: () => now,
    async sleep(ms, signal) {
      signal.throwIfAborted();
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    },
    random: () => 0.5,
  };
}

export function calm(): AbortSignal {
  return new AbortController().signal;
}

export interface Call {
  readonly method: string;
  /** Without origin and query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly json: Record<string, unknown>;
  readonly bytes: Uint8Array;
}

export interface ScriptedPlatform extends Transport {
  /** In order; token calls are left out. */
  readonly calls: Call[];
  tokens(): number;
}

/** Answers token calls by itself (`token-1`, `token-2` …), everything else by `answer`; an error is a call that was cut off. */
export function scriptedPlatform(answer: (call: Call, n: number) => object | Error): ScriptedPlatform {
  const calls: Call[] = [];
  let tokens = 0;
  return {
    calls,
    tokens: () => tokens,
    request(request) {
      const call = toCall(request);
      if (call.path === "/cgi-bin/gettoken") {
        tokens += 1;
        return Promise.resolve(respond({ errcode: 0, access_token: `token-${tokens}`, expires_in: 7_200 }));
      }
      calls.push(call);
      const said = answer(call, calls.length);
      return said instanceof Error ? Promise.reject(said) : Promise.resolve(respond(said));
    },
  };
}

function respond(json: object): Awaited<ReturnType<Transport["request"]>> {
  const body = new Response(JSON.stringify(json)).body;
  if (body === null) throw new Error("an answer has a body");
  return { status: 200, headers: { "content-type": "application/json" }, body: body as ReadableStream<Uint8Array> };
}

function toCall({ method, url, body }: HttpRequest): Call {
  const { pathname, searchParams } = new URL(url);
  const text = typeof body === "string" ? body : "";
  const bytes = body instanceof Uint8Array ? body : new Uint8Array();
  const json = text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { method, path: pathname, query: searchParams, json, bytes };
}

/** A call that got no answer. */
export function unanswered(outcome: "not_sent" | "unknown"): ChannelError {
  return channelError({
    code: outcome === "unknown" ? "timeout" : "unreachable",
    kind: "transport",
    message: "no answer",
    outcome,
    verdict: { kind: "retry" },
    fix: { en: "-", zh: "-" },
  });
}

export const API = "https://qyapi.weixin.qq.com";

/** A client of one application. */
export function clientOf(http: Transport, clock: Clock = instantClock()): Client {
  const app = { corpId: "ww1", corpSecret: "secret-example", api: API, proxy: "off" } as const;
  const token = createAppToken(runtimeOf(http, clock), app);
  return createClient({ http, clock, proxy: "off", api: API, token, corpSecret: app.corpSecret });
}

export function runtimeOf(http: Transport, clock: Clock = instantClock()): Runtime {
  const { store, blobs } = memoryState();
  return { store, blobs, http, log: silentLogger(), clock };
}

/** Frames whose acknowledgements are scripted: a number is an errcode, an object the body, an error what the link says. */
export function scriptedFrames(
  ack: (request: LinkRequest, n: number) => number | object | Error,
): Frames & { readonly sent: LinkRequest[]; of(cmd: Command): readonly LinkRequest[] } {
  const sent: LinkRequest[] = [];
  const frames = createFrames({
    isLive: () => true,
    request(request) {
      sent.push(request);
      const said = ack(request, sent.length);
      if (said instanceof Error) return Promise.reject(said);
      if (typeof said === "object") return Promise.resolve(said as Record<string, unknown>);
      const { cmd, reqId = "own", what } = request;
      const error = judgeAck({ errcode: said, errmsg: "m", reqId, cmd }, { what });
      return error === undefined ? Promise.resolve({}) : Promise.reject(error);
    },
  });
  return { ...frames, sent, of: (cmd) => sent.filter((one) => one.cmd === cmd) };
}

/** What it rejects with. */
export async function failure(work: Promise<unknown>): Promise<ChannelError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ChannelError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}
