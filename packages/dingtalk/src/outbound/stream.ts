/**
 * Answers that grow in an AI card. The card's id is derived from the part's key, so every repeat means the same card: after
 * an unknown outcome that card is updated first, and "no such card" is the only permission to create it.
 */
import {
  type Address,
  ChannelError,
  type Clock,
  type DeliveryOptions,
  type Logger,
  type Outbound,
  type ReplyWriter,
  type Sent,
  type Streaming,
} from "@openclaw-china/core";
import { channelError, sha256Hex, unsupportedError } from "@openclaw-china/core/internal";
import { createAndDeliver, streamCard, updateCard } from "../api/cards.ts";
import type { Client } from "../api/client.ts";
import type { ReplyTo } from "../inbound/normalise.ts";
import { cardMarkdown, escapeMentions } from "./render.ts";

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
    async open(text, signal) {
      const handle = JSON.parse(text) as CardHandle;
      const isFresh = fresh.delete(handle.outTrackId);
      const carrierId = await (isFresh ? createCard(deps, handle, signal) : takeUpOrCreate(deps, handle, signal));
      return createCardWriter(deps, { handle, carrierId, signal, active });
    },
  };
}

function spaceOf(to: Address, options: DeliveryOptions): string | undefined {
  if (to.kind === "group") return `dtv1.card//IM_GROUP.${to.id}`;
  const reply = options.replyTo as ReplyTo | undefined;
  if (reply === undefined) return `dtv1.card//IM_ROBOT.${to.id}`;
  return reply.staffId === undefined ? undefined : `dtv1.card//IM_ROBOT.${reply.staffId}`;
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
    const code = error instanceof ChannelError ? (error.platform?.code ?? "") : "";
    if (!/cardNotExist|stream\.outTrackId/i.test(code)) throw error;
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

/** One request at a time; the newest text wins; what fails in between is never shown. */
function createCardWriter(deps: StreamDeps, card: Card): ReplyWriter {
  const { client, clock, log } = deps;
  const { handle, signal, active } = card;
  const ended = new AbortController();
  let latest: string | undefined;
  let soFar = "";
  let pumping: Promise<void> | undefined;
  let frames = 0;
  active.touch(handle.outTrackId);

  const frame = (text: string, end: { readonly isFinalize: boolean; readonly isError: boolean }) => {
    frames += 1;
    // Final frames of every process repeat one guid: a second is the first again.
    const guid = end.isFinalize
      ? sha256Hex(`${handle.outTrackId} final ${text}`)
      : `${handle.outTrackId}-${crypto.randomUUID()}`;
    return streamCard(
      client,
      { outTrackId: handle.outTrackId, guid, key: handle.streamingKey, content: shown(text), ...end },
      signal,
    );
  };

  const switchTo = async (flowStatus: string, text: string): Promise<void> => {
    if (handle.ownTemplate) return;
    await updateCard(client, handle.outTrackId, { flowStatus, [handle.streamingKey]: shown(text) }, signal);
  };

  const pump = async (): Promise<void> => {
    while (latest !== undefined && !ended.signal.aborted) {
      const text = latest;
      latest = undefined;
      active.touch(handle.outTrackId);
      try {
        if (frames === 0) await switchTo(FLOW.inputting, text);
        await frame(text, { isFinalize: false, isError: false });
      } catch (error) {
        log.debug(
          { err: error, card: handle.outTrackId },
          "a frame in between was not shown; the next carries its text",
        );
      }
      const interval = deps.minIntervalMs * Math.max(1, active.count() / 4);
      await clock.sleep(interval, ended.signal).catch(() => "the end does not wait for the pace");
    }
  };

  const stopGrowing = async (): Promise<void> => {
    ended.abort(new Error("the card is being finished"));
    latest = undefined;
    await pumping;
    active.end(handle.outTrackId);
  };

  const finish = async (text: string): Promise<Sent> => {
    await stopGrowing();
    if (frames === 0) await switchTo(FLOW.inputting, text);
    try {
      await frame(text, { isFinalize: true, isError: false });
    } catch (error) {
      if (error instanceof ChannelError && error.platform?.code === "unknownError") return giveUpCard(error);
      if (!(error instanceof ChannelError) || error.outcome === "unknown" || error.verdict.kind === "retryLater")
        throw error;
      await finishByUpdate(error, text);
      return evidence(text);
    }
    await switchTo(FLOW.finished, text);
    return evidence(text);
  };

  /** Repeated, and still no reason given: the streaming key is no variable of the template. The text goes another way. */
  const giveUpCard = async (refusal: ChannelError): Promise<never> => {
    if (!handle.ownTemplate) await updateCard(client, handle.outTrackId, { flowStatus: FLOW.failed }, signal);
    throw definite(refusal);
  };

  /** The streaming interface said no (finalised before, or wrong key): the variables can still be set. */
  const finishByUpdate = async (refusal: ChannelError, text: string): Promise<void> => {
    try {
      const variables = { flowStatus: FLOW.finished, [handle.streamingKey]: shown(text) };
      await updateCard(client, handle.outTrackId, variables, signal);
    } catch (error) {
      if (error instanceof ChannelError && error.outcome === "unknown") throw error;
      throw definite(refusal);
    }
  };

  const evidence = (_text: string): Sent => ({
    channel: "dingtalk",
    account: deps.account,
    id: handle.outTrackId,
    handle: { card: handle.outTrackId, processQueryKey: card.carrierId },
    sentAt: clock.now(),
    parts: [],
  });

  return {
    update(text) {
      if (ended.signal.aborted) return;
      latest = text;
      soFar = text;
      pumping ??= pump().finally(() => {
        pumping = undefined;
      });
    },
    finish: (final) => finish(textOf(final)),
    async fail(reason) {
      const text = `${soFar}\n\n⚠️ ${reason}`.trim();
      await stopGrowing();
      await frame(text, { isFinalize: true, isError: true });
      await switchTo(FLOW.failed, text);
    },
  };
}

function shown(text: string): string {
  return cardMarkdown(escapeMentions(text));
}

function textOf(final: string | Outbound): string {
  if (typeof final === "string") return final;
  if (final.kind === "text" || final.kind === "markdown") return final.text;
  throw unsupportedError("dingtalk", `turn a growing message into ${final.kind}`);
}

/** The platform's no as one that time will not heal, so that the text goes another way. */
function definite(error: ChannelError): ChannelError {
  const { code, kind, message, fix, channel, platform } = error;
  return channelError({
    code,
    kind,
    message,
    fix,
    channel,
    platform,
    outcome: "refused",
    verdict: { kind: "stop" },
    cause: error,
  });
}
