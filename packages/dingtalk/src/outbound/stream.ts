/**
 * Answers that grow in an AI card. The card's id is derived from the part's key, so every repeat means the same card: after
 * an unknown outcome that card is updated first, and "no such card" is the only permission to create it.
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
import { sha256Hex, unsupportedError } from "@openclaw-china/core/internal";
import { createAndDeliver, isMissingCard, streamCard, updateCard } from "../api/cards.ts";
import type { Client } from "../api/client.ts";
import { definite } from "../errors.ts";
import type { ReplyTo } from "../inbound/normalise.ts";
import { cardMarkdown, escapeMentions } from "./render.ts";
import { spaceOf } from "./space.ts";

/** `flowStatus` of the standard templates. */
const FLOW = { processing: "1", inputting: "2", finished: "3", failed: "5" } as const;

/** What `prepare` returns, as JSON. */
interface CardHandle {
  readonly outTrackId: string;
  readonly openSpaceId: string;
  readonly robotCode: string;
  readonly templateId: string;
  readonly streamingKey: string;
  readonly ownTemplate: boolean;
}

export interface StreamDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  readonly robotCode: string;
  readonly template: { readonly id: string; readonly streamingKey: string };
  readonly ownTemplate: boolean;
  /** Least time between two frames of one card while it is alone. */
  readonly minIntervalMs: number;
  /** For quotes, which name a card by its processQueryKey. */
  readonly onFinished: (processQueryKey: string, text: string) => void;
}

/** A card that has had no frame for this long is not counted as growing. */
const IDLE_MS = 30_000;
/** Ids of cards that were prepared and never opened are remembered up to this many. */
const MAX_FRESH = 10_000;

export function createStreaming(deps: StreamDeps): Streaming {
  const active = createActivity(deps.clock);
  const fresh = new Set<string>(); // prepared here and not yet opened: nothing can exist under these ids
  return {
    prepare(to, options) {
      const openSpaceId = spaceOf(to, options);
      if (openSpaceId === undefined)
        return Promise.reject(unsupportedError("dingtalk", "show a card to a person outside the organisation"));
      if (deps.client.budget.isSpent())
        // the message at the end costs nothing while the session webhook is valid
        return Promise.reject(unsupportedError("dingtalk", "show a card: monthly_call_budget is spent"));
      const reply = options.replyTo as ReplyTo | undefined;
      const handle: CardHandle = {
        outTrackId: `oc-${sha256Hex(`${deps.account} ${options.key}`).slice(0, 40)}`,
        openSpaceId,
        robotCode: reply?.robotCode ?? deps.robotCode,
        templateId: deps.template.id,
        streamingKey: deps.template.streamingKey,
        ownTemplate: deps.ownTemplate,
      };
      if (fresh.size >= MAX_FRESH) fresh.clear();
      fresh.add(handle.outTrackId);
      return Promise.resolve(JSON.stringify(handle));
    },
    charsOf: (text) => shown(text).length, // a line break has four characters there
    async open(text, signal) {
      const handle = JSON.parse(text) as CardHandle;
      const isFresh = fresh.delete(handle.outTrackId);
      try {
        const carrierId = await (isFresh ? createCard(deps, handle, signal) : takeUpOrCreate(deps, handle, signal));
        return createCardWriter(deps, { handle, carrierId, signal, active });
      } catch (error) {
        warnOperator(deps, error);
        throw error;
      }
    },
  };
}

/** The text goes as a message then, and nobody would notice that cards are not to be had. */
function warnOperator({ log, account }: StreamDeps, error: unknown): void {
  if (!(error instanceof ChannelError) || error.outcome !== "refused" || error.verdict.kind !== "stop") return;
  log.warn({ err: error, account, fix: error.fix }, "DingTalk refuses a card; the answer goes as a message");
}

interface Activity {
  touch(id: string): void;
  end(id: string): void;
  count(): number;
}

/** Cards that grow now. One that its turn has left without an end stops counting by itself. */
function createActivity(clock: Clock): Activity {
  const seenAt = new Map<string, number>();
  return {
    touch: (id) => void seenAt.set(id, clock.now()),
    end: (id) => void seenAt.delete(id),
    count() {
      for (const [id, at] of seenAt) if (at + IDLE_MS < clock.now()) seenAt.delete(id);
      return seenAt.size;
    },
  };
}

