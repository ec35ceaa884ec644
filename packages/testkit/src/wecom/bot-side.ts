/** Everything that intelligent bots have to do with, put together. */
import type { Clock } from "@openclaw-china/core";
import type { Faults } from "../faults.ts";
import type { Board } from "../screen.ts";
import type { ServerParts } from "../server.ts";
import { createCards } from "./cards.ts";
import { createDeliveries, type Deliveries } from "./deliveries.ts";
import { createFiles, type Files } from "./files.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import { createHandles } from "./handles.ts";
import { createLimits } from "./limits.ts";
import type { PeopleParts } from "./people.ts";
import { createPresses } from "./presses.ts";
import { createResponses, type Responses } from "./responses.ts";
import { createStreams, type Streams } from "./streams.ts";
import { createTalk } from "./talk.ts";
import type { Tenant } from "./tenant.ts";
import { createUploads } from "./uploads.ts";

export interface BotSideParts {
  readonly tenant: Tenant;
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
  readonly deliveries: Deliveries;
  readonly files: Files;
  readonly responses: Responses;
  readonly streams: Streams;
  readonly people: PeopleParts;
}

export function createBotSide({ tenant, clock, board, faults, calls, assume, origin }: BotSideParts): BotSide {
  const opened = new Set<string>();
  const feedbackIds = new Map<string, string>();
  const asked = (messageId: string, feedbackId: string): void => void feedbackIds.set(messageId, feedbackId);
  const limits = createLimits(clock);
  const files = createFiles({ clock, origin });
  const cards = createCards({ board });
  const presses = createPresses(clock);
  const handles = createHandles({ clock, outliveConnections: assume["reqIdsOutliveConnections"] ?? true });
  const streams = createStreams({
    clock,
    board,
    swallowsLateUpdates: assume["swallowsLateUpdates"] ?? false,
    refusesFinished: assume["refusesFinished"] ?? false,
    asked,
  });
  const { updated } = presses;
  const talk = createTalk({ tenant, board, cards, files, handles, limits, streams, opened, asked, updated });
  const uploads = createUploads({ clock, files, limits });
  const gateway = createGateway({
    tenant,
    clock,
    faults,
    calls,
    commands: {
      aibot_respond_msg: talk.respond,
      aibot_respond_welcome_msg: talk.welcome,
      aibot_respond_update_msg: talk.updateCard,
      aibot_send_msg: talk.send,
      aibot_upload_media_init: ({ bot, body }) => uploads.begin(bot, body),
      aibot_upload_media_chunk: ({ bot, body }, inFlight) => uploads.chunk(bot, body, inFlight),
      aibot_upload_media_finish: ({ bot, body }) => uploads.finish(bot, body),
    },
    tellsEvicted: assume["tellsEvicted"] ?? true,
    closesEvicted: assume["closesEvicted"] ?? true,
    subscribed: (bot) => deliveries.connected(bot),
  });
  const { connectionOf } = gateway;
  const deliveries = createDeliveries({ faults, handles, redelivers: assume["redelivers"] ?? false, connectionOf });
  const responses = createResponses({ clock, origin, show: talk.show });
  const way = { deliver: deliveries.deliver, mediaKey: () => undefined };
  const { answered } = presses;
  const people = { tenant, clock, board, cards, files, responses, way, calls, opened, feedbackIds, answered };
  return { gateway, deliveries, files, responses, streams, people };
}
