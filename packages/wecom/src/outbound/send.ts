/**
 * Which way a message takes: the bot in the chat it was asked in, then the answer's own address, then the application; to
 * customers only customer service. Another way only after a definite refusal, or when nothing was sent; the trace says so.
 */
import {
  type Address,
  type Card,
  ChannelError,
  type Clock,
  type DeliveryOptions,
  type Logger,
  type OpenChannel,
  type Outbound,
  type Sent,
} from "@openclaw-china/core";
import { unsupportedError } from "@openclaw-china/core/internal";
import type { Customers } from "../customers.ts";
import type { ReplyTo } from "../inbound/reply-to.ts";
import type { ShownCard } from "./card.ts";
import type { PreparedMedia } from "./media.ts";
import type { Textual } from "./render.ts";
import { bareId, type Content, replyOf, type Way } from "./way.ts";

/** Nothing left because the connection is down: an answer waits this long for it before it goes through the application. */
const PATIENCE_MS = 60_000;

export interface SendDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  /** The bot's long connection. Absent in callback mode, and where there is no bot. */
  readonly bot?: Way;
  /** Of a message to the bot. */
  readonly url?: Way;
  readonly app?: Way;
  readonly kf?: Way;
  readonly customers?: Pick<Customers, "openKfIdOf">;
  /** The file in memory, as a kind that the platform takes; or words for the person, where it takes none. */
  readonly prepare: (media: Media, signal: AbortSignal) => Promise<PreparedMedia>;
  /** A card as the platform draws it, or words where it has nothing to press. */
  readonly draw: (card: Card, to: Address, options: DeliveryOptions) => Promise<ShownCard | Textual>;
  /** A card is on the screen. */
  readonly onShown: (card: ShownCard, to: Address, sent: Sent) => Promise<void>;
}

type Media = Extract<Outbound, { readonly kind: "media" }>;

export function createSend(deps: SendDeps): OpenChannel["send"] {
  const { log, account } = deps;

  /** By the first way that carries it. */
  const byWays = async (to: Address, content: Content, options: DeliveryOptions): Promise<Sent> => {
    const ways = await waysTo(deps, to, replyOf(options));
    const errors: ChannelError[] = [];
    for (const way of ways) {
      try {
        const sent = await way.send(to, content, options);
        if (ways.length === 1) return sent;
        return { ...sent, via: errors.length === 0 ? way.name : `${way.name}, after ${errors.map(said).join("; ")}` };
      } catch (error) {
        const mine = error instanceof ChannelError ? error : undefined;
        if (mine === undefined || !mayTryAnother(mine, deps, options)) throw error;
        errors.push(mine);
        log.info({ err: error, account, way: way.name }, "a message could not take one way; the next is tried");
      }
    }
    throw worstOf(errors) ?? noWay(to);
  };

  const sendMedia = async (to: Address, media: Media, options: DeliveryOptions): Promise<Sent> => {
    const prepared = await deps.prepare(media, options.signal);
    if (prepared.kind !== "file") return byWays(to, prepared, options);
    try {
      const sent = await byWays(to, prepared, options);
      if (prepared.note !== undefined) await tell(to, prepared.note, options);
      return sent;
    } catch (error) {
      if (!(error instanceof ChannelError) || error.code !== "unsupported") throw error;
      log.warn({ account, name: prepared.file.name }, "a file was not sent: no way of this bot carries files there");
      return byWays(to, { kind: "markdown", text: noFiles(prepared.file.name) }, options);
    }
  };

  /** The file is there, whatever becomes of the line under it. */
  const tell = async (to: Address, note: Textual, options: DeliveryOptions): Promise<void> => {
    try {
      await byWays(to, note, { ...options, key: `${options.key}#note` });
    } catch (error) {
      log.info({ err: error, account }, "why a file was not shown as asked could not be told");
    }
  };

  const sendCard = async (to: Address, card: Card, options: DeliveryOptions): Promise<Sent> => {
    const shown = await deps.draw(card, to, options);
    if (shown.kind !== "shown") return byWays(to, shown, options);
    if (shown.lead !== undefined) await byWays(to, shown.lead, { ...options, key: `${options.key}#lead` });
    const sent = await byWays(to, shown, options);
    await deps.onShown(shown, to, sent);
    return sent;
  };

  return (to, message, options) => {
    if (message.kind === "media") return sendMedia(to, message, options);
    return message.kind === "card" ? sendCard(to, message, options) : byWays(to, message, options);
  };
}

/** In the order in which they are tried. */
async function waysTo(deps: SendDeps, to: Address, reply: ReplyTo | undefined): Promise<readonly Way[]> {
  const { bot, url, app, kf } = deps;
  const some = (...ways: readonly (Way | undefined)[]): readonly Way[] => ways.filter((way) => way !== undefined);
  if (to.kind === "department" || to.kind === "tag") return some(app);
  if (reply?.via === "kf") return some(kf);
  if (reply?.via === "app") return some(app);
  if (to.kind === "user" && kf !== undefined && reply === undefined) {
    const isCustomer = (await deps.customers?.openKfIdOf(bareId(to))) !== undefined;
    if (isCustomer || (bot === undefined && app === undefined)) return [kf];
  }
  if (reply === undefined) return some(bot, app);
  return some(bot, reply.responseUrl === undefined ? undefined : url, app);
}

/** A definite no that is not about the content, or nothing was sent and waiting would not help. */
function mayTryAnother(error: ChannelError, { clock }: SendDeps, options: DeliveryOptions): boolean {
  if (error.code === "aborted" || error.outcome === "unknown") return false;
  if (error.code === "content_rejected" || error.code === "too_large") return false;
  if (error.outcome === "refused" || error.code === "rate_limited" || error.verdict.kind === "stop") return true;
  const reply = replyOf(options);
  const at = reply?.via === "socket" || reply?.via === "callback" ? reply.at : undefined;
  if (at === undefined || (reply as { readonly responseUrl?: string }).responseUrl !== undefined) return true;
  return clock.now() - at > PATIENCE_MS; // the connection comes back as a rule, and the chat is the better place
}

/** What decides whether it is tried again: an error that time heals, else that of the best way. */
function worstOf(errors: readonly ChannelError[]): ChannelError | undefined {
  return errors.find(({ verdict }) => verdict.kind !== "stop") ?? errors[0];
}

function said({ code, platform }: ChannelError): string {
  return platform === undefined ? code : `${code} (${platform.code})`;
}

function noWay(to: Address): Error {
  const needs = to.kind === "department" || to.kind === "tag" ? "needs an application (app)" : "has no way to it now";
  return unsupportedError("wecom", `send to this ${to.kind}: this account ${needs}`);
}

function noFiles(name: string): string {
  return `抱歉,此处无法发送文件 ${name}。 Sorry, the file ${name} cannot be sent here.`;
}
