/**
 * The outbox steps of a message that grows: prepared → open → final → sent. The handle is committed before anything is
 * visible, the final text before `finish`; updates in between are not recorded. Only a definite refusal leads to another
 * route, so that the answer is never shown twice.
 */
import type { ChannelError } from "../errors.ts";
import type { ReplyWriter, Sent } from "../model/outbound.ts";
import type { DeliveryContext } from "./context.ts";
import { commitPending, deliverPart } from "./deliver.ts";
import type { Part, PartBody } from "./parts.ts";
import { asChannelError, persist } from "./persist.ts";

/** While text still comes, opening is tried this long; then the text is gathered and opening is repeated at the end. */
const OPEN_WHILE_GROWING_MS = 5_000;

/** One growing message. Calls must not overlap. */
export interface GrowingPart {
  /** True when the platform shows it; false: it cannot, or not now. */
  open(): Promise<boolean>;
  /** Shows the text so far, if open. */
  update(text: string): void;
  /** Commits the text, with `before` in the same commit, and brings it onto the screen, by another route if need be. */
  finish(text: string, options: { readonly last: boolean; readonly before?: () => Promise<void> }): Promise<Sent>;
}

export function createGrowingPart(context: DeliveryContext, key: string, prior: Part | undefined): GrowingPart {
  const { book, clock } = context;
  let handle = prior?.body.handle;
  let writer: ReplyWriter | undefined;
  let refused: ChannelError | undefined;

  const body = (extra: Partial<PartBody>): PartBody => ({
    v: 1,
    via: "stream",
    to: context.to,
    ...(handle === undefined ? {} : { handle }),
    ...extra,
  });

  const prepare = async (): Promise<boolean> => {
    if (handle !== undefined) return true;
    if (context.channel.stream === undefined || refused !== undefined) return false;
    try {
      const { replyTo, signal } = context;
      handle = await context.channel.stream.prepare(context.to, { key, replyTo, signal });
      return true;
    } catch (thrown) {
      refused = asChannelError(thrown);
      context.trace("no stream", `${refused.code}: ${refused.message}`);
      return false;
    }
  };

  const openWriter = async (until: number): Promise<ReplyWriter | undefined> => {
    const stream = context.channel.stream;
    if (stream === undefined || handle === undefined) return undefined;
    const own = handle;
    try {
      return await persist(() => stream.open(own, context.signal), {
        clock,
        signal: context.signal,
        until,
        repeatable: () => true,
        onRetry: (error) => context.trace("retry", `open: ${error.code}: ${error.message}`),
      });
    } catch (thrown) {
      const error = asChannelError(thrown);
      if (error.outcome === "unknown" || error.verdict.kind !== "stop" || error.code === "aborted") throw error;
      refused = error;
      context.trace("stream refused", `${error.code}: ${error.message}`);
      return undefined;
    }
  };

  const finishOnce = async (text: string): Promise<Sent | undefined> => {
    writer ??= await openWriter(context.until);
    const current = writer;
    if (current === undefined) return undefined;
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
      if (error.outcome !== "refused" || error.verdict.kind !== "stop") throw error;
      context.trace("stream refused", `finish: ${error.code}: ${error.message}`);
      return undefined;
    }
  };

  return {
    async open() {
      if (writer !== undefined) return true;
      if (refused !== undefined || !(await prepare())) return false;
      if (prior === undefined) await book.put({ key, state: "prepared", body: body({}) });
      try {
        writer = await openWriter(Math.min(context.until, clock.now() + OPEN_WHILE_GROWING_MS));
      } catch (thrown) {
        context.trace("stream later", asChannelError(thrown).message);
        return false;
      }
      if (writer === undefined) return false;
      book.note({ key, state: "open", body: body({}) });
      context.trace("open");
      return true;
    },
    update(text) {
      context.beforeShown();
      writer?.update(text);
    },
    async finish(text, { last, before }) {
      if (prior?.body.via === "send") return deliverPart(context, prior); // an earlier attempt had fallen back
      const end = last ? { last: true } : {};
      let joined = before;
      if (refused === undefined && (await prepare())) {
        await Promise.all([book.put({ key, state: "final", body: body({ text, ...end }) }), before?.()]);
        joined = undefined;
        const sent = await finishStream(text);
        if (sent !== undefined) {
          book.note({ key, state: "sent", body: body({ ...end, sent }) });
          context.trace("sent", sent.id);
          return sent;
        }
      }
      context.trace("fallback", "the whole text goes as a message");
      const content = { kind: "markdown", text } as const;
      const pending = await commitPending(context, key, {
        content,
        last,
        ...(joined === undefined ? {} : { before: joined }),
      });
      return deliverPart(context, pending);
    },
  };
}
