/** One socket of Stream Mode from the platform's side: pings, the announced end, silence on purpose. */
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Clock } from "@openclaw-china/core";
import type { RawData, WebSocket } from "ws";
import type { Push } from "./deliveries.ts";
import { type createFrames, nonsense } from "./frames.ts";
import type { Bot } from "./tenant.ts";

const PING_EVERY_MS = 30_000;
/** Silent on a link after `disconnect` for this long, then closed. */
const CLOSE_AFTER_MS = 10_000;

export interface Connection {
  readonly bot: Bot;
  /** It is open, not retired, and has subscribed to that. */
  takes(push: Push): boolean;
  /** False: half open. It still takes pushes, and they are lost. */
  hears(): boolean;
  /** Writes a push; returns the id of the frame. */
  write(push: Push): string;
  sayNonsense(): void;
  /** Writes a frame as it is. */
  say(frame: string | Buffer): void;
  /** Announces the end; nothing is delivered any more. */
  retire(): void;
  /** Half open from now on: it stays up, hears nothing and says nothing. */
  freeze(): void;
  terminate(): void;
}

export interface ConnectionParts {
  readonly ws: WebSocket;
  readonly raw: Duplex;
  readonly bot: Bot;
  readonly topics: readonly string[];
  readonly clock: Clock;
  readonly frameOf: ReturnType<typeof createFrames>;
  readonly hear: (data: RawData) => void;
}

export function createConnection({ ws, raw, bot, topics, clock, frameOf, hear }: ConnectionParts): Connection {
  const id = randomUUID();
  const ended = new AbortController();
  let state: "live" | "retired" | "frozen" = "live";

  const write = (frame: string | Buffer): void => {
    if (state !== "frozen") ws.send(frame, () => undefined); // a socket that is gone shows as not acknowledged
  };
  const system = (topic: string, data: object): void => write(frameOf(id, { type: "SYSTEM", topic, data }).text);

  const keepPinging = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(PING_EVERY_MS, ended.signal);
      if (state === "live") system("ping", { opaque: randomUUID() });
    }
  };

  ws.on("message", (data) => {
    if (state !== "frozen") hear(data);
  });
  ws.on("error", () => "its close follows");
  ws.on("close", () => ended.abort(new Error("closed")));
  keepPinging().catch(() => "closed");

  return {
    bot,
    takes: ({ type, topic }) => {
      const subscribed = topics.includes(topic) || (type === "EVENT" && topics.includes("*"));
      return subscribed && state !== "retired" && ws.readyState === ws.OPEN;
    },
    hears: () => state !== "frozen",
    write(push) {
      const { messageId, text } = frameOf(id, push);
      write(text);
      return messageId;
    },
    say: write,
    sayNonsense() {
      for (const frame of nonsense()) write(frame);
    },
    retire() {
      if (state !== "live") return;
      system("disconnect", { reason: "connection is expired" });
      state = "retired";
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
}
