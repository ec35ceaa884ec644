/** A channel that listens on a simulator, with a sink in the hands of the test. */
import type { Inbound, Listener, Runtime, Settled } from "@openclaw-china/core";
import { createQuotas, createTransport, memoryStateAt, systemClock } from "@openclaw-china/core/internal";
import { createDingTalk, type DingTalkOptions } from "@openclaw-china/dingtalk";
import {
  createDingTalkSimulator,
  type DingTalkSimulator,
  type DingTalkSimulatorOptions,
  type FakeClock,
  recorder,
  type Recorder,
} from "@openclaw-china/testkit";
import { onTestFinished } from "vitest";

export interface EdgeSession {
  readonly sim: DingTalkSimulator;
  readonly listener: Listener;
  readonly offered: readonly Inbound[];
  readonly log: Recorder;
  /** The acknowledgement of a delivery, once it is there. */
  ack(messageId: string): Promise<unknown>;
}

export interface EdgeOptions extends Pick<DingTalkSimulatorOptions, "assume"> {
  readonly clock?: FakeClock;
  readonly options?: DingTalkOptions;
  /** What the sink says; default `accepted`. */
  readonly settle?: (inbound: Inbound) => Promise<Settled>;
}

/** Listening, and live unless `isLive` is false. */
export async function edgeSession({ clock, assume, options, settle }: EdgeOptions = {}): Promise<EdgeSession> {
  const sim = await createDingTalkSimulator({
    ...(clock === undefined ? {} : { clock }),
    ...(assume === undefined ? {} : { assume }),
  });
  const { runtime, log, close } = runtimeAt(clock);
  const offered: Inbound[] = [];
  const offer = (inbound: Inbound): Promise<Settled> => {
    offered.push(inbound);
    return settle === undefined ? Promise.resolve("accepted") : settle(inbound);
  };
  const channel = createDingTalk({ ...sim.app, ...options });
  const listener = channel.open(runtime).listen({ offer }, new AbortController().signal);
  onTestFinished(async () => {
    await Promise.all([listener.close(), sim.close()]);
    close();
  });
  await until(() => listener.status().state !== "idle" && listener.status().state !== "opening", "it has connected");
  const ackOf = (messageId: string): unknown => sim.acks.find(({ headers }) => headers["messageId"] === messageId);
  return {
    sim,
    listener,
    offered,
    log,
    async ack(messageId) {
      await until(() => ackOf(messageId) !== undefined, `${messageId} is acknowledged`);
      return ackOf(messageId);
    },
  };
}

/** A runtime with a state, a transport and a log of its own. */
export function runtimeAt(clock?: FakeClock): {
  readonly runtime: Runtime;
  readonly log: Recorder;
  close(): void;
} {
  const http = createTransport({ env: {} });
  const time = clock ?? systemClock();
  const { store, blobs, quotas = createQuotas({ store, clock: time }) } = memoryStateAt(time);
  const log = recorder();
  return { log, runtime: { store, blobs, quotas, http, log, clock: time }, close: () => http.close() };
}

/** Waits for real input and output, never for time. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`it never happened that ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
