/**
 * One answer whose text grows, over as many messages as it needs: when a message is full, or its life at the platform ends, it
 * is finished and the text goes on in the next. The newest text wins; nothing is queued behind a slow platform.
 */
import type { Sent } from "../model/outbound.ts";
import type { DeliveryContext } from "./context.ts";
import { createGrowingPart, type FinishOptions, type GrowingPart } from "./growing.ts";
import { pieceKey } from "./parts.ts";
import { cutOnce, endFence, fits, type SplitLimits } from "./split.ts";

/** What a message ends with whose life ends before the answer does. */
const CONTINUED = "*(未完,见下一条消息 · continued in the next message)*";

export interface GrowingAnswer {
  /** The whole text so far. Never waits, never throws. */
  show(text: string): void;
  /** True when a part of it is on the screen. */
  visible(): boolean;
  /** The whole text. `before` joins the commit of the last piece. */
  finish(text: string, before?: () => Promise<void>): Promise<Sent>;
}

export function createGrowingAnswer(context: DeliveryContext, key: string): GrowingAnswer {
  const limits = limitsOf(context);
  const done: Sent[] = [];
  let n = 1;
  let consumed = 0;
  let prefix = "";
  let part = partAt(context, key, n);
  let latest = "";
  let onScreen = false;
  let pumping: Promise<void> | undefined;
  const ended = new AbortController();
  /** Of the message that is open. */
  let watched: number | undefined;
  let isDue = false;
  let failure: { readonly error: unknown } | undefined;
  let lost: { readonly error: unknown } | undefined;

  /** What may have arrived or not is told once; the pieces behind it follow all the same. */
  const finishPiece = async (text: string, options: FinishOptions): Promise<void> => {
    try {
      done.push(await part.finish(text, options));
    } catch (error) {
      if (!isLost(context, error)) throw error;
      lost ??= { error };
    }
  };

  const rest = (whole: string): string => prefix + whole.slice(consumed);

  const next = (from: number, opening: string): void => {
    consumed = from;
    prefix = opening;
    n += 1;
    part = partAt(context, key, n);
  };

  /** Passes over pieces whose life ended in an earlier attempt. False: the text has not grown beyond them yet. */
  const passEnded = async (whole: string): Promise<boolean> => {
    for (;;) {
      const holds = context.book.get(pieceKey(key, n))?.body.holds;
      if (holds === undefined) return true;
      const own = rest(whole);
      if (holds.startsWith(own) && holds !== own) return false;
      await finishPiece(holds, { last: false, holds });
      // Another text than then: the person shall have it whole.
      next(own.startsWith(holds) ? consumed + holds.length - prefix.length : consumed, endFence(holds).prefix);
    }
  };

  /** Finishes full pieces of what is known so far. False: there is nothing new to show. */
  const advance = async (whole: string): Promise<boolean> => {
    if (!(await passEnded(whole))) return false;
    while (!fits(rest(whole), limits)) {
      const cut = cutOnce(rest(whole), limits);
      await finishPiece(cut.head, { last: false });
      next(whole.length - cut.rest.length, cut.prefix);
    }
    return true;
  };

  /** The message's life ends: it is finished with what there is. */
  const endLife = async (whole: string): Promise<void> => {
    isDue = false;
    const holds = rest(whole);
    if (holds.trim() === "" || part.endsAt() === undefined) return;
    const fence = endFence(holds);
    await finishPiece(`${fence.head.trimEnd()}\n\n${CONTINUED}`, { last: false, holds });
    next(whole.length, fence.prefix);
  };

  /** Wakes the pump when the message that has been opened must end. */
  const watchLife = (): void => {
    const endsAt = part.endsAt();
    if (endsAt === undefined || endsAt === watched) return;
    watched = endsAt;
    context.clock.sleep(Math.max(0, endsAt - context.clock.now()), ended.signal).then(
      () => {
        isDue = true;
        kick();
      },
      () => "the answer was finished before",
    );
  };

  const pump = async (): Promise<void> => {
    let shown: string | undefined;
    while ((latest !== shown || isDue) && failure === undefined) {
      shown = latest;
      try {
        if (!(await advance(shown))) continue;
        if (isDue) await endLife(shown);
        if (rest(shown).slice(prefix.length).trim() === "" || !(await part.open())) continue;
        watchLife();
        onScreen = true;
        part.update(rest(shown));
      } catch (error) {
        failure = { error };
      }
    }
  };
  const kick = (): void => {
    pumping ??= pump().finally(() => {
      pumping = undefined;
    });
  };

  /** The text ended with a message whose life did: that one is the last. */
  const sealLast = async (before: (() => Promise<void>) | undefined): Promise<void> => {
    const last = context.book.get(pieceKey(key, n - 1));
    if (last === undefined) return;
    await Promise.all([context.book.put({ ...last, body: { ...last.body, last: true } }), before?.()]);
  };

  return {
    show(text) {
      latest = text;
      kick();
    },
    visible: () => onScreen || done.length > 0,
    async finish(text, before) {
      ended.abort(new Error("the answer is being finished"));
      while (pumping !== undefined) await pumping;
      if (failure !== undefined) throw failure.error;
      if (!(await advance(text))) await finishPiece(text, { last: true, ...(before === undefined ? {} : { before }) });
      else if (n > 1 && rest(text).slice(prefix.length).trim() === "") await sealLast(before);
      else await finishPiece(rest(text), { last: true, ...(before === undefined ? {} : { before }) });
      if (lost !== undefined) throw lost.error;
      return joinSent(done);
    },
  };
}

/** The outcome is unknown, and the person has been told, or shall not be. */
export function isLost(context: Pick<DeliveryContext, "lost">, error: unknown): boolean {
  return typeof error === "object" && error !== null && context.lost.has(error);
}

/** The evidence of several pieces as one: the first, with the ids of the others. */
export function joinSent(pieces: readonly Sent[]): Sent {
  const [first, ...others] = pieces;
  if (first === undefined) throw new Error("an answer has at least one piece");
  return others.length === 0 ? first : { ...first, parts: [...first.parts, ...others.map((piece) => piece.id)] };
}

function partAt(context: DeliveryContext, key: string, n: number): GrowingPart {
  const name = pieceKey(key, n);
  return createGrowingPart(context, name, context.book.get(name));
}

/** A message that grows may hold less than one that is sent; its fall-back is sent in one piece, so both limits count. */
function limitsOf({ can, channel }: DeliveryContext): SplitLimits {
  const maxChars = least(can.text.maxChars, can.stream?.maxChars);
  const maxBytes = least(can.text.maxBytes, can.stream?.maxBytes);
  const charsOf = channel.stream?.charsOf;
  return {
    ...(maxChars === undefined ? {} : { maxChars }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(charsOf === undefined ? {} : { charsOf }),
  };
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
