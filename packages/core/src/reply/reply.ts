/**
 * The replies of one turn: numbered or named, delivered once over all attempts. What an earlier attempt recorded is
 * finished as recorded; what it left growing is rewritten in place.
 */
import { abortedError, ChannelError } from "../errors.ts";
import type { Address } from "../model/address.ts";
import type { Outbound, Reply, ReplyWriter, Sent } from "../model/outbound.ts";
import type { Part } from "./parts.ts";
import { pieceKey } from "./parts.ts";
import { createGrowingAnswer, isLost, joinSent } from "./answer.ts";
import { consume } from "./consume.ts";
import type { DeliveryContext } from "./context.ts";
import { commitPending, deliverPart } from "./deliver.ts";
import { createGrowingPart } from "./growing.ts";
import { asChannelError, isTransient } from "./persist.ts";
import { splitOutbound } from "./pieces.ts";

/** What is added to a message that ends before its text does. */
const INTERRUPTED = "*(已中断 · interrupted)*";

export interface ReplyOptions {
  /** Names the reply; default its number. */
  readonly key?: string;
  /** Somewhere else than where the turn's replies go. */
  readonly to?: Address;
  /** Joins the commit in which the last of the answer is recorded. */
  readonly before?: () => Promise<void>;
}

export interface Replies {
  reply(content: Reply, options?: ReplyOptions): Promise<Sent>;
  stream(): ReplyWriter;
  /** Finishes what an earlier attempt left, and waits for replies nobody waited for. Rejects when a later attempt is needed. */
  settle(): Promise<void>;
  /** True: the delivery may succeed in a later attempt; the person need not be told of an error. */
  isDeferred(error: unknown): boolean;
  /** True: the person has already been told, or shall not be. */
  isReported(error: unknown): boolean;
}

export interface RepliesOptions {
  readonly context: DeliveryContext;
  readonly turnKey: string;
  /** Of the turn: stop words, time limit, shutdown. Made when a stream needs it. */
  readonly signal: () => AbortSignal;
  /** What an abort of `signal` means for text that is on the screen. */
  readonly isShutdown: (reason: unknown) => boolean;
}

