/** How long a connection rests between two links: what it remembers of those before decides. */
import type { Clock } from "../clock.ts";
import type { ChannelError } from "../errors.ts";
import { backoffMs, fatalBackoffMs } from "./backoff.ts";

export interface Pauses {
  /** A link is live. */
  begun(): void;
  /** It has been live for long enough to count as healed. */
  proved(): void;
  /** An attempt has failed, or a link has ended: the outage begins, if none is under way. */
  lost(): void;
  afterLink(isRetired: boolean): number;
  afterFailure(error: ChannelError, isFatal: boolean): number;
  /** Somebody else has taken the connection: long, and longer each time. */
  afterEviction(): number;
  /** Links that have ended as soon as they were live, several in a row: somebody else takes the connection each time. */
  isFight(): boolean;
}

/** A link this short was not ended by chance. */
const SHORT_MS = 10_000;
const FIGHT_LINKS = 3;
/** Whoever held the connection for this long has won it back. */
const WON_BACK_MS = 600_000;

export function createPauses({ now, random }: Pick<Clock, "now" | "random">): Pauses {
  let failures = 0;
  let refusals = 0;
  let evictions = 0;
  let shortLinks = 0;
  let liveSince: number | undefined;
  let outageSince: number | undefined;

  const outageMs = (): number => now() - (outageSince ?? now());
  const endLink = (): void => {
    if (liveSince === undefined) return;
    const livedMs = now() - liveSince;
    shortLinks = livedMs < SHORT_MS ? shortLinks + 1 : 0;
    if (livedMs >= WON_BACK_MS) evictions = 0;
    liveSince = undefined;
  };

  return {
    begun() {
      refusals = 0;
      outageSince = undefined;
      liveSince = now();
    },
    proved() {
      failures = 0;
    },
    lost() {
      outageSince ??= now();
      endLink();
    },
    afterLink(isRetired) {
      endLink();
      // The successor of a retired link is dialled at once, unless links end as soon as they begin.
      const waitMs = isRetired && failures === 0 ? 0 : backoffMs(failures, outageMs(), random);
      failures += 1; // forgiven once the next link has proved itself
      return waitMs;
    },
    afterFailure(error, isFatal) {
      if (isFatal) {
        refusals += 1;
        return fatalBackoffMs(refusals - 1, random);
      }
      failures += 1;
      const waitMs = backoffMs(failures, outageMs(), random);
      return error.verdict.kind === "retryLater" ? Math.max(waitMs, error.verdict.afterMs) : waitMs;
    },
    afterEviction() {
      evictions += 1;
      return fatalBackoffMs(evictions - 1, random);
    },
    isFight: () => shortLinks >= FIGHT_LINKS,
  };
}
