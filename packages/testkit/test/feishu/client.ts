/** The least client of Feishu: `fetch`, `ws`, and the codec of the simulator; nothing of the channel. */
import { once } from "node:events";
import { WebSocket } from "ws";
import { decodeFrame, encodeFrame, type Frame, headerIn } from "../../src/feishu/frames.ts";
import type { FeishuApp } from "../../src/index.ts";

export type Json = Readonly<Record<string, unknown>>;

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Json;
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  /** After `/open-apis/`, or from the start when it begins with a slash. */
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function call({ endpoints }: FeishuApp, asked: Asked): Promise<Answered> {
  const { method = "POST", path, body, token, headers = {} } = asked;
  const url = `${endpoints.api}${path.startsWith("/") ? path : `/open-apis/${path}`}`;
  const isForm = body instanceof FormData;
  const answer = await fetch(url, {
    method,
    headers: {
      ...(isForm ? {} : { "content-type": "application/json; charset=utf-8" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = text.startsWith("{") ? (JSON.parse(text) as Json) : {};
  return { status: answer.status, headers: answer.headers, text, json };
}

export async function tokenOf(app: FeishuApp): Promise<string> {
  const body = { app_id: app.appId, app_secret: app.appSecret };
  const { json } = await call(app, { path: "auth/v3/tenant_access_token/internal", body });
  return String(json["tenant_access_token"]);
}

export function open({ appId, appSecret, endpoints }: FeishuApp): Promise<Answered> {
  const body = { AppID: appId, AppSecret: appSecret };
  return call({ appId, appSecret, endpoints }, { path: "/callback/ws/endpoint", body });
}

export interface Link {
  readonly ws: WebSocket;
  /** Data frames in order of arrival. */
  readonly frames: readonly Frame[];
  /** The n-th data frame, once it is there. */
  frame(n: number): Promise<Frame>;
  ack(frame: Frame, answer?: { readonly code: number; readonly data?: string }): void;
  readonly closed: Promise<number>;
}

/** A link that confirms nothing by itself. */
export async function connect(app: FeishuApp): Promise<Link> {
  const { json } = await open(app);
  const ws = new WebSocket(String((json["data"] as Json)["URL"]));
  const frames: Frame[] = [];
  const arrived = new EventTarget();
  ws.on("message", (data: Buffer) => {
    const frame = decodeFrame(data);
    if (frame?.method === 1) frames.push(frame);
    arrived.dispatchEvent(new Event("frame"));
  });
  const closed = new Promise<number>((resolve) => ws.on("close", resolve));
  ws.on("error", () => "its close follows");
  await Promise.race([once(ws, "open"), closed]);
  return {
    ws,
    frames,
    closed,
    async frame(n) {
      for (;;) {
        const found = frames[n];
        if (found !== undefined) return found;
        await new Promise((resolve) => arrived.addEventListener("frame", resolve, { once: true }));
      }
    },
    ack(frame, answer = { code: 200 }) {
      const headers = [...frame.headers, ["biz_rt", "1"] as const];
      ws.send(encodeFrame({ ...frame, headers, payload: Buffer.from(JSON.stringify(answer)) }));
    },
  };
}

/** A link that confirms every push at once. */
export async function listen(app: FeishuApp): Promise<Link> {
  const link = await connect(app);
  link.ws.on("message", (data: Buffer) => {
    const frame = decodeFrame(data);
    if (frame?.method === 1 && Number(headerIn(frame, "seq")) === Number(headerIn(frame, "sum")) - 1) link.ack(frame);
  });
  return link;
}

export function payloadOf({ payload }: Frame): Json {
  return JSON.parse(payload?.toString() ?? "{}") as Json;
}

/** Waits for real input and output, never for time. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`it never happened that ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
