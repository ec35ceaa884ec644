/** The least client of DingTalk: `fetch` and `ws`, nothing of the channel that the simulator shall test. */
import { once } from "node:events";
import { WebSocket } from "ws";
import type { DingTalkApp, DingTalkSimulator } from "../../src/index.ts";

export type Json = Readonly<Record<string, unknown>>;

export interface Frame {
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: string;
}

export interface Answered {
  readonly status: number;
  readonly json: Json;
  readonly text: string;
}

export const MESSAGES = "/v1.0/im/bot/messages/get";
export const CARDS = "/v1.0/card/instances/callback";

/** One call; `token` goes where the new interfaces want it. */
export async function call(
  app: DingTalkApp,
  request: { readonly method?: string; readonly path: string; readonly body?: unknown; readonly token?: string },
): Promise<Answered> {
  const { method = "POST", path, body, token } = request;
  const url = path.startsWith("http") ? path : `${app.endpoints.api}${path}`;
  const headers = {
    accept: "application/json",
    "content-type": "application/json",
    ...(token === undefined ? {} : { "x-acs-dingtalk-access-token": token }),
  };
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  return { status: answer.status, text, json: text.startsWith("{") ? (JSON.parse(text) as Json) : {} };
}

export async function tokenOf(app: DingTalkApp): Promise<string> {
  const { appKey, appSecret } = app;
  const { json } = await call(app, { path: "/v1.0/oauth2/accessToken", body: { appKey, appSecret } });
  return String(json["accessToken"]);
}

export function open(app: DingTalkApp, topics: readonly string[] = [MESSAGES, CARDS]): Promise<Answered> {
  const subscriptions = topics.map((topic) => ({ type: topic === "*" ? "EVENT" : "CALLBACK", topic }));
  const { appKey: clientId, appSecret: clientSecret } = app;
  return call(app, { path: "/v1.0/gateway/connections/open", body: { clientId, clientSecret, subscriptions } });
}

export interface Link {
  readonly ws: WebSocket;
  /** In order of arrival. */
  readonly frames: readonly Frame[];
  /** Texts that are no frames, and bytes. */
  readonly nonsense: readonly string[];
  /** The n-th frame, once it is there; pings are left out. */
  frame(n: number): Promise<Frame>;
  /** Confirms a frame; `data` as the platform wants it for its type. */
  ack(frame: Frame, data?: unknown, code?: number): void;
  readonly closed: Promise<number>;
}

/** A link that confirms nothing by itself. */
export async function connect(app: DingTalkApp, topics?: readonly string[]): Promise<Link> {
  const { json } = await open(app, topics);
  const ws = new WebSocket(`${String(json["endpoint"])}?ticket=${encodeURIComponent(String(json["ticket"]))}`);
  const frames: Frame[] = [];
  const nonsense: string[] = [];
  const arrived = new EventTarget();
  ws.on("message", (data: Buffer, isBinary) => {
    const frame = isBinary ? undefined : frameOf(data.toString());
    if (frame === undefined) nonsense.push(data.toString("latin1"));
    else frames.push(frame);
    arrived.dispatchEvent(new Event("frame"));
  });
  const closed = new Promise<number>((resolve) => ws.on("close", resolve));
  ws.on("error", () => "its close follows");
  await Promise.race([once(ws, "open"), closed]);
  return {
    ws,
    frames,
    nonsense,
    closed,
    async frame(n) {
      for (;;) {
        const found = frames.filter(({ headers }) => headers["topic"] !== "ping")[n];
        if (found !== undefined) return found;
        await new Promise((resolve) => arrived.addEventListener("frame", resolve, { once: true }));
      }
    },
    ack({ headers }, data = { response: null }, code = 200) {
      const answer = { contentType: "application/json", messageId: headers["messageId"] };
      ws.send(JSON.stringify({ code, headers: answer, message: "OK", data: JSON.stringify(data) }));
    },
  };
}

function frameOf(text: string): Frame | undefined {
  try {
    const frame = JSON.parse(text) as Frame | null;
    return typeof frame?.headers === "object" ? frame : undefined;
  } catch {
    return undefined; // nonsense on purpose
  }
}

/** A link that confirms every message at once. */
export async function listen(app: DingTalkApp): Promise<Link> {
  const link = await connect(app);
  link.ws.on("message", (data: Buffer, isBinary) => {
    const frame = isBinary ? undefined : frameOf(data.toString());
    if (frame?.type === "CALLBACK") link.ack(frame);
  });
  return link;
}

export function dataOf({ data }: Frame): Json {
  return JSON.parse(data) as Json;
}

/** Waits for real input and output, never for time. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`it never happened that ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The statuses of the calls of one name, in order. */
export function statuses({ calls }: Pick<DingTalkSimulator, "calls">, name: string): readonly number[] {
  return calls.filter((one) => one.name.endsWith(name)).map(({ status }) => status);
}
