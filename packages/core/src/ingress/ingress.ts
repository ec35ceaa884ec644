/**
 * The way in: admit, then one durable, deduplicating write. Called by every channel as `sink.offer`; resolves when the
 * message is safe, never when it is answered.
 */
import { admit } from "../admit/admit.ts";
import type { Clock } from "../clock.ts";
import type { Deadlines } from "../deadlines.ts";
import type { Logger } from "../log.ts";
import type { Channel, OpenChannel, Settled, Sink } from "../model/channel.ts";
import type { Inbound } from "../model/inbound.ts";
import type { Inbox, InboxEntry } from "../state/state.ts";
import type { Tracer } from "../trace/trace.ts";
import type { Fetches } from "./fetch.ts";
import { keyOf, laneOf, queueOf } from "./lane.ts";
import { type StopOrder, stopOrderOf } from "./stop.ts";

export interface IngressOptions {
  readonly channel: Pick<Channel, "id" | "account" | "access">;
  readonly inbox: Pick<Inbox, "offer" | "stop">;
  readonly tracer: Pick<Tracer, "add">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Logger;
  readonly maxAgeMs: number;
  /** How long a write may take before the platform is told that it is busy. */
  readonly offers: Deadlines;
  readonly stopWords: ReadonlySet<string>;
  /** By key, what the stops that are carried out here have done, so that their own turns need not; shared with the runner. */
  readonly stopped: Map<string, Promise<boolean | undefined>>;
  /** Copies the files of what was accepted, by `open`. */
  readonly fetches: Pick<Fetches, "begin">;
  readonly open: Pick<OpenChannel, "download">;
}

/** Keys remembered in front of the inbox: most redeliveries come within minutes and never reach the disk. */
const REMEMBERED = 10_000;
/** Forgotten at a time: the way to the oldest leads over those forgotten before. */
const FORGOTTEN_AT_ONCE = 1_000;

export function createIngress(options: IngressOptions): Sink {
  const { channel, inbox, tracer, clock, log } = options;
  const seen = new Set<string>();

  const remember = (key: string): void => {
    seen.add(key);
    if (seen.size < REMEMBERED + FORGOTTEN_AT_ONCE) return;
    for (const oldest of seen) {
      if (seen.size <= REMEMBERED) break;
      seen.delete(oldest);
    }
  };

  /** What is written late all the same is a duplicate when the platform repeats it. */
  const inTime = <T>(offer: Promise<T>): Promise<T | "late"> =>
    new Promise((resolve, reject) => {
      const deadline = options.offers.start(() => resolve("late"));
      offer.then(resolve, reject).finally(deadline.cancel);
    });

  const claim = async (entry: InboxEntry): Promise<Settled> => {
    try {
      const outcome = await inTime(inbox.offer(entry));
      if (outcome === "full" || outcome === "late") {
        tracer.add(entry.key, "claim", "busy", outcome === "full" ? "the inbox is full" : "the write takes too long");
        return "busy";
      }
      tracer.add(entry.key, "claim", outcome);
      remember(entry.key);
      if (outcome === "accepted") options.fetches.begin(entry, options.open);
      return outcome;
    } catch (error) {
      log.error(
        { err: error, key: entry.key },
        "the inbox could not take a message; the platform is asked to repeat it",
      );
      tracer.add(entry.key, "claim", "busy", String(error));
      return "busy";
    }
  };

  const stop = async (key: string, order: StopOrder): Promise<boolean | undefined> => {
    try {
      return await inbox.stop(order.lane, order.reason, order.only);
    } catch (error) {
      log.warn({ err: error, key }, "a stop could not be carried out at once; its own turn repeats it");
      return undefined;
    }
  };

  /** Its own turn may begin before it is carried out, and waits for that. */
  const claimStop = async (entry: InboxEntry, order: StopOrder): Promise<Settled> => {
    if (options.stopped.has(entry.key)) return claim(entry); // the same again, at the same time
    const carriedOut = Promise.withResolvers<boolean | undefined>();
    options.stopped.set(entry.key, carriedOut.promise);
    const settled = await claim(entry);
    if (settled !== "accepted") options.stopped.delete(entry.key);
    carriedOut.resolve(settled === "accepted" ? await stop(entry.key, order) : undefined);
    return settled;
  };

  return {
    async offer(inbound: Inbound): Promise<Settled> {
      const key = keyOf(inbound);
      if (seen.has(key)) {
        tracer.add(key, "claim", "duplicate");
        return "duplicate";
      }
      const refusal = admit(inbound, {
        access: channel.access,
        nowMs: clock.now(),
        maxAgeMs: options.maxAgeMs,
      });
      if (refusal !== undefined) {
        tracer.add(key, "admit", "refused", `${refusal.rule}: ${refusal.detail}`);
        return "refused";
      }
      const order = stopOrderOf(inbound, options.stopWords);
      const lane = order === undefined ? laneOf(inbound) : `alone:${key}`;
      const queue = queueOf({ channel: channel.id, account: channel.account });
      const entry = { version: 1, key, queue, lane, inbound } as const;
      return order === undefined ? claim(entry) : claimStop(entry, order);
    },
  };
}
