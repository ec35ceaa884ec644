/** One socket of a bot from the platform's side. */
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Clock } from "@openclaw-china/core";
import type { RawData, WebSocket } from "ws";
import type { Bot } from "./tenant.ts";

/** After the news of an eviction the socket is closed. */
const CLOSE_AFTER_MS = 30;

export interface Connection {
  readonly id: string;
  /** Whose it is, once it has subscribed. */
  bot: Bot | undefined;
  /** Neither evicted nor ended. */
  isSubscribed(): boolean;
  /** False: half open. What is written to it is lost. */
  hears(): boolean;
  /** Writes a frame as it is. */
  write(frame: object | string | Buffer): void;
  /** Another connection of the bot has taken over. */
  evict(how: Eviction): void;
  /** Half open from now on: it stays up, hears nothing and says nothing. */
  freeze(): void;
  terminate(): void;
}

/** How the older of two connections learns that it is replaced. */
export interface Eviction {
  /** What it is told; absent: nothing. */
  readonly news: object | undefined;
  readonly isClosed: boolean;
}

export interface ConnectionParts {
  readonly ws: WebSocket;
  readonly raw: Duplex;
  readonly clock: Clock;
  readonly hear: (connection: Connection, text: string) => void;
}

export function createConnection({ ws, raw, clock, hear }: ConnectionParts): Connection {
  const ended = new AbortController();
  let state: "live" | "evicted" | "frozen" = "live";
  const write = (frame: object | string | Buffer): void => {
    if (state === "frozen") return;
    const data = typeof frame === "string" || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame);
    ws.send(data, () => undefined); // a socket that is gone shows in its close
  };
  const connection: Connection = {
    id: randomUUID(),
    bot: undefined,
    isSubscribed: () => connection.bot !== undefined && state !== "evicted" && ws.readyState === ws.OPEN,
    hears: () => state !== "frozen",
    write,
    evict({ news, isClosed }) {
      if (state === "frozen") return ws.terminate();
      if (news !== undefined) write(news);
      state = "evicted";
      if (!isClosed) return;
      if (news === undefined) return ws.close(1000);
      clock.sleep(CLOSE_AFTER_MS, ended.signal).then(
        () => ws.close(1000),
        () => "closed before",
      );
    },
    freeze() {
      state = "frozen";
      raw.pause();
    },
    terminate: () => ws.terminate(),
  };
  ws.on("message", (data: RawData) => {
    if (state !== "frozen") hear(connection, (data as Buffer).toString("utf8"));
  });
  ws.on("error", () => "its close follows");
  ws.on("close", () => ended.abort(new Error("closed")));
  return connection;
}

/** Texts that are no frames. */
export function nonsense(): readonly (string | Buffer)[] {
  return [
    "{bad",
    "[]",
    "null",
    '"aibot_msg_callback"',
    '{"cmd":"aibot_msg_callback"}',
    '{"cmd":"aibot_msg_callback","headers":{"req_id":7},"body":{}}',
    '{"cmd":"aibot_msg_callback","headers":{"req_id":"nonsense-1"},"body":{"msgtype":"text"}}',
    '{"cmd":"aibot_event_callback","headers":{"req_id":"nonsense-2"},"body":null}',
    '{"headers":{"req_id":"nobody-asked"},"errcode":0,"errmsg":"ok"}',
    Buffer.from([0xff, 0xfe, 0x00, 0x01]),
  ];
}