/** Creates the card; one that exists already is ours and is taken up. */
async function createCard(deps: StreamDeps, handle: CardHandle, signal: AbortSignal): Promise<string> {
  try {
    return await createAndDeliver(deps.client, newCard(handle), signal);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    if (/cardAlreadyExist/i.test(error.platform?.code ?? "")) return handle.outTrackId;
    if (error.outcome !== "unknown") throw error;
    return takeUpOrCreate(deps, handle, signal);
  }
}

async function takeUpOrCreate(deps: StreamDeps, handle: CardHandle, signal: AbortSignal): Promise<string> {
  try {
    await updateCard(deps.client, handle.outTrackId, { flowStatus: FLOW.processing }, signal);
    return handle.outTrackId;
  } catch (error) {
    if (!isMissingCard(error)) throw error;
    return createAndDeliver(deps.client, newCard(handle), signal); // "no such card" is the only permission to create
  }
}

function newCard(handle: CardHandle): Parameters<typeof createAndDeliver>[1] {
  const { templateId: cardTemplateId, outTrackId, streamingKey, openSpaceId, robotCode, ownTemplate } = handle;
  const state = ownTemplate ? {} : { flowStatus: FLOW.processing };
  const config = JSON.stringify({ autoLayout: true });
  return { cardTemplateId, outTrackId, cardParamMap: { [streamingKey]: "", config, ...state }, openSpaceId, robotCode };
}

interface Card {
  readonly handle: CardHandle;
  readonly carrierId: string;
  readonly signal: AbortSignal;
  readonly active: Activity;
}

/** What can be done to one card at the platform. */
interface CardCalls {
  frame(text: string, end: { readonly isFinalize: boolean; readonly isError: boolean }): Promise<void>;
  /** Frames that were tried. */
  frames(): number;
  /** Only of the standard templates. */
  switchTo(flowStatus: string, text: string): Promise<void>;
  /** The variables themselves, where no frame is taken any more. */
  set(flowStatus: string, text?: string): Promise<void>;
}

function cardCalls({ client }: StreamDeps, { handle, signal }: Card): CardCalls {
  const { outTrackId, streamingKey: key, ownTemplate } = handle;
  let frames = 0;
  const set = (flowStatus: string, text?: string): Promise<void> => {
    const variables = text === undefined ? { flowStatus } : { flowStatus, [key]: shown(text) };
    return updateCard(client, outTrackId, variables, signal);
  };
  return {
    frames: () => frames,
    set,
    switchTo: (flowStatus, text) => (ownTemplate ? Promise.resolve() : set(flowStatus, text)),
    frame(text, end) {
      frames += 1;
      // Final frames of every process repeat one guid: a second is the first again.
      const guid = end.isFinalize ? sha256Hex(`${outTrackId} final ${text}`) : `${outTrackId}-${crypto.randomUUID()}`;
      const content = shown(text, end.isFinalize);
      return streamCard(client, { outTrackId, guid, key, content, ...end }, signal);
    },
  };
}

