/**
 * Answers that grow in a card. The entity is made before anything is visible, and its id committed; showing it has a `uuid`,
 * so that after a crash the same card is taken up. One writer per card, the newest text only, and the whole text at the end,
 * whatever went wrong between.
 */
import {
  ChannelError,
  type Clock,
  type Logger,
  type Outbound,
  type ReplyWriter,
  type Sent,
  type Streaming,
} from "@openclaw-china/core";
import { definite, unsupportedError } from "@openclaw-china/core/internal";
import { changeSettings, createCard, replaceCard, type Step, streamText } from "../api/cards.ts";
import type { Client } from "../api/client.ts";
import { updateCardMessage } from "../api/messages.ts";
import { cardMarkdown, summaryOf } from "./render.ts";
import type { Sender } from "./send.ts";

export interface StreamDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  /** Shows the card, as a reply where there is something to reply to. */
  readonly body: Sender["body"];
}

/** Least time between the platform's answer and the next frame: with the card's own pace never more than 8 a second. */
export const MIN_INTERVAL_MS = 120;
/** Streaming mode ends by itself after ten minutes. */
const RENEW_MS = 540_000;
const ELEMENT = "md_main";
/** Sequences are counted in steps of this since the card was made: after a crash they go on above those of before. */
const SEQUENCE_STEP_MS = 50;

/** What `prepare` returns, as JSON. */
interface Handle {
  readonly cardId: string;
  /** ms since 1970. */
  readonly madeAt: number;
  readonly to: Parameters<Sender["body"]>[0];
  readonly key: string;
  readonly replyTo?: unknown;
}

export function createStreaming(deps: StreamDeps): Streaming {
  const { client, clock, log, account } = deps;
  return {
    async prepare(to, { key, replyTo, signal }) {
      try {
        const cardId = await createCard(client, cardOf("", true), signal);
        const reply = replyTo === undefined ? {} : { replyTo };
        return JSON.stringify({ cardId, madeAt: clock.now(), to, key, ...reply } satisfies Handle);
      } catch (error) {
        throw unavailable(error, log, account);
      }
    },
    async open(text, signal) {
      const handle = JSON.parse(text) as Handle;
      const { cardId, to, key, replyTo } = handle;
      const content = JSON.stringify({ type: "card", data: { card_id: cardId } });
      const shown = await deps.body(to, { msg_type: "interactive", content }, { key, replyTo, signal });
      return createWriter(deps, { handle, messageId: shown.id, signal });
    },
  };
}

/** The text goes as a message then, and nobody would notice that cards are not to be had. */
function unavailable(error: unknown, log: Logger, account: string): unknown {
  if (!(error instanceof ChannelError) || error.outcome !== "refused" || error.verdict.kind !== "stop") return error;
  log.warn({ err: error, account, fix: error.fix }, "Feishu refuses a card; the answer goes as a message");
  return unsupportedError("feishu", "show a growing card");
}

function cardOf(text: string, streaming: boolean): object {
  return {
    schema: "2.0",
    config: {
      update_multi: true,
      ...(streaming ? { streaming_mode: true } : { streaming_mode: false, summary: { content: summaryOf(text) } }),
    },
    body: { elements: [{ tag: "markdown", element_id: ELEMENT, content: cardMarkdown(text) }] },
  };
}

interface Card {
  readonly handle: Handle;
  readonly messageId: string;
  readonly signal: AbortSignal;
}

/** What can be done to one card at the platform; each is one operation with a larger sequence. */
interface CardCalls {
  text(text: string): Promise<void>;
  settings(config: object): Promise<void>;
  whole(text: string): Promise<void>;
  /** The old way, as a message. */
  patch(text: string): Promise<void>;
}

function cardCalls({ client, clock }: StreamDeps, { handle, messageId, signal }: Card): CardCalls {
  const { cardId, madeAt } = handle;
  let last = 0;
  const step = (jump = 0): Step => {
    last = Math.max(last + 1, Math.floor((clock.now() - madeAt) / SEQUENCE_STEP_MS) + 1) + jump;
    return { cardId, sequence: last, uuid: `${cardId}-${last}` };
  };
  /** Somebody has counted further: jump ahead, and say the same again. */
  const healed = async (work: (at: Step) => Promise<void>): Promise<void> => {
    try {
      await work(step());
    } catch (error) {
      if (!hasCode(error, "300317")) throw error;
      await work(step(10));
    }
  };
  return {
    text: (text) => {
      const content = cardMarkdown(text);
      return healed((at) => streamText(client, { ...at, elementId: ELEMENT, content }, signal));
    },
    settings: (config) => healed((at) => changeSettings(client, { ...at, settings: { config } }, signal)),
    whole: (text) => healed((at) => replaceCard(client, { ...at, card: cardOf(text, false) }, signal)),
    patch: (text) => updateCardMessage(client, { messageId, content: JSON.stringify(cardOf(text, false)) }, signal),
  };
}

