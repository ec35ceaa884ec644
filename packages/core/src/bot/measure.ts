/** What a bot counts of itself: from the lines of its traces, and by timing what goes out. */
import type { Clock } from "../clock.ts";
import { ChannelError } from "../errors.ts";
import type { OpenChannel, Streaming } from "../model/channel.ts";
import type { ReplyWriter } from "../model/outbound.ts";
import type { TraceLine } from "../state/state.ts";
import { createMetrics, type Definitions, type Labels, type Metrics } from "../trace/metrics.ts";

const INBOUND = "openclaw_china_inbound_total";
const TURNS = "openclaw_china_turns_total";
const REPLIES = "openclaw_china_replies_total";
const SEND = "openclaw_china_send_seconds";

const DEFINITIONS: Definitions = {
  [INBOUND]: {
    kind: "counter",
    help: "What came in: accepted, duplicate, refused by a rule, or busy (the platform repeats it).",
  },
  [TURNS]: { kind: "counter", help: "Turns that have ended: done, failed (the handler threw), or given_up." },
  [REPLIES]: { kind: "counter", help: "Messages of turns: sent, refused by the platform, or of unknown fate." },
  [SEND]: {
    kind: "histogram",
    help: "Seconds until the platform confirmed a message, or refused it; of one that grows, its last state.",
  },
};

/** By hop and outcome of a trace line. */
const COUNTED: Readonly<Record<string, readonly [name: string, outcome: string]>> = {
  "claim accepted": [INBOUND, "accepted"],
  "claim duplicate": [INBOUND, "duplicate"],
  "claim busy": [INBOUND, "busy"],
  "admit refused": [INBOUND, "refused"],
  "turn given up": [TURNS, "given_up"],
  "reply sent": [REPLIES, "sent"],
  "reply refused": [REPLIES, "refused"],
  "reply unknown": [REPLIES, "unknown"],
};

/** Turns whose handler has failed and that have not ended yet, at the most. */
const MAX_FAILED = 10_000;

export interface Measures extends Pick<Metrics, "read"> {
  /** One line of a trace. */
  note(key: string, line: Pick<TraceLine, "hop" | "outcome">): void;
  /** The same channel, with a stop-watch. */
  timed(open: OpenChannel, labels: Labels): OpenChannel;
}

export function createMeasures(clock: Pick<Clock, "now">): Measures {
  const metrics = createMetrics(DEFINITIONS);
  const failed = new Set<string>();

  /** A turn whose handler failed ends as well, once the person has been told. */
  const noteTurn = (key: string, outcome: string): void => {
    if (outcome === "failed" && failed.size < MAX_FAILED) failed.add(key);
    if (outcome === "done") metrics.count(TURNS, { ...placeOf(key), outcome: failed.delete(key) ? "failed" : "done" });
  };

  const watch = async <T>(labels: Labels, work: () => Promise<T>): Promise<T> => {
    const since = clock.now();
    let outcome = "sent";
    try {
      return await work();
    } catch (error) {
      outcome = error instanceof ChannelError ? error.outcome : "unknown";
      throw error;
    } finally {
      metrics.observe(SEND, { ...labels, outcome }, (clock.now() - since) / 1_000);
    }
  };

  const timedStream = (stream: Streaming, labels: Labels): Streaming => ({
    ...stream,
    async open(handle, signal) {
      const writer: ReplyWriter = await stream.open(handle, signal);
      return { ...writer, finish: (final) => watch(labels, () => writer.finish(final)) };
    },
  });

  return {
    read: metrics.read,
    note(key, { hop, outcome }) {
      const counted = COUNTED[`${hop} ${outcome}`];
      if (counted !== undefined) metrics.count(counted[0], { ...placeOf(key), outcome: counted[1] });
      else if (hop === "turn") noteTurn(key, outcome);
    },
    timed: (open, labels) => ({
      ...open,
      send: (...args) => watch({ ...labels, via: "send" }, () => open.send(...args)),
      ...(open.stream === undefined ? {} : { stream: timedStream(open.stream, { ...labels, via: "stream" }) }),
    }),
  };
}

/** `channel:account:id`. */
function placeOf(key: string): { readonly channel: string; readonly account: string } {
  const [channel = "", account = ""] = key.split(":", 2);
  return { channel, account };
}
