/** Everything that intelligent bots have to do with, put together: over the long connection, or called back. */
import type { Clock } from "@openclaw-china/core";
import type { Faults } from "../faults.ts";
import type { Board } from "../screen.ts";
import type { ServerParts } from "../server.ts";
import { type CallbackMode, createCallbackMode } from "./callback-mode.ts";
import { type Cards, createCards } from "./cards.ts";
import { createChat } from "./chat.ts";
import { createDeliveries } from "./deliveries.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import type { PeopleParts, Way } from "./people.ts";
import { createPresses } from "./presses.ts";
import { createResponses, type Responses } from "./responses.ts";
import type { Shared } from "./shared.ts";

export interface BotSideParts extends Shared {
  readonly clock: Clock;
  readonly board: Board;
  readonly faults: Faults;
  readonly calls: ServerParts["calls"];
  readonly assume: Readonly<Record<string, boolean>>;
  /** Where the simulator listens. */
  readonly origin: () => string;
}

export interface BotSide {
  readonly gateway: Gateway;
  readonly callbackMode: CallbackMode;
  readonly cards: Cards;
  readonly responses: Responses;
  readonly people: PeopleParts;
  spinning(): readonly string[];
  /** Sends the rest of what a `reorder` held back. */
  flush(): void;
  redeliver(): Promise<void>;
}

export function createBotSide(parts: BotSideParts): BotSide {
  const { tenant, clock, board, faults, calls, assume, origin, files, limits, posts } = parts;
  const cards = createCards({ board });
  const presses = createPresses(clock);
  const chat = createChat({ tenant, clock, board, assume, files, cards, limits, presses });
  const { handles, streams, talk, commands, opened, feedbackIds } = chat;
  const gateway = createGateway({
    tenant,
    clock,
    faults,
    calls,
    commands,
    tellsEvicted: assume["tellsEvicted"] ?? true,
    closesEvicted: assume["closesEvicted"] ?? true,
    subscribed: (bot) => deliveries.connected(bot),
  });
  const { connectionOf } = gateway;
  const deliveries = createDeliveries({ faults, handles, redelivers: assume["redelivers"] ?? false, connectionOf });
  const { show } = talk;
  const responses = createResponses({ clock, origin, show });
  const callbackMode = createCallbackMode({ clock, board, posts, streams, cards, presses, show });
  const way: Way = {
    deliver: (bot, callback) =>
      callbackMode.targetOf(bot) === undefined
        ? deliveries.deliver(bot, callback)
        : callbackMode.deliver(bot, callback),
    mediaKey: (bot) => callbackMode.targetOf(bot)?.keys.encodingAesKey,
  };
  const { answered } = presses;
  const people = { tenant, clock, board, cards, files, responses, way, calls, opened, feedbackIds, answered };
  return {
    gateway,
    callbackMode,
    cards,
    responses,
    people,
    spinning: streams.spinning,
    flush: deliveries.flush,
    async redeliver() {
      await Promise.all([deliveries.redeliver(), posts.redeliver(), callbackMode.refresh()]);
    },
  };
}
