/**
 * One answer whose text grows, over as many messages as it needs: when a message is full, it is finished and the text goes
 * on in the next. The newest text wins; nothing is queued behind a slow platform.
 */
import type { Sent } from "../model/outbound.ts";
import type { DeliveryContext } from "./context.ts";
import { createGrowingPart, type GrowingPart } from "./growing.ts";
import { pieceKey } from "./parts.ts";
import { cutOnce, fits, type SplitLimits } from "./split.ts";

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
  let failure: { readonly error: unknown } | undefined;
  let lost: { readonly error: unknown } | undefined;

  /** What may have arrived or not is told once; the pieces behind it follow all the same. */
  const finishPiece = async (text: string, options: Parameters<GrowingPart["finish"]>[1]): Promise<void> => {
    try {
      done.push(await part.finish(text, options));
    } catch (error) {
      if (!isLost(context, error)) throw error;
      lost ??= { error };
    }
  };

  const rest = (whole: string): string => prefix + whole.slice(consumed);

  /** Finishes full pieces of what is known so far. */
  const advance = async (whole: string): Promise<void> => {
    while (!fits(rest(whole), limits)) {
      const cut = cutOnce(rest(whole), limits);
      await finishPiece(cut.head, { last: false });
      consumed = whole.length - cut.rest.length;
      prefix = cut.prefix;
      n += 1;
      part = partAt(context, key, n);
    }
  };

  const pump = async (): Promise<void> => {
    let shown: string | undefined;
    while (latest !== shown && failure === undefined) {
      shown = latest;
      try {
        await advance(shown);
        if (rest(shown).trim() === "" || !(await part.open())) continue;
        onScreen = true;
        part.update(rest(shown));
      } catch (error) {
        failure = { error };
      }
    }
  };

  return {
    show(text) {
      latest = text;
      pumping ??= pump().finally(() => {
        pumping = undefined;
      });
    },
    visible: () => onScreen || done.length > 0,
    async finish(text, before) {
      while (pumping !== undefined) await pumping;
      if (failure !== undefined) throw failure.error;
      await advance(text);
      await finishPiece(rest(text), { last: true, ...(before === undefined ? {} : { before }) });
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
