/**
 * The outbox steps of a part that goes out in one call: pending → trying → sent | refused | unknown. `trying` is committed
 * before the first byte; found after a crash it is an unknown outcome, never a fresh start.
 */
import { channelError, type ChannelError } from "../errors.ts";
import type { Outbound, Sent } from "../model/outbound.ts";
import { isStateAway } from "../state/journal.ts";
import { restoreContent, storeContent, withCopy } from "./content.ts";
import { type DeliveryContext, NOTICE } from "./context.ts";
import type { Part, PartBody } from "./parts.ts";
import { asChannelError, persist } from "./persist.ts";

interface Pending {
  readonly content: Outbound;
  readonly last: boolean;
  readonly sendKey?: string;
  /** Joins the same commit (the turn's `handled`). */
  readonly before?: () => Promise<void>;
}

/** Commits a part as pending. */
export async function commitPending(context: DeliveryContext, key: string, options: Pending): Promise<Part> {
  const forMs = context.channel.repeatable(context.to, options.content, context.replyTo);
  const content = await withCopy(options.content, context.copyOf);
  const body: PartBody = {
    v: 1,
    via: "send",
    to: context.to,
    content: await storeContent(content, key, context.blobs),
    ...(options.last ? { last: true } : {}),
    ...(options.sendKey === undefined ? {} : { sendKey: options.sendKey }),
  };
  const repeat = forMs > 0 ? { repeatUntil: context.clock.now() + forMs } : {};
  const part: Part = { key, state: "pending", body, ...repeat };
  await Promise.all([context.book.put(part), options.before?.()]);
  return part;
}

/** Brings a recorded part to its end, from whatever state it is in. Rejects with the platform's last word. */
export async function deliverPart(context: DeliveryContext, part: Part): Promise<Sent> {
  if (part.state === "sent" && part.body.sent !== undefined) return part.body.sent;
  if (part.state === "unknown") throw lost(context, undefined);
  if (part.state === "refused") throw recordedError(part);
  if (part.state === "trying" && !mayRepeat(context, part)) {
    context.trace("unknown", "found in flight after a restart");
    return applyPolicy(context, part, lostError(undefined));
  }
  return trySend(context, part);
}

async function trySend(context: DeliveryContext, part: Part): Promise<Sent> {
  const { book, clock } = context;
  const content = await restoreContent(part.body.content ?? { kind: "plain", outbound: NOTICE }, context.blobs);
  let trying = part.state === "trying";
  const attempt = async (): Promise<Sent> => {
    if (!trying) await book.put({ ...part, state: "trying" });
    trying = true;
    context.beforeShown();
    const { signal, replyTo } = context;
    return context.channel.send(part.body.to, content, { key: part.body.sendKey ?? part.key, replyTo, signal });
  };
  try {
    const sent = await persist(attempt, {
      clock,
      signal: context.signal,
      until: context.until,
      repeatable: () => mayRepeat(context, part),
      onRetry(error, waitMs) {
        const again = error.outcome === "unknown" && !isRepeatable(context, part) ? "resend" : "retry";
        context.trace(again, `${error.code}: ${error.message}; again in ${Math.round(waitMs)} ms`);
        if (isStateAway(error))
          context.log.warn({ err: error, key: part.key }, "a reply waits until it can be recorded");
        if (error.outcome === "unknown") return;
        trying = false;
        book.note({ ...part, state: "pending" });
      },
    });
    book.note({ ...part, state: "sent", body: { ...part.body, sent } });
    context.onSent(sent, content);
    context.trace("sent", sentDetail(sent));
    return sent;
  } catch (thrown) {
    return settleFailure(context, part, asChannelError(thrown));
  }
}

async function settleFailure(context: DeliveryContext, part: Part, error: ChannelError): Promise<Sent> {
  if (error.outcome === "unknown" && mayRepeat(context, part)) throw error; // the next attempt repeats it
  if (error.outcome === "unknown") return applyPolicy(context, part, error);
  if (error.verdict.kind !== "stop" || error.code === "aborted") {
    context.book.note({ ...part, state: "pending" });
    throw error;
  }
  await context.book.put({ ...part, state: "refused", body: { ...part.body, error: factsOf(error) } });
  context.trace("refused", `${error.code}: ${error.message}`);
  throw error;
}

/** That it is unknown, and the notice that says so, are one commit: a crash in between would leave the person untold. */
async function applyPolicy(context: DeliveryContext, part: Part, error: ChannelError): Promise<never> {
  const { book } = context;
  const isTold = context.unknownReply === "notice";
  const notice = isTold ? (book.get(noticeKey(part)) ?? commitNotice(context, part)) : undefined;
  const facts = factsOf(lostError(error));
  const [pending] = await Promise.all([
    notice,
    book.put({ ...part, state: "unknown", body: { ...part.body, error: facts } }),
  ]);
  context.trace("unknown", error.message);
  if (pending !== undefined) await sendNotice(context, pending);
  throw lost(context, error);
}

/** The person has been told, or shall not be. */
function lost(context: DeliveryContext, cause: ChannelError | undefined): ChannelError {
  const error = lostError(cause);
  context.lost.add(error);
  return error;
}

function noticeKey(part: Part): string {
  return `${part.key}!notice`;
}

function commitNotice(context: DeliveryContext, part: Part): Promise<Part> {
  return commitPending(context, noticeKey(part), { content: NOTICE, last: true });
}

/** One short line; should its own fate be unknown, that is the end of it. */
async function sendNotice(context: DeliveryContext, notice: Part): Promise<void> {
  try {
    await deliverPart({ ...context, unknownReply: "silent" }, notice);
    context.trace("notice", "the person was told that the answer may not have arrived");
  } catch (thrown) {
    const failed = asChannelError(thrown);
    context.trace("notice failed", `${failed.code}: ${failed.message}`);
  }
}

/** For the trace: the id, and the way where there are several. */
export function sentDetail({ id, via }: Sent): string {
  return via === undefined ? id : `${id} by ${via}`;
}

/** A repeat is the same message, or two are better than none. */
function mayRepeat(context: DeliveryContext, part: Part): boolean {
  return context.unknownReply === "resend" || isRepeatable(context, part);
}

function isRepeatable(context: DeliveryContext, part: Part): boolean {
  return part.repeatUntil !== undefined && context.clock.now() < part.repeatUntil;
}

function factsOf(error: ChannelError): { readonly code: ChannelError["code"]; readonly message: string } {
  return { code: error.code, message: error.message };
}

/** Nobody can say whether the message arrived. */
export function lostError(cause: ChannelError | undefined): ChannelError {
  const why = cause === undefined ? "the process ended while the request was under way" : cause.message;
  return channelError({
    code: "outcome_unknown",
    kind: cause?.kind ?? "transport",
    message: `it is unknown whether the message arrived: ${why}`,
    outcome: "unknown",
    channel: cause?.channel,
    platform: cause?.platform,
    cause,
    fix: {
      en: "Look into the chat. unknown_reply decides what happens then: notice, resend or silent.",
      zh: "请查看聊天记录。unknown_reply 决定此时的处理:notice、resend 或 silent。",
    },
  });
}

function recordedError(part: Part): ChannelError {
  const error = part.body.error;
  return channelError({
    code: error?.code ?? "platform_refused",
    kind: "platform",
    message: error?.message ?? "the platform refused this reply in an earlier attempt",
    outcome: "refused",
    fix: { en: "See the trace of the message.", zh: "请查看该消息的追踪记录。" },
  });
}
