/** The parts of one turn as core sees them: the outbox with its bodies parsed, and the names of pieces. */
import type { ChannelError } from "../errors.ts";
import type { Address } from "../model/address.ts";
import type { Sent } from "../model/outbound.ts";
import type { Claim, OutboxPart } from "../state/state.ts";
import type { StoredContent } from "./content.ts";

/** What a part's body holds. */
export interface PartBody {
  readonly v: 1;
  readonly via: "send" | "stream";
  readonly to: Address;
  /** Of a `send`. */
  readonly content?: StoredContent;
  /** What the platform knows it by, where that is not the part's own key: a growing message had that one. */
  readonly sendKey?: string;
  /** Of a stream. */
  readonly handle?: string;
  /** Final text of a stream. */
  readonly text?: string;
  /** What it holds of an answer that was still growing when the message's life ended. */
  readonly holds?: string;
  /** The answer ends with this piece. */
  readonly last?: boolean;
  readonly sent?: Sent;
  readonly error?: { readonly code: ChannelError["code"]; readonly message: string };
}

export interface Part {
  readonly key: string;
  readonly state: OutboxPart["state"];
  readonly body: PartBody;
  readonly repeatUntil?: number;
}

export interface PartBook {
  get(key: string): Part | undefined;
  /** Of one answer, in order: `key`, `key.2`, `key.3`, … */
  pieces(key: string): readonly Part[];
  all(): readonly Part[];
  /** Resolves when the write is safe. */
  put(part: Part): Promise<void>;
  /** A write nobody waits for: it shares the next commit, the last of a turn the commit that ends it. A failure that lasts shows at the next `put`. */
  note(part: Part): void;
}

/** Key of the n-th piece of an answer, from 1. */
export function pieceKey(key: string, n: number): string {
  return n === 1 ? key : `${key}.${n}`;
}

/** Reads what earlier attempts wrote; a first attempt has nothing to read. */
export async function openPartBook(claim: Claim): Promise<PartBook> {
  const parts = new Map<string, Part>();
  let failure: unknown;
  if (claim.attempt > 1 || claim.stage === "replying") {
    for (const part of await claim.outbox.parts()) parts.set(part.key, parse(part));
  }
  const put = (part: Part): Promise<void> => {
    parts.set(part.key, part);
    const { body, ...rest } = part;
    return claim.outbox.put({ ...rest, body: JSON.stringify(body) });
  };
  return {
    get: (key) => parts.get(key),
    all: () => [...parts.values()],
    pieces(key) {
      const found: Part[] = [];
      for (let n = 1; parts.has(pieceKey(key, n)); n += 1) {
        const part = parts.get(pieceKey(key, n));
        if (part !== undefined) found.push(part);
      }
      return found;
    },
    async put(part) {
      const lost = failure;
      failure = undefined;
      if (lost !== undefined) throw lost;
      await put(part);
    },
    note(part) {
      // Once more by itself, unless it is old by now: what shared its commit may have been too much for a full disk.
      const again = async (): Promise<void> => {
        if (parts.get(part.key) === part) await put(part);
      };
      put(part)
        .catch(again)
        .catch((error: unknown) => {
          failure ??= error;
        });
    },
  };
}

function parse(part: OutboxPart): Part {
  const { body, ...rest } = part;
  return { ...rest, body: JSON.parse(body) as PartBody };
}