/** One request at a time; the newest text wins; what fails in between is never shown. */
function createWriter(deps: StreamDeps, card: Card): ReplyWriter {
  const { clock, log, account } = deps;
  const { cardId } = card.handle;
  const calls = cardCalls(deps, card);
  const ended = new AbortController();
  let latest: string | undefined;
  let soFar = "";
  let pumping: Promise<void> | undefined;
  let grows = true;
  let streamingSince = clock.now();

  const grow = async (text: string): Promise<void> => {
    if (clock.now() - streamingSince > RENEW_MS) {
      await calls.settings({ streaming_mode: true });
      streamingSince = clock.now();
    }
    await calls.text(text);
  };

  const pump = async (): Promise<void> => {
    while (latest !== undefined && grows && !ended.signal.aborted) {
      const text = latest;
      latest = undefined;
      let waitMs = MIN_INTERVAL_MS;
      try {
        await grow(text);
      } catch (error) {
        log.debug({ err: error, card: cardId }, "a frame in between was not shown; a later one carries its text");
        const next = afterFailure(error);
        grows = next !== "end";
        if (typeof next === "object") {
          latest ??= text;
          waitMs = Math.max(waitMs, next.afterMs);
        }
      }
      await clock.sleep(waitMs, ended.signal).catch(() => "the end does not wait for the pace");
    }
  };

  const stopGrowing = async (): Promise<void> => {
    latest = undefined;
    ended.abort(new Error("the card is being finished"));
    await pumping;
  };

  const finish = async (text: string): Promise<Sent> => {
    await stopGrowing();
    try {
      await calls.text(text);
    } catch (error) {
      await finishOtherwise(error, text);
      return evidence();
    }
    await endStreaming(text);
    return evidence();
  };

  /** Without it the list of chats says for ever that the answer is being made. The text stands: no reason to say it twice. */
  const endStreaming = async (text: string): Promise<void> => {
    try {
      await calls.settings({ streaming_mode: false, summary: { content: summaryOf(text) } });
    } catch (error) {
      if (!(error instanceof ChannelError) || error.outcome !== "refused") throw error;
      log.warn({ err: error, card: cardId, fix: error.fix }, "a card is complete and not marked as finished");
    }
  };

  /** The element takes no text any more (streaming has ended, wrong state): the whole card, then the message, then a no. */
  const finishOtherwise = async (refusal: unknown, text: string): Promise<void> => {
    if (!isNo(refusal)) throw refusal;
    let no: ChannelError = refusal;
    for (const way of [calls.whole, calls.patch]) {
      try {
        await way(text);
        return;
      } catch (error) {
        if (!isNo(error)) throw error; // it is finished by a repeat
        no = error;
      }
    }
    throw definite(no);
  };

  const evidence = (): Sent => ({
    channel: "feishu",
    account,
    id: card.messageId,
    handle: { cardId, madeAt: card.handle.madeAt },
    sentAt: clock.now(),
    parts: [],
  });

  return {
    update(text) {
      if (ended.signal.aborted || text.trim() === "") return;
      soFar = text;
      if (!grows) return;
      latest = text;
      pumping ??= pump().finally(() => {
        pumping = undefined;
      });
    },
    finish: async (final) => finish(wordsOf(final)),
    async fail(reason) {
      await finish(`${soFar}\n\n⚠️ ${reason}`.trim());
    },
  };
}

function isNo(error: unknown): error is ChannelError {
  return error instanceof ChannelError && error.outcome === "refused" && error.verdict.kind === "stop";
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof ChannelError && error.platform?.code === code;
}

/** A definite no is one for all frames to come; throttled: the same call was not executed, and may be made later. */
function afterFailure(error: unknown): "skip" | "end" | { readonly afterMs: number } {
  if (!(error instanceof ChannelError)) return "skip";
  const { verdict, outcome } = error;
  if (verdict.kind === "stop" && outcome === "refused") return "end";
  return verdict.kind === "retryLater" ? { afterMs: verdict.afterMs } : "skip";
}

function wordsOf(final: string | Outbound): string {
  if (typeof final === "string") return final;
  if (final.kind === "text" || final.kind === "markdown") return final.text;
  throw unsupportedError("feishu", `turn a growing message into ${final.kind}`);
}
