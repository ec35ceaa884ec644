/** The least client of WeCom: `fetch` and `ws`, nothing of the channel that the simulator shall test. */
import { once } from "node:events";
import { vi } from "vitest";
import { WebSocket } from "ws";
import type { WeComApp } from "../../src/index.ts";

export type Json = Readonly<Record<string, unknown>>;

export interface Frame {
  readonly cmd?: string;
  readonly headers: { readonly req_id: string };
  readonly body?: Json;
  readonly errcode?: number;
  readonly errmsg?: string;
}

export interface Link {
  readonly ws: WebSocket;
  /** Callbacks, in order of arrival. */
  readonly callbacks: readonly Frame[];
  /** Texts that are no frames. */
  readonly nonsense: readonly string[];
  /** The n-th callback, once it is there. */
  callback(n: number): Promise<Frame>;
  /** Sends a frame; resolves with its acknowledgement. */
  ask(cmd: string, body?: unknown, reqId?: string): Promise<Frame>;
}

/** A socket that has not subscribed. */
export async function connect(app: WeComApp): Promise<Link> {
  const ws = new WebSocket(app.endpoints.socket);
  const callbacks: Frame[] = [];
  const nonsense: string[] = [];
  const asked: { readonly reqId: string; readonly answer: (ack: Frame) => void }[] = [];
  let count = 0;
  ws.on("message", (data: Buffer) => {
    const frame = parse(data.toString("utf8"));
    if (frame?.cmd !== undefined) return void callbacks.push(frame);
    const at = asked.findIndex(({ reqId }) => reqId === frame?.headers.req_id);
    if (frame === undefined || at < 0) nonsense.push(data.toString("utf8"));
    else asked.splice(at, 1)[0]?.answer(frame);
  });
  ws.on("error", () => "tests look at the close");
  await once(ws, "open");
  return {
    ws,
    callbacks,
    nonsense,
    async callback(n) {
      await vi.waitUntil(() => callbacks.length > n, { timeout: 4_000, interval: 2 });
      return callbacks[n] as Frame;
    },
    ask(cmd, body, reqId = `own-${(count += 1)}`) {
      const { promise, resolve } = Promise.withResolvers<Frame>();
      asked.push({ reqId, answer: resolve });
      ws.send(JSON.stringify({ cmd, headers: { req_id: reqId }, ...(body === undefined ? {} : { body }) }));
      return promise;
    },
  };
}

/** A connection that is ready. */
export async function subscribe(app: WeComApp): Promise<Link> {
  const link = await connect(app);
  const ack = await link.ask("aibot_subscribe", { bot_id: app.botId, secret: app.botSecret });
  if (ack.errcode !== 0) throw new Error(`not subscribed: ${JSON.stringify(ack)}`);
  return link;
}

export function stream(id: string, content: string, finish = false): Json {
  return { msgtype: "stream", stream: { id, content, finish } };
}

export function markdown(content: string): Json {
  return { msgtype: "markdown", markdown: { content } };
}

function parse(text: string): Frame | undefined {
  try {
    const value = JSON.parse(text) as Frame | null;
    return typeof value?.headers?.req_id === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
