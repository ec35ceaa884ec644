/** One socket of the long connection from the platform's side: pongs, pushes in parts, silence on purpose. */
import type { Duplex } from "node:stream";
import type { Clock } from "@openclaw-china/core";
import type { RawData, WebSocket } from "ws";
import { decodeFrame, encodeFrame, type Frame, headerIn, nonsense } from "./frames.ts";
import type { Bot } from "./tenant.ts";

/** In seconds; what the platform says of how to connect. Members may be missing. */
export interface ClientConfig {
  readonly PingInterval?: number;
  readonly ReconnectInterval?: number;
  readonly ReconnectNonce?: number;
  readonly ReconnectCount?: number;
}

/** What is written to a connection and wants an acknowledgement. */
export interface Written {
  /** The same for all parts. */
  readonly messageId: string;
  readonly type: string;
  readonly parts: readonly Buffer[];
  /** The last part comes first. */
  readonly isReversed?: boolean;
}

export interface Connection {
  readonly bot: Bot;
  isOpen(): boolean;
  /** False: half open. It still takes pushes, and they are lost. */
  hears(): boolean;
  /** Writes a push, one frame for each part. */
  write(push: Written): void;
  sayNonsense(): void;
  /** Writes bytes as they are. */
  say(frame: Buffer | string): void;
  /** Closes as the platform does to balance its load. */
  end(): void;
  /** Half open from now on: it stays up, hears nothing and says nothing. */
  freeze(): void;
  terminate(): void;
}

export interface ConnectionParts {
  readonly ws: WebSocket;
  readonly raw: Duplex;
  readonly bot: Bot;
  readonly serviceId: number;
  readonly clock: Clock;
  /** What a pong carries, if anything. */
  readonly pongConfig: () => ClientConfig | undefined;
  readonly nextIds: () => { readonly seqId: bigint; readonly logId: bigint };
  /** An acknowledgement, and the frame it repeats; undefined when there is none. */
  readonly hear: (ack: Frame, sent: Frame | undefined) => void;
}

const PING: Pick<Frame, "method" | "seqId" | "logId"> = { method: 0, seqId: 0n, logId: 0n };

export function createConnection(parts: ConnectionParts): Connection {
  const { ws, raw, bot, serviceId, clock, pongConfig, nextIds, hear } = parts;
  /** Pushes that were not answered, by id: the parts of each. */
  const sent = new Map<string, (readonly Frame[])[]>();
  let state: "live" | "frozen" = "live";

  const say = (frame: Buffer | string): void => {
    if (state !== "frozen") ws.send(frame, () => undefined); // a socket that is gone shows as not acknowledged
  };

  const pong = (): void => {
    const config = pongConfig();
    const payload = config === undefined ? {} : { payload: Buffer.from(JSON.stringify(config)) };
    say(encodeFrame({ ...PING, service: serviceId, headers: [["type", "pong"]], ...payload }));
  };

  const hearFrame = (data: RawData): void => {
    const frame = decodeFrame(data as Buffer);
    if (frame === undefined) return; // it is among what the platform ignores
    if (frame.method === 0) {
      if (headerIn(frame, "type") === "ping") pong();
      return;
    }
    const id = headerIn(frame, "message_id") ?? "";
    const pushes = sent.get(id) ?? [];
    const at = Math.max(
      0,
      pushes.findIndex((parts) => parts.some((one) => repeats(frame, one))),
    );
    const [answered = []] = pushes.splice(at, 1);
    if (pushes.length === 0) sent.delete(id);
    const repeated = answered.find((one) => repeats(frame, one)) ?? answered[0];
    hear(frame, repeated);
  };

  ws.on("message", (data) => {
    if (state !== "frozen") hearFrame(data);
  });
  ws.on("error", () => "its close follows");

  return {
    bot,
    isOpen: () => ws.readyState === ws.OPEN,
    hears: () => state !== "frozen",
    write({ messageId, type, parts, isReversed = false }) {
      const frames = parts.map((payload, seq) => ({
        ...nextIds(),
        service: serviceId,
        method: 1,
        headers: [
          ["type", type],
          ["message_id", messageId],
          ["sum", String(parts.length)],
          ["seq", String(seq)],
          ["trace_id", `trace-${messageId}`],
          ["timestamp", String(clock.now())],
          ["instance_id", `i-${serviceId}`],
        ] as const,
        payload,
        logIdNew: `log-${messageId}`,
      }));
      sent.set(messageId, [...(sent.get(messageId) ?? []), frames]);
      for (const frame of isReversed ? frames.toReversed() : frames) say(encodeFrame(frame));
    },
    sayNonsense() {
      for (const frame of nonsense()) say(frame);
    },
    say,
    end: () => ws.close(1000),
    freeze() {
      state = "frozen";
      raw.pause();
    },
    terminate: () => ws.terminate(),
  };
}

/** It gives back what the platform wrote, exactly; what it adds stands behind. */
export function repeats(ack: Frame, sent: Frame): boolean {
  const same = (name: keyof Frame): boolean => ack[name] === sent[name];
  const fields = ["seqId", "logId", "service", "method", "payloadEncoding", "payloadType", "logIdNew"] as const;
  const [added, ...more] = ack.headers.slice(sent.headers.length);
  return (
    fields.every(same) &&
    sent.headers.every(([key, value], at) => ack.headers[at]?.[0] === key && ack.headers[at][1] === value) &&
    (added === undefined || (added[0] === "biz_rt" && /^\d+$/.test(added[1]))) &&
    more.length === 0
  );
}
