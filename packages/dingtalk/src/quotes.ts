/**
 * What quoted messages said, where the platform's callback does not carry it: files without a code, a bare reply flag, and
 * the bot's own cards. Two small indexes in the Store, of a fixed number of places: a newer message takes an older one's.
 */
import type { FileRef, Logger, MessageInbound, Quote, Store } from "@openclaw-china/core";
import { sha256Hex } from "@openclaw-china/core/internal";

/** Hexadecimal digits of a place: 65,536 places in each index. */
const PLACE_DIGITS = 4;
const KEEP_MS = 7 * 86_400_000;
/** Of a text that is kept. */
const MAX_CHARS = 4_000;

export interface Quotes {
  /** A message of ours, by its processQueryKey. Nobody waits for it. */
  noteSent(processQueryKey: string, text: string): void;
  /** The message with its quote filled in as far as is known; what it holds itself is kept for later quotes. */
  enrich(message: MessageInbound): Promise<MessageInbound>;
}

interface Known {
  readonly id: string;
  readonly text: string;
  readonly files?: readonly FileRef[];
}

export function createQuotes(deps: { readonly store: Store; readonly log: Logger; readonly account: string }): Quotes {
  const { store, log, account } = deps;
  const placeOf = (index: "in" | "out", id: string): string =>
    `quote:dingtalk:${account}:${index}:${sha256Hex(id).slice(0, PLACE_DIGITS)}`;

  const note = async (index: "in" | "out", known: Known): Promise<void> => {
    const text = known.text.slice(0, MAX_CHARS);
    try {
      await store.put(placeOf(index, known.id), JSON.stringify({ ...known, text }), KEEP_MS);
    } catch (error) {
      log.debug({ err: error, account }, "a message was not kept for later quotes");
    }
  };

  const find = async (index: "in" | "out", id: string | undefined): Promise<Known | undefined> => {
    const entry = id === undefined ? undefined : await store.get(placeOf(index, id));
    const known = entry === undefined ? undefined : (JSON.parse(entry.value) as Known);
    return known?.id === id ? known : undefined;
  };

  const resolve = async (quote: Quote, ownKey: string | undefined): Promise<Quote> => {
    if (quote.text !== "" || quote.attachments.length > 0) return quote;
    const own = await find("out", ownKey);
    if (own !== undefined) return { ...quote, text: own.text };
    const heard = await find("in", quote.id);
    return heard === undefined ? quote : { ...quote, text: heard.text, attachments: heard.files ?? [] };
  };

  return {
    noteSent: (id, text) => void note("out", { id, text }),
    async enrich(message) {
      const { id, text, attachments: files, quote, raw } = message;
      // Nobody waits for it: the message it belongs to is safe, and this is for later ones.
      if (text !== "" || files.length > 0) void note("in", { id, text, ...(files.length === 0 ? {} : { files }) });
      if (quote === undefined) return message;
      const { originalProcessQueryKey: key } = raw as { readonly originalProcessQueryKey?: unknown };
      return { ...message, quote: await resolve(quote, typeof key === "string" ? key : undefined) };
    },
  };
}