export function createReplies(options: RepliesOptions): Replies {
  const { context, turnKey } = options;
  const { book } = context;
  const touched = new Set<string>();
  const running = new Set<Promise<unknown>>();
  const deferred = new WeakSet<object>();
  const foreign = new WeakSet<object>();
  const writers = new Set<PushWriter>();
  const begun = new Map<string, Promise<Sent>>(); // by key, of this attempt
  let count = 0;
  let over = false;
  /** The last delivery that failed and may succeed in a later attempt. */
  let inVain: ChannelError | undefined;

  const isTouched = ({ key }: Part): boolean => touched.has(key) || touched.has(key.replace(/\.\d+$/, ""));

  /** Named ones take no number, so that one more or less of them shifts nothing. */
  const keyFor = (name: string | undefined): string => {
    if (name === undefined) count += 1;
    const key = `${turnKey}/${name ?? String(count)}`;
    touched.add(key).add(furtherKey(key));
    return key;
  };

  const track = (work: Promise<Sent>): Promise<Sent> => {
    const judged = work.catch((thrown: unknown) => {
      if (!(thrown instanceof ChannelError) || foreign.has(thrown) || context.lost.has(thrown)) throw thrown;
      if (isTransient(thrown) || context.signal.aborted) {
        deferred.add(thrown);
        inVain = thrown;
      }
      throw thrown;
    });
    running.add(judged);
    judged.then(
      () => running.delete(judged),
      () => running.delete(judged),
    );
    return judged;
  };

  const deliver = async (
    context: DeliveryContext,
    key: string,
    { content, before }: { readonly content: Reply; readonly before: (() => Promise<void>) | undefined },
  ): Promise<Sent> => {
    const recorded = recordedWhole(context, key);
    if (recorded !== undefined) return finishRecorded(context, recorded);
    if (isStream(content)) return deliverStream(context, key, { source: content, before });
    const outbound: Outbound = typeof content === "string" ? { kind: "markdown", text: content } : content;
    if (isEmptyText(outbound)) return nothingSent(context, key);
    const growing = book.pieces(key).filter(isGrowing);
    const isText = outbound.kind === "markdown" || outbound.kind === "text";
    if (prefersStream(context, outbound) || (isText && growing.length > 0)) {
      return createGrowingAnswer(context, key).finish(outbound.text, before);
    }
    for (const part of growing) await finishLeftOver(context, part); // text grew here, and is no text any more
    const place = growing.length === 0 ? key : furtherKey(key);
    return deliverPieces(context, place, { outbound, before });
  };

  const deliverStream = async (
    context: DeliveryContext,
    key: string,
    { source, before }: { readonly source: AsyncIterable<string>; readonly before: (() => Promise<void>) | undefined },
  ): Promise<Sent> => {
    const answer = createGrowingAnswer(context, key);
    const result = await consume(source, options.signal(), (text) => answer.show(text));
    const { text } = result;
    if (result.end === "complete") {
      return text.trim() === "" ? nothingSent(context, key) : answer.finish(text, before);
    }
    if (result.end === "failed") {
      if (text.trim() !== "") await answer.finish(text);
      if (typeof result.error === "object" && result.error !== null) foreign.add(result.error);
      throw result.error;
    }
    if (options.isShutdown(result.reason)) {
      if (!answer.visible()) throw abortedError("the process stops before anything was shown", result.reason);
      return answer.finish(`${text}\n\n${INTERRUPTED}`, before);
    }
    if (text.trim() === "") throw abortedError("the turn was called off before the first word", result.reason);
    const sent = await answer.finish(text, before);
    if (typeof result.reason !== "string") throw result.reason; // the time limit: the person is told as well
    return sent;
  };

  return {
    reply(content, { key, to, before } = {}) {
      if (over) return Promise.reject(abortedError("the turn is over; use bot.send to write later"));
      const name = keyFor(key);
      const known = begun.get(name);
      if (known !== undefined) return known;
      const place = async (): Promise<DeliveryContext> => (to === undefined ? context : context.at(to));
      const work = track(place().then((there) => deliver(there, name, { content, before })));
      begun.set(name, work);
      return work;
    },
    stream() {
      const writer = pushWriter(context, keyFor(undefined), track);
      writers.add(writer);
      return writer;
    },
    async settle() {
      for (const writer of writers) writer.abandon();
      await Promise.allSettled(running);
      let failure: ChannelError | undefined;
      for (const part of book.all()) {
        if (isFinal(part)) continue;
        if (isTouched(part) && !isGrowing(part)) {
          failure ??= inVain; // it was tried, whether or not somebody waited for it
          continue;
        }
        try {
          await track(finishLeftOver(context, part));
        } catch (thrown) {
          const error = asChannelError(thrown);
          if (deferred.has(error)) failure ??= error;
        }
      }
      over = true;
      if (failure !== undefined) throw failure;
    },
    isDeferred: (error) => typeof error === "object" && error !== null && deferred.has(error),
    isReported: (error) => isLost(context, error),
  };
}

function isStream(content: Reply): content is AsyncIterable<string> {
  return typeof content === "object" && Symbol.asyncIterator in content;
}

function isEmptyText(outbound: Outbound): boolean {
  return (outbound.kind === "markdown" || outbound.kind === "text") && outbound.text.trim() === "";
}

type Markdown = Extract<Outbound, { kind: "markdown" }>;

/** Where both exist, the answer takes the route that can be repeated: a growing message replaces itself. */
function prefersStream(context: DeliveryContext, outbound: Outbound): outbound is Markdown {
  if (outbound.kind !== "markdown" || outbound.mentions !== undefined) return false;
  return (
    context.channel.stream !== undefined && context.channel.repeatable(context.to, outbound, context.replyTo) === 0
  );
}

function nothingSent(context: DeliveryContext, key: string): Sent {
  context.trace("empty", "the handler answered with an empty text; nothing was sent");
  const { channel, account = "default" } = context.to;
  return { channel, account, id: key, sentAt: context.clock.now(), parts: [] };
}

