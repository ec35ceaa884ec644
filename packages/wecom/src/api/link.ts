/** The long connection as the way out sees it: a frame goes out, its acknowledgement comes back. */
import type { ChannelError, Clock } from "@openclaw-china/core";
import { createDeadlines, type Deadline, type Deadlines } from "@openclaw-china/core/internal";
import { wecomError } from "../errors.ts";
import { type Ack, isUnsubscribed, judgeAck } from "./judge.ts";

/** Commands that we send. */
export type Command =
  | "aibot_subscribe"
  | "ping"
  | "aibot_respond_msg"
  | "aibot_respond_welcome_msg"
  | "aibot_respond_update_msg"
  | "aibot_send_msg"
  | "aibot_upload_media_init"
  | "aibot_upload_media_chunk"
  | "aibot_upload_media_finish";

export interface LinkRequest {
  readonly cmd: Command;
  readonly body?: unknown;
  /** Default an own, unique one. Of one `req_id` at most one frame is unacknowledged; the next waits. */
  readonly reqId?: string;
  /** For errors: "send to the group". */
  readonly what: string;
  readonly signal: AbortSignal;
}

/** The subscribed connection of a bot. */
export interface Link {
  /** False: nothing can be sent over it now. */
  isLive(): boolean;
  /**
   * The acknowledgement's body. Rejects with a `ChannelError`: `not_sent` when the frame did not leave, `refused` in the
   * platform's words, `unknown` when the acknowledgement did not come or the connection broke before it.
   */
  request(request: LinkRequest): Promise<Record<string, unknown>>;
}

/** A link whose connection comes and goes. */
export interface OpenLink extends Link {
  /** Frames leave by this connection from now on. */
  attach(wire: Wire): Attached;
}

/** What a link needs of a connection. */
export interface Wire {
  /** False: it is closed. */
  send(frame: string): boolean;
  /** The platform has forgotten its subscription. */
  close(): void;
}

export interface Attached {
  /** An acknowledgement has come. False: nobody waits for it. */
  settle(ack: Omit<Ack, "cmd"> & { readonly body: unknown }): boolean;
  /** The connection is gone: what it has not acknowledged nobody knows, what waited for it has not left. */
  end(): void;
}

export interface LinkDeps {
  readonly clock: Clock;
  /** Never to be seen in a text. */
  readonly secrets: readonly string[];
}

/** An acknowledgement is waited for this long. */
const ACK_MS = 5_000;
/** Then its `req_id` rests: a late acknowledgement must not be taken for that of the next frame. */
const REST_MS = 10_000;

export function createLink(deps: LinkDeps): OpenLink {
  let current: Session | undefined;
  return {
    isLive: () => current !== undefined,
    request(request) {
      if (request.signal.aborted) return Promise.reject(calledOff(request, "not_sent"));
      return current === undefined ? Promise.reject(notConnected(request)) : current.request(request);
    },
    attach(wire) {
      current?.end();
      const mine = createSession(deps, wire);
      current = mine;
      return {
        settle: mine.settle,
        end() {
          mine.end();
          if (current === mine) current = undefined;
        },
      };
    },
  };
}

interface Session extends Attached {
  request: Link["request"];
}

interface Waiting {
  readonly request: LinkRequest;
  readonly resolve: (body: Record<string, unknown>) => void;
  readonly reject: (error: Error) => void;
  /** Settled already: called off while it waited, or too late. */
  isOver: boolean;
  deadline?: Deadline;
}

/** Frames of one `req_id`. */
interface Lane {
  /** Sent, and not acknowledged. */
  flying: Waiting | undefined;
  readonly queue: Waiting[];
}

