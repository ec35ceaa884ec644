/** Makes the turn a handler sees, of an inbound and what the runner lends to it. */
import { unsupportedError } from "../errors.ts";
import type { Address } from "../model/address.ts";
import type { FileRef, Inbound, MessageInbound } from "../model/inbound.ts";
import type { MessageRef, Outbound, Reader, Sent } from "../model/outbound.ts";
import type { FileStream, OpenChannel } from "../model/channel.ts";
import type { Replies } from "../reply/reply.ts";
import type { InboxEntry } from "../state/state.ts";
import { toFile } from "./file.ts";
import type { AnyTurn, TurnBase } from "./types.ts";

export interface TurnOptions {
  readonly inbound: Inbound;
  /** Of the button, for an action. */
  readonly label: string | undefined;
  readonly key: string;
  readonly attempt: number;
  /** Made when it is first asked for: most handlers never do. */
  readonly signal: () => AbortSignal;
  readonly replies: Replies;
  /** The one the inbound came by. */
  readonly channel: OpenChannel;
  /** The one a reference belongs to. Throws `unsupported`. */
  readonly channelOf: (message: MessageRef) => OpenChannel;
  /** Of a file that was fetched when the message came. Undefined: it was not. */
  readonly copyOf: (file: FileRef) => Promise<FileStream | undefined>;
  /** Replaces the `ask` of a turn; given by the runner. */
  readonly ask: TurnBase["ask"];
  readonly onReactFailed: (error: unknown) => void;
}

const LATE = Symbol("late");

/** What a turn's two late members are read from. */
interface Late {
  agent: string | undefined;
  readonly signal: () => AbortSignal;
}

/**
 * The members that are read late, on one prototype. An accessor of its own gives every turn a hidden class of its own, which
 * keeps the whole turn until the next major collection: a third of all time under load.
 */
const LATE_MEMBERS = {
  get agent(): string | undefined {
    return lateOf(this).agent;
  },
  get signal(): AbortSignal {
    return lateOf(this).signal();
  },
};

function lateOf(turn: object): Late {
  return (turn as { readonly [LATE]: Late })[LATE];
}

/** `setAgent` is for the router: which agent it chose. */
export function createTurn(options: TurnOptions): { readonly turn: AnyTurn; setAgent(name: string): void } {
  const { inbound, replies, channel } = options;
  const late: Late = { agent: undefined, signal: options.signal };
  const own: Omit<TurnBase, keyof typeof LATE_MEMBERS> = {
    kind: inbound.kind,
    id: inbound.id,
    key: options.key,
    channel: inbound.channel,
    account: inbound.account,
    conversation: inbound.conversation,
    sender: inbound.sender,
    text: inbound.kind === "message" ? inbound.text : (options.label ?? ""),
    address: addressOf(inbound),
    attempt: options.attempt,
    reply: replies.reply,
    stream: () => Promise.resolve(replies.stream()),
    ask: options.ask,
    edit: async (message, content) =>
      editMessage(options.channelOf(message), message, { content, signal: options.signal() }),
    recall: async (message) => recallMessage(options.channelOf(message), message, options.signal()),
    async react(emoji, on = true) {
      const message = { channel: inbound.channel, account: inbound.account, id: inbound.id, handle: inbound.replyTo };
      try {
        await channel.react?.(message, emoji, on, options.signal());
      } catch (error) {
        options.onReactFailed(error);
      }
    },
    async download(file, { maxBytes = 20 * 1024 * 1024 } = {}) {
      const copy = await options.copyOf(file);
      if (copy !== undefined) return toFile(copy, maxBytes);
      if (channel.download === undefined) throw unsupportedError(inbound.channel, "download files");
      return toFile(await channel.download(file, options.signal()), maxBytes);
    },
  };
  // A recall turn's `recall` is both: the inbound, and the method every turn has.
  const byKind = inbound.kind === "recall" ? Object.assign(own.recall, inbound) : inbound;
  const turn = Object.assign(Object.create(LATE_MEMBERS) as typeof LATE_MEMBERS, own, { [inbound.kind]: byKind });
  Object.defineProperty(turn, LATE, { value: late });
  return {
    turn: turn as unknown as AnyTurn,
    setAgent(name) {
      late.agent = name;
    },
  };
}

/** Replaces a message of ours, where its platform can. */
export function editMessage(
  channel: OpenChannel,
  message: MessageRef,
  { content, signal }: { readonly content: string | Outbound; readonly signal: AbortSignal },
): Promise<Sent> {
  if (channel.edit === undefined) throw unsupportedError(message.channel, "edit messages");
  return channel.edit(message, toOutbound(content), signal);
}

/** Takes a message of ours back, where its platform can. */
export function recallMessage(channel: OpenChannel, message: MessageRef, signal: AbortSignal): Promise<void> {
  if (channel.recall === undefined) throw unsupportedError(message.channel, "recall messages");
  return channel.recall(message, signal);
}

/** Who has read a message of ours, where its platform says so. */
export function readersOf(channel: OpenChannel, message: MessageRef, signal: AbortSignal): Promise<readonly Reader[]> {
  if (channel.readers === undefined) throw unsupportedError(message.channel, "tell who has read a message");
  return channel.readers(message, signal);
}

/** A string is markdown. */
function toOutbound(content: string | Outbound): Outbound {
  return typeof content === "string" ? { kind: "markdown", text: content } : content;
}

/** Where replies to an inbound go. */
export function addressOf(inbound: Inbound): Address {
  const { channel, account, conversation, sender } = inbound;
  if (conversation?.kind === "group") {
    const thread = conversation.threadId === undefined ? {} : { threadId: conversation.threadId };
    return { channel, account, kind: "group", id: conversation.id, ...thread };
  }
  return { channel, account, kind: "user", id: sender?.id ?? conversation?.id ?? "" };
}

/** A burst as one message: texts and files in order; it answers the newest. */
export function mergeEntries(entries: readonly InboxEntry[]): Inbound | undefined {
  const newest = entries.at(-1)?.inbound;
  if (newest?.kind !== "message" || entries.length === 1) return newest;
  const messages = entries.map((entry) => entry.inbound).filter((inbound) => inbound.kind === "message");
  const { unreadable, ...rest } = newest;
  const nothing = unreadable !== undefined && messages.every((message) => message.unreadable !== undefined);
  const merged: MessageInbound = {
    ...rest,
    ...(nothing ? { unreadable } : {}),
    text: messages.map((message) => message.text).join("\n"),
    attachments: messages.flatMap((message) => message.attachments),
    mentions: messages.flatMap((message) => message.mentions),
  };
  return merged;
}

/** A press nobody took, offered as a message: agents need to know one shape only. */
export function pressAsMessage(inbound: Extract<Inbound, { kind: "action" }>, label: string): MessageInbound {
  const { kind: _kind, source: _source, button, values, message: _message, ...base } = inbound;
  return {
    ...base,
    kind: "message",
    text: label,
    mentions: [],
    mentionsSelf: true,
    mentionsAll: false,
    attachments: [],
    action: { button, values },
  };
}
