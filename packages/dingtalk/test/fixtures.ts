/** A runtime without a network: a clock that never waits, and a platform whose answers are scripted. */
import {
  ChannelError,
  type Clock,
  type HttpRequest,
  type HttpResponse,
  memoryState,
  type Runtime,
  type Transport,
} from "@openclaw-china/core";
import { type Budget, channelError, createBudget, type Quota, silentLogger } from "@openclaw-china/core/internal";
import { appQuota } from "../src/api/quota.ts";

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

export interface Call {
  readonly method: string;
  /** Without the origin. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: Record<string, unknown>;
}

export interface Scripted {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  /** The call is cut off: an error instead of an answer. */
  readonly fails?: Error;
}

export interface ScriptedPlatform extends Transport {
  /** In order; the token calls are left out. */
  readonly calls: Call[];
  tokens(): number;
}

/** Answers token calls by itself, everything else by `answer`. */
export function scriptedPlatform(answer: (call: Call, n: number) => Scripted): ScriptedPlatform {
  const calls: Call[] = [];
  let tokens = 0;
  return {
    calls,
    tokens: () => tokens,
    request(request) {
      const call = toCall(request);
      if (call.path === "/v1.0/oauth2/accessToken") {
        tokens += 1;
        return Promise.resolve(toResponse({ json: { accessToken: `tok-${tokens}`, expireIn: 7_200 } }));
      }
      calls.push(call);
      const scripted = answer(call, calls.length);
      return scripted.fails === undefined ? Promise.resolve(toResponse(scripted)) : Promise.reject(scripted.fails);
    },
  };
}

function toCall({ method, url, headers = {}, body }: HttpRequest): Call {
  const { pathname, search } = new URL(url);
  const json = typeof body === "string" && body !== "" ? (JSON.parse(body) as Record<string, unknown>) : {};
  return { method, path: pathname + search, headers, json };
}

function toResponse({ status = 200, json, text }: Scripted): HttpResponse {
  const body = new Response(text ?? JSON.stringify(json ?? {})).body ?? new ReadableStream<Uint8Array>();
  return { status, headers: {}, body };
}

export function runtimeOf(http: Transport, clock: Clock = instantClock()): Runtime {
  const { store, blobs } = memoryState();
  return { store, blobs, http, log: silentLogger(), clock };
}

/** Pace and budget of an app, on a state of their own. */
export function allowance(
  runtime: Runtime,
  limit?: number,
  app = { appKey: "ding", endpoints: { api: "https://api.dingtalk.com" } },
): { readonly quota: Quota; readonly budget: Budget } {
  const quota = appQuota(runtime, app);
  return { quota, budget: createBudget({ ...runtime, quota, account: "dingtalk/default", limit }) };
}

/** Never aborts. */
export function calm(): AbortSignal {
  return new AbortController().signal;
}

/** The error it fails with; anything else fails the test. */
export async function failure(work: Promise<unknown>): Promise<ChannelError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ChannelError) return error;
  throw new Error("it did not fail as it should", { cause: error });
}

/** Nobody answered: nothing has left, or nobody knows. */
export function unanswered(outcome: "not_sent" | "unknown"): ChannelError {
  return channelError({
    code: outcome === "unknown" ? "timeout" : "unreachable",
    kind: "transport",
    message: "nobody answered",
    outcome,
    verdict: { kind: "retry" },
    fix: { en: "-", zh: "-" },
  });
}