/** One request at a time; the newest text wins; what fails in between is never shown. */
function createCardWriter(deps: StreamDeps, card: Card): ReplyWriter {
  const { clock, log } = deps;
  const { handle, active } = card;
  const { outTrackId, ownTemplate } = handle;
  const calls = cardCalls(deps, card);
  const ended = new AbortController();
  let latest: string | undefined;
  let soFar = "";
  let pumping: Promise<void> | undefined;
  let grows = true;
  active.touch(outTrackId);

  const pump = async (): Promise<void> => {
    while (latest !== undefined && grows && !ended.signal.aborted) {
      active.touch(outTrackId);
      const everyMs = await deps.client.budget.pace(deps.minIntervalMs * Math.max(1, active.count() / 4));
      if (everyMs === undefined) return; // spent: only the last state is shown; a later text looks again
      if (latest === undefined || ended.signal.aborted) return;
      const text = latest;
      latest = undefined;
      let waitMs = everyMs;
      try {
        if (calls.frames() === 0) await calls.switchTo(FLOW.inputting, text);
        await calls.frame(text, { isFinalize: false, isError: false });
      } catch (error) {
        log.debug({ err: error, card: outTrackId }, "a frame in between was not shown; a later one carries its text");
        const next = afterFailure(error);
        grows = next !== "end";
        if (typeof next === "object") {
          latest ??= text; // the newest text, once the platform takes calls again
          waitMs = Math.max(waitMs, next.afterMs * (1 + clock.random()));
        }
      }
      await clock.sleep(waitMs, ended.signal).catch(() => "the end does not wait for the pace");
    }
  };

  const stopGrowing = async (): Promise<void> => {
    latest = undefined;
    ended.abort(new Error("the card is being finished"));
    await pumping;
    active.end(outTrackId);
  };

  const finish = async (text: string): Promise<Sent> => {
    await stopGrowing();
    if (calls.frames() === 0) await calls.switchTo(FLOW.inputting, text);
    try {
      await calls.frame(text, { isFinalize: true, isError: false });
    } catch (error) {
      if (error instanceof ChannelError && error.platform?.code === "unknownError") return giveUpCard(error);
      if (!(error instanceof ChannelError) || error.outcome === "unknown" || error.verdict.kind === "retryLater")
        throw error;
      await finishByUpdate(error, text);
      return evidence(text);
    }
    await markFinished(text);
    return evidence(text);
  };

  /** The text stands in the card: a no to its state is no reason to show it a second time. */
  const markFinished = async (text: string): Promise<void> => {
    try {
      await calls.switchTo(FLOW.finished, text);
    } catch (error) {
      if (!(error instanceof ChannelError) || error.outcome !== "refused") throw error;
      log.warn({ err: error, card: outTrackId, fix: error.fix }, "a card is complete and not marked as finished");
    }
  };

  /** Repeated, and still no reason given: the streaming key is no variable of the template. The text goes another way. */
  const giveUpCard = async (refusal: ChannelError): Promise<never> => {
    if (!ownTemplate) await calls.set(FLOW.failed);
    throw definite(refusal);
  };

  /** The streaming interface said no (finalised before, or wrong key): the variables can still be set. */
  const finishByUpdate = async (refusal: ChannelError, text: string): Promise<void> => {
    try {
      await calls.set(FLOW.finished, text);
    } catch (error) {
      if (!(error instanceof ChannelError) || error.outcome !== "refused") throw error; // it is finished by a repeat
      throw definite(refusal);
    }
  };

  const evidence = (text: string): Sent => {
    const { carrierId: processQueryKey } = card;
    const { openSpaceId, robotCode } = handle;
    const group = /IM_GROUP\.(.+)$/.exec(openSpaceId)?.[1];
    deps.onFinished(processQueryKey, text);
    return {
      channel: "dingtalk",
      account: deps.account,
      id: outTrackId,
      handle: { card: outTrackId, processQueryKey, robotCode, ...(group === undefined ? {} : { group }) },
      sentAt: clock.now(),
      parts: [],
    };
  };

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
    finish: async (final) => finish(textOf(final)),
    async fail(reason) {
      const text = `${soFar}\n\n⚠️ ${reason}`.trim();
      await stopGrowing();
      await calls.frame(text, { isFinalize: true, isError: true });
      await calls.switchTo(FLOW.failed, text);
    },
  };
}

/** A frame in between must not end with a line break. */
function shown(text: string, isFinal = true): string {
  const markdown = cardMarkdown(escapeMentions(text));
  return isFinal ? markdown : markdown.trimEnd();
}

/** A definite no is one for all frames to come; throttled: the same call was not executed, and may be made later. */
function afterFailure(error: unknown): "skip" | "end" | { readonly afterMs: number } {
  if (!(error instanceof ChannelError)) return "skip";
  if (error.verdict.kind === "stop" && error.outcome !== "unknown") return "end";
  if (error.platform?.code === "unknownError") return "end"; // the wrong streaming key, as a rule
  return error.verdict.kind === "retryLater" ? { afterMs: error.verdict.afterMs } : "skip";
}

function textOf(final: string | Outbound): string {
  if (typeof final === "string") return final;
  if (final.kind === "text" || final.kind === "markdown") return final.text;
  throw unsupportedError("dingtalk", `turn a growing message into ${final.kind}`);
}
