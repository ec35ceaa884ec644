/** Callbacks on their way to a bot's connection; as far as is known, what finds none is lost. */
import type { Faults } from "../faults.ts";
import { type Connection, nonsense } from "./connection.ts";
import type { Cause, Handles } from "./handles.ts";
import type { Json } from "./json.ts";
import type { Bot } from "./tenant.ts";

/** A callback, not yet tied to a connection. */
export interface Callback {
  readonly cmd: "aibot_msg_callback" | "aibot_event_callback";
  readonly body: Json;
  readonly cause: Cause;
}

export interface Deliveries {
  /** Resolves when it is written to a connection that hears; or lost. */
  deliver(bot: Bot, callback: Callback): Promise<void>;
  /** What was lost goes out again. */
  redeliver(): Promise<void>;
  /** A bot has a connection: what never found one goes out, where that is assumed. */
  connected(bot: Bot): void;
  /** Sends the rest of what a `reorder` held back. */
  flush(): void;
}

export interface DeliveriesParts {
  readonly faults: Faults;
  readonly handles: Handles;
  /** What no connection has heard is kept, and comes again. */
  readonly redelivers: boolean;
  readonly connectionOf: (bot: Bot) => Connection | undefined;
}

interface Delivery {
  readonly bot: Bot;
  readonly callback: Callback;
  readonly done: PromiseWithResolvers<void>;
}

export function createDeliveries({ faults, handles, redelivers, connectionOf }: DeliveriesParts): Deliveries {
  const lost = new Set<Delivery>();
  const unsent = new WeakSet<Delivery>();
  const held: Delivery[] = [];

  const miss = (delivery: Delivery): void => {
    lost.add(delivery);
    if (!redelivers) delivery.done.resolve();
  };
  const send = (delivery: Delivery): void => {
    const { bot, callback, done } = delivery;
    const connection = connectionOf(bot);
    if (connection === undefined) {
      unsent.add(delivery);
      return miss(delivery);
    }
    unsent.delete(delivery);
    if (faults.find("malformedFrame") !== undefined) for (const one of nonsense()) connection.write(one);
    const { cmd, body, cause } = callback;
    const reqId = handles.open({ ...cause, bot, connectionId: connection.id });
    const times = faults.find("duplicate") === undefined ? 1 : 2;
    for (let n = 0; n < times; n += 1) connection.write({ cmd, headers: { req_id: reqId }, body });
    if (!connection.hears()) return miss(delivery);
    lost.delete(delivery);
    done.resolve();
  };

  return {
    flush() {
      for (const delivery of held.splice(0).toReversed()) send(delivery);
    },
    deliver(bot, callback) {
      const delivery: Delivery = { bot, callback, done: Promise.withResolvers<void>() };
      if (faults.find("reorder") === undefined) send(delivery);
      else if (held.push(delivery) > 1) for (const one of held.splice(0).toReversed()) send(one);
      return delivery.done.promise;
    },
    async redeliver() {
      const waiting = [...lost].filter(({ bot }) => connectionOf(bot)?.hears() === true);
      for (const delivery of waiting) send(delivery);
      await Promise.all(waiting.map(({ done }) => done.promise));
    },
    connected(bot) {
      if (!redelivers) return;
      for (const delivery of lost) if (delivery.bot.botId === bot.botId && unsent.has(delivery)) send(delivery);
    },
  };
}
