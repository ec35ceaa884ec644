/** What bots may say in chats, put together: streams, messages, uploads, by the rules of their `req_id`. */
import type { Clock } from "@openclaw-china/core";
import type { Board } from "../screen.ts";
import type { Cards } from "./cards.ts";
import type { Files } from "./files.ts";
import type { Execute } from "./gateway.ts";
import { createHandles, type Handles } from "./handles.ts";
import type { Limits } from "./limits.ts";
import type { Presses } from "./presses.ts";
import { createStreams, type Streams } from "./streams.ts";
import { createTalk, type Talk } from "./talk.ts";
import type { Tenant } from "./tenant.ts";
import { createUploads } from "./uploads.ts";

export interface ChatParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly board: Board;
  readonly assume: Readonly<Record<string, boolean>>;
  readonly files: Files;
  readonly cards: Cards;
  readonly limits: Limits;
  readonly presses: Presses;
}

export interface Chat {
  readonly handles: Handles;
  readonly streams: Streams;
  readonly talk: Talk;
  /** Of a subscribed connection, by name. */
  readonly commands: Readonly<Record<string, Execute>>;
  /** Where people have written to bots. */
  readonly opened: Set<string>;
  /** By message. */
  readonly feedbackIds: ReadonlyMap<string, string>;
}

export function createChat({ tenant, clock, board, assume, files, cards, limits, presses }: ChatParts): Chat {
  const opened = new Set<string>();
  const feedbackIds = new Map<string, string>();
  const asked = (messageId: string, feedbackId: string): void => void feedbackIds.set(messageId, feedbackId);
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
  const commands: Readonly<Record<string, Execute>> = {
    aibot_respond_msg: talk.respond,
    aibot_respond_welcome_msg: talk.welcome,
    aibot_respond_update_msg: talk.updateCard,
    aibot_send_msg: talk.send,
    aibot_upload_media_init: ({ bot, body }) => uploads.begin(bot, body),
    aibot_upload_media_chunk: ({ bot, body }, inFlight) => uploads.chunk(bot, body, inFlight),
    aibot_upload_media_finish: ({ bot, body }) => uploads.finish(bot, body),
  };
  return { handles, streams, talk, commands, opened, feedbackIds };
}
