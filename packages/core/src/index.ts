/** The public surface of core: the bot. Platforms are in the channel packages. */

// common
export { parseAddress } from "./model/address.ts";
export { ChannelError } from "./errors.ts";
export { createBot } from "./bot/bot.ts";
export { memoryState } from "./state/memory.ts";
export { sqliteState } from "./state/sqlite.ts";
export { toNodeHandler } from "./http/node.ts";
export type { Answer, AnyTurn, AskOptions, Bot, BotOptions, Handler, Route, Turn, TurnBase } from "./bot/types.ts";
export type { MessageRef, Outbound, Reader, Reply, Sent } from "./model/outbound.ts";
export type { ButtonId, Card, CardButton, CardInput } from "./model/card.ts";
export type { Address } from "./model/address.ts";
export type { Conversation, FileRef, FormValues, Mention, Person, Quote } from "./model/inbound.ts";
export type { ErrorCode, Localized, Verdict } from "./errors.ts";
export type { State } from "./state/state.ts";
export type { Robot } from "./model/channel.ts";

// observing
export type { BotStatus } from "./bot/types.ts";
export type { ConnectionStatus, Finding, Holder, ProbeOptions } from "./model/channel.ts";
export type { TraceLine } from "./state/state.ts";
export type { Logger } from "./log.ts";
export type { Clock } from "./clock.ts";

// inbound kinds
export type {
  ActionInbound,
  Inbound,
  InboundKind,
  MembershipInbound,
  MessageInbound,
  OtherInbound,
  ReactionInbound,
  RecallInbound,
} from "./model/inbound.ts";

// for those who add a platform
export type {
  Channel,
  DeliveryOptions,
  FileStream,
  Listener,
  OpenChannel,
  Runtime,
  Settled,
  Sink,
  Streaming,
} from "./model/channel.ts";
export type { AccessOptions, Capabilities, ChannelOptions } from "./model/capabilities.ts";
export type { ReplyWriter } from "./model/outbound.ts";
export type { ConnectStep, HttpRequest, HttpResponse, Transport } from "./http/transport.ts";

// for those who add a state
export type {
  Blobs,
  Claim,
  Entry,
  Inbox,
  InboxEntry,
  Outbox,
  OutboxPart,
  Store,
  Traces,
  Worker,
} from "./state/state.ts";
