/** The scripted scenarios of the long connection, by their names in the vectors. */
import { readFileSync } from "node:fs";
import type { Inbound, Listener, Runtime } from "@openclaw-china/core";
import { createTransport, memoryStateAt } from "@openclaw-china/core/internal";
import {
  createWeComSimulator,
  fakeClock,
  type FakeClock,
  recorder,
  type WeComSimulator,
  type WeComSimulatorOptions,
} from "@openclaw-china/testkit";
import { createWeCom } from "@openclaw-china/wecom";
import { expect, onTestFinished, test } from "vitest";

interface Session {
  readonly clock: FakeClock;
  readonly sim: WeComSimulator;
  readonly listener: Listener;
  readonly offered: readonly Inbound[];
  /** Virtual time, with real input and output in between. */
  pass(ms: number): Promise<void>;
  until(holds: () => boolean, what: string): Promise<void>;
  calls(name: string): number;
}

async function session(
  assume: WeComSimulatorOptions["assume"] = {},
  before: (sim: WeComSimulator) => void = () => undefined,
): Promise<Session> {
  const clock = fakeClock();
  const sim = await createWeComSimulator({ clock, assume });
  before(sim);
  const http = createTransport({ env: {} });
  const runtime: Runtime = { ...memoryStateAt(clock), http, log: recorder(), clock };
  const offered: Inbound[] = [];
  const offer = (inbound: Inbound): Promise<"accepted"> => {
    offered.push(inbound);
    return Promise.resolve("accepted");
  };
  const listener = createWeCom(sim.app).open(runtime).listen({ offer }, new AbortController().signal);
  onTestFinished(async () => {
    let closed = false;
    void Promise.all([listener.close(), sim.close()]).then(() => (closed = true));
    await until(() => closed, "all is closed", clock);
    http.close();
  });
  return {
    clock,
    sim,
    listener,
    offered,
    until: (holds, what) => until(holds, what),
    async pass(ms) {
      for (let left = ms; left > 0; left -= 250) {
        await clock.advance(Math.min(250, left));
        for (let round = 0; round < 10; round += 1) await new Promise((resolve) => setImmediate(resolve));
      }
    },
    calls: (name) => sim.calls.filter((call) => call.name === name).length,
  };
}

async function until(holds: () => boolean, what: string, clock?: FakeClock): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`it never happened that ${what}`);
    await clock?.advance(250);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const isLive =
  ({ listener }: Session) =>
  (): boolean =>
    listener.status().state === "live";
const live = (one: Session): Promise<void> => one.until(isLive(one), "it is live");

