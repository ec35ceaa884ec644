/** What was pushed and not yet acknowledged, and when it comes again. */
import type { Clock } from "@openclaw-china/core";
import type { Faults } from "../faults.ts";
import { jsonOf } from "../server.ts";
import type { Connection } from "./connection.ts";
import type { FrameContent } from "./frames.ts";
import type { Bot } from "./tenant.ts";

const REDELIVER_AFTER_MS = 60_000;

export interface Ack {
  readonly code: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly message?: string;
  /** JSON. */
  readonly data?: string;
}

/** A frame that wants an acknowledgement. */
export type Push = FrameContent & { readonly type: "CALLBACK" | "EVENT" };

export interface Deliveries {
  /** Resolves with the acknowledgement. */
  push(bot: Bot, push: Push): Promise<Ack>;
  acknowledge(messageId: string, ack: Ack): void;
  /** Everything that is not acknowledged, again; resolves when it is. */
  redeliver(): Promise<void>;
  /** An app has a new connection: what never found one goes out. */
  connected(bot: Bot): void;
  /** Sends the rest of what a `reorder` held back. */
  flush(): void;
  close(): void;
}

export interface DeliveriesParts {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly redeliversMessages: boolean;
  /** One of the app's connections at random, as on the platform; `again`: by now it knows which ones are dead. */
  readonly pick: (bot: Bot, push: Push, again: boolean) => Connection | undefined;
}

interface Delivery {
  readonly bot: Bot;
  readonly push: Push;
  readonly done: PromiseWithResolvers<Ack>;
}

export function createDeliveries({ clock, faults, redeliversMessages, pick }: DeliveriesParts): Deliveries {
  const unacked = new Set<Delivery>();
  const byFrame = new Map<string, Delivery>();
  const sent = new WeakSet<Delivery>();
  const held: Delivery[] = [];
  const closing = new AbortController();

  const deliver = (delivery: Delivery): void => {
    const connection = pick(delivery.bot, delivery.push, sent.has(delivery));
    if (connection === undefined) return; // it waits for one
    sent.add(delivery);
    if (faults.find("malformedFrame") !== undefined) connection.sayNonsense();
    const times = faults.find("duplicate") === undefined ? 1 : 2;
    for (let n = 0; n < times; n += 1) byFrame.set(connection.write(delivery.push), delivery);
  };

  const flush = (): void => {
    for (const delivery of held.splice(0).toReversed()) deliver(delivery);
  };

  const keepTrying = async (delivery: Delivery): Promise<void> => {
    if (delivery.push.type === "CALLBACK" && !redeliversMessages) return;
    while (unacked.has(delivery)) {
      await clock.sleep(REDELIVER_AFTER_MS, closing.signal);
      if (unacked.has(delivery)) deliver(delivery);
    }
  };

  return {
    flush,
    push(bot, push) {
      const delivery: Delivery = { bot, push, done: Promise.withResolvers<Ack>() };
      unacked.add(delivery);
      if (faults.find("reorder") === undefined) deliver(delivery);
      else if (held.push(delivery) > 1) flush();
      keepTrying(delivery).catch(() => "the simulator is closed");
      return delivery.done.promise;
    },
    acknowledge(messageId, ack) {
      const delivery = byFrame.get(messageId);
      byFrame.delete(messageId);
      if (delivery === undefined || isLater(delivery.push, ack)) return;
      unacked.delete(delivery);
      delivery.done.resolve(ack);
    },
    async redeliver() {
      const waiting = [...unacked].filter(({ bot, push }) => pick(bot, push, true) !== undefined);
      for (const delivery of waiting) deliver(delivery);
      await Promise.all(waiting.map(({ done }) => done.promise));
    },
    connected(bot) {
      for (const delivery of unacked) {
        if (delivery.bot.appKey === bot.appKey && !sent.has(delivery) && !held.includes(delivery)) deliver(delivery);
      }
    },
    close: () => closing.abort(new Error("the simulator is closed")),
  };
}

/** An event that the client wants pushed again. */
function isLater({ type }: Push, { data = "{}" }: Ack): boolean {
  return type === "EVENT" && (jsonOf(Buffer.from(data)) as { readonly status?: unknown } | null)?.status !== "SUCCESS";
}
