/** The status of a connection as it changes: steps the table allows, and the newest evidence of life. */
import type { Clock } from "../clock.ts";
import { createFeed } from "../feed.ts";
import type { ConnectionStatus, Holder } from "../model/channel.ts";
import type { Socket } from "./socket.ts";
import { transition } from "./states.ts";

export interface StatusRecord {
  /** With the frames a channel never sees, pongs above all. */
  current(): ConnectionStatus;
  /** The step, which the table must allow; an error stays only where it is given again. */
  set(state: ConnectionStatus["state"], change?: Partial<ConnectionStatus>): void;
  /** A frame came in; `inbound`: it was a message or an event. */
  noteFrame(inbound: boolean): void;
  /** Who else holds the same; empty: nobody. */
  setOthers(others: readonly Holder[]): void;
  /** A link is about to be forgotten: what it has heard is kept. */
  keepEvidence(): void;
  watch(): AsyncIterable<ConnectionStatus>;
  close(): void;
}

export function createStatusRecord(clock: Pick<Clock, "now">, sockets: ReadonlySet<Socket>): StatusRecord {
  let status: ConnectionStatus = { state: "idle", since: clock.now(), attempts: 0 };
  const current = (): ConnectionStatus => {
    const seen = [...sockets].flatMap((socket) => socket.lastFrameAt() ?? []);
    const lastFrameAt = Math.max(status.lastFrameAt ?? 0, ...seen);
    return lastFrameAt === (status.lastFrameAt ?? 0) ? status : { ...status, lastFrameAt };
  };
  const feed = createFeed(current);
  return {
    current,
    set(state, change = {}) {
      const { error: _, ...rest } = status;
      const since = state === status.state ? status.since : clock.now();
      status = { ...rest, state: transition(status.state, state), since, ...change };
      feed.touch();
    },
    noteFrame(inbound) {
      const at = clock.now();
      status = { ...status, lastFrameAt: at, ...(inbound ? { lastInboundAt: at } : {}) };
    },
    setOthers(others) {
      const { others: _, ...rest } = status;
      status = others.length === 0 ? rest : { ...rest, others };
      feed.touch();
    },
    keepEvidence() {
      status = current();
    },
    watch: () => feed.watch(),
    close: feed.close,
  };
}