const SCENARIOS: Readonly<Record<string, () => Promise<void>>> = {
  async subscribe() {
    const one = await session();
    await live(one);
    expect(one.sim.frames.map(({ cmd }) => cmd)).toEqual(["aibot_subscribe"]);
    await one.pass(29_500);
    expect(one.calls("ping")).toBe(0);
    await one.pass(750);
    expect(one.calls("ping")).toBe(1);
  },
  async "subscribe-never-acked"() {
    const one = await session({}, (sim) => sim.fault({ kind: "noAnswer", executed: false, on: "aibot_subscribe" }));
    await one.until(() => one.calls("aibot_subscribe") === 1, "it subscribes");
    await one.pass(9_500);
    expect(one.listener.status().state).toBe("opening");
    await one.pass(1_000);
    expect(one.listener.status()).toMatchObject({ error: { code: "timeout" } });
    await one.pass(6_000);
    expect(one.calls("aibot_subscribe")).toBe(2);
  },
  async "upgrade-never-answered"() {
    const one = await session({}, (sim) => sim.fault({ kind: "delay", ms: 86_400_000, on: "connect" }));
    await one.until(() => one.clock.sleeping() >= 2, "the upgrade has come");
    await one.pass(10_500);
    await one.until(() => one.listener.status().error !== undefined, "it has given up");
    expect(one.listener.status().error).toMatchObject({ code: "timeout" });
  },
  async "upgrade-503"() {
    const one = await session({}, (sim) => sim.fault({ kind: "status", status: 503, on: "connect" }));
    await one.until(() => one.listener.status().state === "waiting", "it waits");
    expect(one.listener.status().error).toMatchObject({ code: "unreachable", outcome: "not_sent" });
  },
  async "subscribe-refused"() {
    const one = await session({}, (sim) => sim.fault({ kind: "platformError", code: "853000", on: "aibot_subscribe" }));
    await one.until(() => one.listener.status().state === "failed", "it has failed");
    await one.pass(900_000);
    expect(one.calls("aibot_subscribe")).toBe(1);
    expect(one.listener.status().error).toMatchObject({ code: "credentials_rejected" });
  },
  async "refused-once"() {
    let fault: Disposable | undefined;
    const one = await session({}, (sim) => {
      fault = sim.fault({ kind: "platformError", code: "45009", on: "aibot_subscribe" });
    });
    await one.until(() => one.listener.status().state === "waiting", "it waits");
    fault?.[Symbol.dispose]();
    await one.pass(66_000);
    await live(one);
  },
  async "pong-missed"() {
    const one = await session();
    await live(one);
    const fault = one.sim.fault({ kind: "noAnswer", executed: true, on: "ping" });
    await one.pass(59_000);
    expect([one.calls("ping"), one.calls("aibot_subscribe")]).toEqual([2, 1]);
    fault[Symbol.dispose]();
    await one.pass(2_000);
    await live(one);
    expect(one.calls("aibot_subscribe")).toBe(2);
  },
  async "ping-nacked"() {
    const one = await session();
    await live(one);
    one.sim.fault({ kind: "platformError", code: "45009", on: "ping" });
    await one.pass(300_000);
    expect(one.calls("aibot_subscribe")).toBe(1);
    expect(one.calls("ping")).toBeLessThan(7);
  },
  async "kick-by-event"() {
    const one = await session();
    await live(one);
    one.sim.takeOver();
    await one.until(() => one.listener.status().state === "replaced", "it is replaced");
    expect(one.listener.status().error?.message).toContain("another program");
    await one.pass(55_000);
    expect(one.calls("aibot_subscribe")).toBe(1);
    await one.pass(25_000);
    expect(one.calls("aibot_subscribe")).toBe(2);
  },
  async "kick-event-socket-left-open"() {
    const one = await session({ closesEvicted: false });
    await live(one);
    one.sim.takeOver();
    await one.until(() => one.listener.status().state === "replaced", "it is replaced");
    await one.until(() => one.sim.connections() === 0, "we have closed it");
  },
  async "kick-by-close"() {
    const one = await session({ tellsEvicted: false });
    for (let n = 0; n < 3; n += 1) {
      await until(isLive(one), "it is live", one.clock);
      one.sim.takeOver();
      await one.until(() => one.listener.status().state !== "live", "it is closed");
    }
    expect(one.listener.status().state).toBe("replaced");
    await one.pass(55_000);
    expect(one.calls("aibot_subscribe")).toBe(3);
  },
  async "server-restart"() {
    const one = await session();
    await live(one);
    one.sim.fault({ kind: "dropConnection" });
    await one.until(() => one.listener.status().state !== "live", "it is gone");
    await one.pass(500);
    await live(one);
    expect(one.calls("aibot_subscribe")).toBe(2);
  },
  async "bad-json"() {
    const one = await session();
    await live(one);
    one.sim.write("{bad");
    await one.sim.user("Lin").say("next");
    await one.until(() => one.offered.length === 1, "the next message is served");
  },
  async "binary-frame"() {
    const one = await session();
    await live(one);
    const body = { msgid: "m1", aibotid: "b", chattype: "single", from: { userid: "lin" }, msgtype: "text" };
    const frame = { cmd: "aibot_msg_callback", headers: { req_id: "r" }, body: { ...body, text: { content: "hi" } } };
    one.sim.write(Buffer.from(JSON.stringify(frame)));
    await one.until(() => one.offered.length === 1, "it is heard");
    expect(one.offered[0]).toMatchObject({ kind: "message", text: "hi" });
  },
  async disconnect() {
    const one = await session();
    await live(one);
    await one.listener.close();
    expect(one.listener.status().state).toBe("stopped");
    await one.until(() => one.sim.connections() === 0, "the socket is closed");
  },
};

test.each(Object.entries(SCENARIOS))("%s", (_name, play) => play());

test("every scenario of the vectors is played here, or where it belongs", () => {
  const vectors = JSON.parse(readFileSync(new URL("../vectors/wecom-ws.json", import.meta.url), "utf8")) as {
    readonly scenarios: readonly { readonly id: string }[];
  };
  const elsewhere = [
    // test/api/link.test.ts
    "serial-acks",
    "late-ack",
    "nack",
    "queue-full",
    // the inbox and the handlers of core
    "duplicate-msgid",
    "handler-throws",
    // test/edge/socket.test.ts; the socket of core
    "reconnect-exhausted",
    "control-ping",
    // test/outbound
    "empty-upload",
    "too-many-chunks",
  ];
  expect(vectors.scenarios.map(({ id }) => id).toSorted()).toEqual(
    [...Object.keys(SCENARIOS), ...elsewhere].toSorted(),
  );
});
