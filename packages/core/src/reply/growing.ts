/**
 * The outbox steps of a message that grows: prepared → open → final → sent. The handle is committed before anything is
 * visible, the final text before `finish`; updates in between are not recorded. Only a definite refusal leads to another
 * route, so that the answer is never shown twice.
 */
import type { ReplyWriter, Sent } from "../model/outbound.ts";
import type { DeliveryContext } from "./context.ts";
import { commitPending, deliverPart, sentDetail } from "./deliver.ts";
import type { Part, PartBody } from "./parts.ts";
import { asChannelError, isFinalNo, persist } from "./persist.ts";

/** While text still comes, opening is tried this long; then the text is gathered and opening is repeated at the end. */
const OPEN_WHILE_GROWING_MS = 5_000;

/** A message that the platform would not finish is ended with this much patience. */
const END_REFUSED_MS = 10_000;
/** What a message that the platform would not finish ends with. */
const ELSEWHERE = "内容见下一条消息 · continued in the next message";

/** One growing message. Calls must not overlap. */
export interface GrowingPart {
  /** True when the platform shows it; false: it cannot, or not now. */
  open(): Promise<boolean>;
  /** ms since 1970 when the platform takes no more of it. Undefined: it is not open, or takes more for ever. */
  endsAt(): number | undefined;
  /** Shows the text so far, if open. */
  update(text: string): void;
  /** Commits the text, with `before` in the same commit, and brings it onto the screen, by another route if need be. */
  finish(text: string, options: FinishOptions): Promise<Sent>;
}

/** How a growing message ends. */
export interface FinishOptions {
  readonly last: boolean;
  readonly before?: () => Promise<void>;
  /** What it holds of the answer, where its life ends before the answer does. */
  readonly holds?: string;
}

/** The platform's side of it: a handle, and the writer that handle opens to. */
interface Opening {
  readonly handle: () => string | undefined;
  /** The platform has definitely said no: another route may be taken. */
  readonly isRefused: () => boolean;
  prepare(): Promise<boolean>;
  /** Undefined: refused. Rejects with what may heal. */
  open(until: number): Promise<ReplyWriter | undefined>;
}

function createOpening(context: DeliveryContext, key: string, prior: Part | undefined): Opening {
  const { stream } = context.channel;
  let handle = prior?.body.handle;
  let refused = false;
  return {
    handle: () => handle,
    isRefused: () => refused,
    async prepare() {
      if (handle !== undefined) return true;
      if (stream === undefined || refused) return false;
      try {
        const { replyTo, signal } = context;
        handle = await stream.prepare(context.to, { key, replyTo, signal });
        return true;
      } catch (thrown) {
        refused = true;
        const error = asChannelError(thrown);
        context.trace("no stream", `${error.code}: ${error.message}`);
        return false;
      }
    },
    async open(until) {
      if (stream === undefined || handle === undefined) return undefined;
      const own = handle;
      try {
        return await persist(() => stream.open(own, context.signal), {
          clock: context.clock,
          signal: context.signal,
          until,
          repeatable: () => true,
          onRetry: (error) => context.trace("retry", `open: ${error.code}: ${error.message}`),
        });
      } catch (thrown) {
        const error = asChannelError(thrown);
        if (!isFinalNo(error)) throw error;
        refused = true;
        context.trace("stream refused", `${error.code}: ${error.message}`);
        return undefined;
      }
    },
  };
}