/** All pieces are pending in one commit before the first is tried. */
async function deliverPieces(
  context: DeliveryContext,
  key: string,
  { outbound, before }: { readonly outbound: Outbound; readonly before: (() => Promise<void>) | undefined },
): Promise<Sent> {
  const contents = splitOutbound(outbound, context.can.text);
  const parts = await Promise.all(
    contents.map((content, index) => {
      const last = index === contents.length - 1;
      const joined = last && before !== undefined ? { before } : {};
      return commitPending(context, pieceKey(key, index + 1), { content, last, ...joined });
    }),
  );
  return finishRecorded(context, parts);
}

/** A piece whose fate is unknown is told once; those behind it follow all the same. */
async function finishRecorded(context: DeliveryContext, parts: readonly Part[]): Promise<Sent> {
  const sent: Sent[] = [];
  let lost: { readonly error: unknown } | undefined;
  for (const part of parts) {
    try {
      sent.push(await finishPart(context.at(part.body.to), part));
    } catch (error) {
      if (!isLost(context, error)) throw error;
      lost ??= { error };
    }
  }
  if (lost !== undefined) throw lost.error;
  return joinSent(sent);
}

/** Where the rest of an answer goes that began as growing text and ends as something else. */
function furtherKey(key: string): string {
  return `${key}+`;
}

/** The parts of an answer that an earlier attempt, or an earlier call, has recorded to its end. */
function recordedWhole({ book }: DeliveryContext, key: string): readonly Part[] | undefined {
  const own = book.pieces(key);
  if (own.at(-1)?.body.last === true) return own;
  const further = book.pieces(furtherKey(key));
  return further.at(-1)?.body.last === true ? [...own, ...further] : undefined;
}

function finishPart(context: DeliveryContext, part: Part): Promise<Sent> {
  const { via, text, last = false } = part.body;
  if (via === "send" || isFinal(part)) return deliverPart(context, part);
  return createGrowingPart(context, part.key, part).finish(text ?? INTERRUPTED, { last });
}

/** Of an earlier attempt and not touched by this one. */
function finishLeftOver(context: DeliveryContext, part: Part): Promise<Sent> {
  context.trace("left over", `${part.key} was ${part.state}`);
  const place = context.at(part.body.to);
  const isNotice = part.key.endsWith("!notice");
  return finishPart(isNotice ? { ...place, unknownReply: "silent" } : place, part);
}

function isGrowing(part: Part): boolean {
  return part.state === "prepared" || part.state === "open";
}

function isFinal(part: Part): boolean {
  return part.state === "sent" || part.state === "refused" || part.state === "unknown";
}

interface PushWriter extends ReplyWriter {
  /** The turn is over: what is on the screen is finished. */
  abandon(): void;
}

function pushWriter(context: DeliveryContext, key: string, track: (work: Promise<Sent>) => Promise<Sent>): PushWriter {
  const answer = createGrowingAnswer(context, key);
  const recorded = recordedWhole(context, key); // an earlier attempt was done with it: it stays as it is
  let latest = "";
  let ended = recorded !== undefined;
  const finishWith = async (final: Outbound): Promise<Sent> => {
    if (final.kind === "text" || final.kind === "markdown") return answer.finish(final.text);
    const shown = answer.visible() ? [await answer.finish(latest)] : [];
    return joinSent([...shown, await deliverPieces(context, furtherKey(key), { outbound: final, before: undefined })]);
  };
  return {
    update(text) {
      if (ended) return;
      latest = text;
      answer.show(text);
    },
    finish(final) {
      ended = true;
      if (recorded !== undefined) return track(finishRecorded(context, recorded));
      return track(finishWith(typeof final === "string" ? { kind: "markdown", text: final } : final));
    },
    async fail(reason) {
      ended = true;
      if (recorded !== undefined) return void (await track(finishRecorded(context, recorded)));
      await track(answer.finish(latest === "" ? `⚠️ ${reason}` : `${latest}\n\n⚠️ ${reason}`));
    },
    abandon() {
      if (ended || latest === "") return;
      ended = true;
      track(answer.finish(`${latest}\n\n${INTERRUPTED}`)).catch((error: unknown) =>
        context.log.warn({ err: error, key }, "a message that was left growing could not be finished"),
      );
    },
  };
}
