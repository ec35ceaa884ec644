/** What was pushed and not yet acknowledged, and when it comes again. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Faults } from "../faults.ts";
import { jsonOf } from "../server.ts";
import { type Connection, repeats } from "./connection.ts";
import { type Frame, headerIn } from "./frames.ts";
import { asJson } from "./json.ts";
import type { Bot } from "./tenant.ts";

/** After each of these what was not acknowledged comes again; then no more. */
export const REDELIVER_AFTER_MS: readonly number[] = [15_000, 300_000, 3_600_000, 21_600_000];

/** How a push was answered. */
export interface Ack {
  /** 200 done; 500 failed: it comes again. */
  readonly code: number;
  /** Of a callback: the answer of the app. */
  readonly data?: unknown;
  /** The frame as it came; none in webhook mode. */
  readonly frame?: Frame;
  /** The frame repeats the push exactly: both ids, every header, and `biz_rt` behind them. */
  readonly isExact?: boolean;
}

/** An event or a callback. */
export interface Push {
  /** JSON. */
  readonly payload: string | Buffer;
  /** Type of its frame. Default `event`. */
  readonly type?: string;
  /** Answered at once or not at all: it never comes again. */
  readonly isCallback?: boolean;
}

/** Into how many bytes a push is cut, and how its parts come. */
export interface Split {
  readonly maxBytes: number;
  readonly order?: "reversed";
}

export interface Deliveries {
  /** Resolves with the acknowledgement. */
  push(bot: Bot, push: Push): Promise<Ack>;
  /** The acknowledgement a frame is. */
  hear(frame: Frame, sent: Frame | undefined): Ack;
  /** Everything that is not acknowledged, again; resolves when it is. */
  redeliver(): Promise<void>;
  /** An app has a new connection: what never found one goes out. */
  connected(bot: Bot): void;
  /** Sends the rest of what a `reorder` held back. */
  flush(): void;
  /** Pushes longer than that are cut from now on. */
  split(split: Split | undefined): void;
  close(): void;
}

export interface DeliveriesParts {
  readonly clock: Clock;
  readonly faults: Faults;
  /** A push that comes again is called the same; else it gets a new id. Its event is the same in both cases. */
  readonly keepsId: boolean;
  /** One of the app's connections at random, as on the platform; `again`: by now it knows which ones are dead. */
  readonly pick: (bot: Bot, again: boolean) => Connection | undefined;
}

interface Delivery {
  readonly bot: Bot;
  readonly push: Push;
  readonly id: string;
  readonly done: PromiseWithResolvers<Ack>;
}

export function createDeliveries({ clock, faults, keepsId, pick }: DeliveriesParts): Deliveries {
  const unacked = new Set<Delivery>();
  const byId = new Map<string, Delivery>();
  const sent = new WeakSet<Delivery>();
  const held: Delivery[] = [];
  const closing = new AbortController();
  let split: Split | undefined;

  const partsOf = ({ payload }: Push): readonly Buffer[] => {
    const bytes = Buffer.from(payload);
    const maxBytes = split?.maxBytes ?? Infinity;
    if (bytes.length <= maxBytes) return [bytes];
    const count = Math.ceil(bytes.length / maxBytes);
    return Array.from({ length: count }, (_, n) => bytes.subarray(n * maxBytes, (n + 1) * maxBytes));
  };

  const deliver = (delivery: Delivery): void => {
    const again = sent.has(delivery);
    const connection = pick(delivery.bot, again);
    if (connection === undefined) return; // it waits for one
    sent.add(delivery);
    const messageId = again && !keepsId ? randomUUID() : delivery.id;
    byId.set(messageId, delivery);
    if (faults.find("malformedFrame") !== undefined) connection.sayNonsense();
    const times = faults.find("duplicate") === undefined ? 1 : 2;
    const parts = partsOf(delivery.push);
    const isReversed = split?.order === "reversed";
    for (let n = 0; n < times; n += 1)
      connection.write({ messageId, type: delivery.push.type ?? "event", parts, isReversed });
  };

  const flush = (): void => {
    for (const delivery of held.splice(0).toReversed()) deliver(delivery);
  };

  const keepTrying = async (delivery: Delivery): Promise<void> => {
    if (delivery.push.isCallback === true) return;
    for (const ms of REDELIVER_AFTER_MS) {
      await clock.sleep(ms, closing.signal);
      if (!unacked.has(delivery)) return;
      deliver(delivery);
    }
  };

  return {
    flush,
    push(bot, push) {
      const delivery: Delivery = { bot, push, id: `m-${randomUUID()}`, done: Promise.withResolvers<Ack>() };
      unacked.add(delivery);
      if (faults.find("reorder") === undefined) deliver(delivery);
      else if (held.push(delivery) > 1) flush();
      keepTrying(delivery).catch(() => "the simulator is closed");
      return delivery.done.promise;
    },
    hear(frame, sentFrame) {
      const ack = ackOf(frame, sentFrame);
      const id = headerIn(frame, "message_id") ?? "";
      const delivery = byId.get(id);
      if (delivery === undefined || ack.code !== 200) return ack;
      byId.delete(id);
      unacked.delete(delivery);
      delivery.done.resolve(ack);
      return ack;
    },
    async redeliver() {
      const waiting = [...unacked].filter(({ bot, push }) => push.isCallback !== true && pick(bot, true) !== undefined);
      for (const delivery of waiting) deliver(delivery);
      await Promise.all(waiting.map(({ done }) => done.promise));
    },
    connected(bot) {
      for (const delivery of unacked) {
        if (delivery.bot.appId === bot.appId && !sent.has(delivery) && !held.includes(delivery)) deliver(delivery);
      }
    },
    split(next) {
      split = next;
    },
    close: () => closing.abort(new Error("the simulator is closed")),
  };
}

function ackOf(frame: Frame, sent: Frame | undefined): Ack {
  const { code, data } = asJson(jsonOf(frame.payload ?? Buffer.alloc(0)));
  const answer = typeof data === "string" ? jsonOf(Buffer.from(data, "base64")) : undefined;
  return {
    code: typeof code === "number" ? code : 0,
    ...(typeof data === "string" ? { data: answer ?? data } : {}),
    frame,
    isExact: sent !== undefined && repeats(frame, sent),
  };
}