export function createGrowingPart(context: DeliveryContext, key: string, prior: Part | undefined): GrowingPart {
  const { book, clock } = context;
  const opening = createOpening(context, key, prior);
  let writer: ReplyWriter | undefined;
  let shownBy: ReplyWriter | undefined;
  let openedAt = 0;
  /** An earlier attempt has given it its last text: that stays. */
  const isEnded = prior?.state === "sent" || prior?.state === "final";

  const body = (extra: Partial<PartBody>): PartBody => {
    const handle = opening.handle();
    return { v: 1, via: "stream", to: context.to, ...(handle === undefined ? {} : { handle }), ...extra };
  };

  const finishOnce = async (text: string): Promise<Sent | undefined> => {
    writer ??= await opening.open(context.until);
    const current = writer;
    if (current === undefined) return undefined;
    shownBy = current;
    context.beforeShown();
    try {
      return await current.finish(text);
    } catch (thrown) {
      writer = undefined; // the next try takes the message up again by its handle
      throw thrown;
    }
  };

  const finishStream = async (text: string): Promise<Sent | undefined> => {
    try {
      return await persist(() => finishOnce(text), {
        clock,
        signal: context.signal,
        until: context.until,
        repeatable: () => true,
        onRetry: (error) => context.trace("retry", `finish: ${error.code}: ${error.message}`),
      });
    } catch (thrown) {
      const error = asChannelError(thrown);
      if (!isFinalNo(error)) throw error;
      context.trace("stream refused", `finish: ${error.code}: ${error.message}`);
      return undefined;
    }
  };

  /** What was shown shall not grow for ever: it ends with where the text went. Best effort, behind the text itself. */
  const endRefused = async (): Promise<void> => {
    const left = shownBy;
    if (left === undefined) return;
    try {
      const until = Math.min(context.until, clock.now() + END_REFUSED_MS);
      await persist(() => left.fail(ELSEWHERE), { clock, signal: context.signal, until, repeatable: () => true });
    } catch (thrown) {
      context.trace("left growing", asChannelError(thrown).message);
    }
  };

  return {
    async open() {
      if (writer !== undefined) return true;
      if (isEnded || opening.isRefused() || !(await opening.prepare())) return false;
      if (prior === undefined) await book.put({ key, state: "prepared", body: body({}) });
      try {
        writer = await opening.open(Math.min(context.until, clock.now() + OPEN_WHILE_GROWING_MS));
      } catch (thrown) {
        context.trace("stream later", asChannelError(thrown).message);
        return false;
      }
      if (writer === undefined) return false;
      openedAt = clock.now();
      book.note({ key, state: "open", body: body({}) });
      context.trace("open");
      return true;
    },
    endsAt() {
      if (writer === undefined) return undefined;
      const lifeMs = context.can.stream?.maxLifeMs;
      return writer.endsAt ?? (lifeMs === undefined ? undefined : openedAt + lifeMs);
    },
    update(text) {
      context.beforeShown();
      try {
        writer?.update(text);
      } catch (thrown) {
        context.trace("update failed", String(thrown)); // progress is best effort, the final text is not
      }
    },
    async finish(newText, { last, before, holds }) {
      if (prior?.body.via === "send" || prior?.state === "sent") {
        await before?.();
        return deliverPart(context, prior); // an earlier attempt had fallen back, or was done with it
      }
      const text = prior?.state === "final" ? (prior.body.text ?? newText) : newText;
      const end = { ...(last ? { last: true } : {}), ...(holds === undefined ? {} : { holds }) };
      let joined = before;
      if (!opening.isRefused() && (await opening.prepare())) {
        await Promise.all([book.put({ key, state: "final", body: body({ text, ...end }) }), before?.()]);
        joined = undefined;
        const sent = await finishStream(text);
        if (sent !== undefined) {
          book.note({ key, state: "sent", body: body({ ...end, sent }) });
          context.trace("sent", sentDetail(sent));
          return sent;
        }
      }
      context.trace("fallback", "the whole text goes as a message");
      const content = { kind: "markdown", text } as const;
      const pending = await commitPending(context, key, {
        content,
        last,
        sendKey: `${key}~`, // a repeat of the key that the growing message has would be that message
        ...(joined === undefined ? {} : { before: joined }),
      });
      try {
        return await deliverPart(context, pending);
      } finally {
        await endRefused();
      }
    },
  };
}