function createSession({ clock, secrets }: LinkDeps, wire: Wire): Session {
  const lanes = new Map<string, Lane>(); // each is somebody's who waits, or rests for a while
  const acks = createDeadlines(clock, ACK_MS);
  const rests = createDeadlines(clock, REST_MS);
  let isEnded = false;

  const pump = (reqId: string, lane: Lane): void => {
    while (lane.flying === undefined) {
      const next = lane.queue.shift();
      if (next === undefined) return void lanes.delete(reqId);
      if (next.isOver) continue;
      const { cmd, body } = next.request;
      if (!wire.send(JSON.stringify({ cmd, headers: { req_id: reqId }, body }))) {
        over(next, notConnected(next.request));
        continue;
      }
      lane.flying = next;
      next.deadline = acks.start(() => expire(reqId, lane, { waiting: next, rests }));
    }
  };

  const expire = (reqId: string, lane: Lane, late: { readonly waiting: Waiting; readonly rests: Deadlines }): void => {
    over(late.waiting, noAck(late.waiting.request));
    late.waiting.deadline = late.rests.start(() => {
      if (lane.flying !== late.waiting) return;
      lane.flying = undefined;
      pump(reqId, lane);
    });
  };

  return {
    request: (request) =>
      new Promise((resolve, reject) => {
        if (isEnded) return reject(notConnected(request));
        const abort = (): void => over(waiting, calledOff(request, lane.flying === waiting ? "unknown" : "not_sent"));
        const forget = (): void => request.signal.removeEventListener("abort", abort);
        const waiting: Waiting = {
          request,
          isOver: false,
          resolve(answer) {
            forget();
            resolve(answer);
          },
          reject(error) {
            forget();
            reject(error);
          },
        };
        const reqId = request.reqId ?? newReqId(request.cmd, clock.now());
        const lane = lanes.get(reqId) ?? { flying: undefined, queue: [] };
        lanes.set(reqId, lane);
        lane.queue.push(waiting);
        request.signal.addEventListener("abort", abort, { once: true });
        pump(reqId, lane);
      }),
    settle({ body, ...ack }) {
      const lane = lanes.get(ack.reqId);
      const waiting = lane?.flying;
      if (lane === undefined || waiting === undefined) return false;
      waiting.deadline?.cancel();
      lane.flying = undefined;
      const { cmd, what } = waiting.request;
      const error = judgeAck({ ...ack, cmd }, { what, secrets });
      if (error === undefined) done(waiting, body);
      else over(waiting, error);
      pump(ack.reqId, lane);
      if (error !== undefined && isUnsubscribed(error)) wire.close();
      return true;
    },
    end() {
      isEnded = true;
      for (const { flying, queue } of lanes.values()) {
        if (flying !== undefined) over(flying, brokenOff(flying.request));
        for (const waiting of queue) over(waiting, notConnected(waiting.request));
      }
      lanes.clear();
      acks.close();
      rests.close();
    },
  };
}

function done(waiting: Waiting, body: unknown): void {
  if (waiting.isOver) return;
  waiting.isOver = true;
  waiting.resolve(typeof body === "object" && body !== null ? { ...body } : {});
}

function over(waiting: Waiting, error: Error): void {
  if (waiting.isOver) return;
  waiting.isOver = true;
  waiting.reject(error);
}

/** Unique. The official client tells acknowledgements apart by the command in front. */
export function newReqId(cmd: Command, now: number): string {
  return `${cmd}_${now}_${crypto.randomUUID().slice(0, 8)}`;
}

function notConnected({ what }: LinkRequest): ChannelError {
  return wecomError("connection", {
    code: "unreachable",
    kind: "transport",
    message: `cannot ${what}: the bot's connection is not live`,
    outcome: "not_sent",
    verdict: { kind: "retry" },
    fix: {
      en: "It is repeated once the connection is back; if it stays away, look at the status of the account.",
      zh: "连接恢复后会自动重试;若长时间未恢复,请查看该账号的连接状态。",
    },
  });
}

function noAck({ what }: LinkRequest): ChannelError {
  return wecomError("timeout", {
    kind: "transport",
    message: `cannot say whether WeCom did ${what}: no acknowledgement within ${ACK_MS / 1_000} s`,
    fix: { en: "Look at the connection's delay.", zh: "请检查到企业微信的网络延迟。" },
  });
}

function brokenOff({ what }: LinkRequest): ChannelError {
  return wecomError("timeout", {
    kind: "transport",
    message: `cannot say whether WeCom did ${what}: the connection broke before the acknowledgement`,
    fix: { en: "Nothing to do: the connection comes back by itself.", zh: "无需处理:连接会自动恢复。" },
  });
}

function calledOff({ what, signal }: LinkRequest, outcome: "not_sent" | "unknown"): ChannelError {
  return wecomError("timeout", {
    code: "aborted",
    kind: "transport",
    outcome,
    verdict: { kind: "stop" },
    message: `the attempt to ${what} was called off${outcome === "unknown" ? " before the acknowledgement" : ""}`,
    cause: signal.reason,
    fix: { en: "Nothing to do: the work was called off.", zh: "无需处理:该任务已被取消。" },
  });
}
