/**
 * What every long connection promises, in virtual time: it comes back fast, notices dead links, leaves no gap when the
 * platform announces an end, never storms, survives malformed frames, and leaks nothing.
 */
import type { Listener } from "@openclaw-china/core";
import { describe, expect, it } from "vitest";
import type { FakeClock } from "../clock.ts";
import type { Simulator } from "../simulator.ts";

/** A channel that listens on a simulator; both on one clock that the test moves. */
export interface ConnectionSession extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly sim: Pick<Simulator<unknown>, "fault" | "redeliver" | "calls">;
  readonly listener: Listener;
  /** Texts of the messages that were offered, in order. */
  readonly offered: readonly string[];
  /** A person writes; resolves when it is acknowledged. */
  say(text: string): Promise<void>;
  /** Connections that are open at the platform. */
  connections(): number;
  /** The platform announces the end of the connection, where it does so. */
  announceEnd?(): void;
}

export interface ConnectionSubject {
  readonly name: string;
  open(): Promise<ConnectionSession>;
  /** Name of the call that asks for an address. */
  readonly openCall: string;
  /** A half-open link must be noticed in this time. */
  readonly noticeMs: number;
  /** The first retry must be over in this time. */
  readonly firstRetryMs: number;
  /** False: the platform gives up what no connection has heard. Default true. */
  readonly redelivers?: boolean;
  /** False: the platform announces no end. Default true. */
  readonly announcesEnd?: boolean;
}

const STEP_MS = 25;

/** Registers the tests for the connection of a channel. */
export function connectionContract(subject: ConnectionSubject): void {
  describe(`connection of ${subject.name}: coming back`, () => comingBack(subject));
  describe(`connection of ${subject.name}: faults`, () => faults(subject));
  if (subject.announcesEnd ?? true) describe(`connection of ${subject.name}: news`, () => announcedEnd(subject));
}

function comingBack({ open, firstRetryMs, noticeMs, openCall, redelivers = true }: ConnectionSubject): void {
  it("killed: it is back within the first retry, and what was not acknowledged comes through once (E1, E5)", async () => {
    await using session = await live(await open());
    using _drop = session.sim.fault({ kind: "dropConnection" });
    await until(() => session.connections() === 0, "the connection is gone");
    const said = session.say("while it was away");
    expect(await msUntilLive(session, firstRetryMs)).toBeLessThanOrEqual(firstRetryMs);
    await said;
    if (!redelivers) await session.say("again");
    expect(session.offered).toEqual([redelivers ? "while it was away" : "again"]);
  });

  it("half open: noticed in time, and what was pushed into it comes again (E2, E5)", async () => {
    await using session = await live(await open());
    using _half = session.sim.fault({ kind: "halfOpen" });
    const said = session.say("into the void");
    const elapsed = await msUntil(
      session,
      () => session.connections() > 1 || session.listener.status().state !== "live",
      noticeMs,
    );
    expect(elapsed).toBeLessThanOrEqual(noticeMs);
    await msUntilLive(session, firstRetryMs + STEP_MS);
    await session.sim.redeliver();
    await said;
    if (!redelivers) await session.say("again");
    expect(session.offered.at(-1)).toBe(redelivers ? "into the void" : "again");
    expect(new Set(session.offered).size).toBe(session.offered.length);
  });

  it("quiet but healthy: a link that answers pings is kept (E2)", async () => {
    await using session = await live(await open());
    const before = openCalls(session, openCall);
    for (let n = 0; n < 12; n += 1) await pass(session, 10_000);
    expect(openCalls(session, openCall)).toBe(before);
    expect(session.listener.status().state).toBe("live");
  });

  it("a process that hangs: a healthy link is kept (E2)", async () => {
    await using session = await live(await open());
    const before = openCalls(session, openCall);
    for (const ms of [12_000, 31_000, 45_000, 120_000, 600_000]) {
      await session.clock.stall(ms);
      await pass(session, 1_000);
      expect(session.listener.status().state).toBe("live");
    }
    await session.say("after the hang");
    expect(session.offered).toEqual(["after the hang"]);
    expect([openCalls(session, openCall), session.connections()]).toEqual([before, 1]);
  });

  it.each([
    { how: "refuses sockets", awayMs: 20_000, backMs: 5_000 },
    { how: "refuses sockets", awayMs: 600_000, backMs: 15_000 },
    { how: "gives no answer", awayMs: 20_000, backMs: 5_000 },
    { how: "gives no answer", awayMs: 600_000, backMs: 15_000 },
  ])(
    "the platform $how for $awayMs ms: back within $backMs ms, without hammering (E4, E5)",
    async ({ how, awayMs, backMs }) => {
      await using session = await live(await open());
      {
        using _away = session.sim.fault(
          how === "refuses sockets"
            ? { kind: "refuseConnections" }
            : { kind: "noAnswer", executed: false, on: openCall },
        );
        using _drop = session.sim.fault({ kind: "dropConnection" });
        await until(() => session.connections() === 0, "the connection is gone");
        const before = openCalls(session, openCall);
        await pass(session, awayMs);
        expect(openCalls(session, openCall) - before).toBeLessThanOrEqual(12 + awayMs / 2_500);
        expect(session.listener.status().state).not.toBe("live");
      }
      expect(await msUntilLive(session, backMs)).toBeLessThanOrEqual(backMs);
      await session.say("again");
      expect(session.offered).toEqual(["again"]);
    },
  );
}

function announcedEnd({ open }: ConnectionSubject): void {
  it("announced end: the next connection is up before the old one goes (E3, E5)", async ({ expect: check }) => {
    await using session = await live(await open());
    check(session.announceEnd).toBeDefined();
    let least = session.connections();
    session.announceEnd?.();
    const said = session.say("in between");
    await until(() => {
      least = Math.min(least, session.connections());
      return session.connections() > 1;
    }, "a second connection");
    await said;
    check(least).toBeGreaterThanOrEqual(1);
    await pass(session, 20_000);
    await until(() => session.connections() === 1, "the old connection is gone");
    check(session.listener.status().state).toBe("live");
    check(session.offered).toEqual(["in between"]);
  });
}

function faults({ open, openCall, firstRetryMs }: ConnectionSubject): void {
  it("address given, socket refused: one call per attempt, no storm, one connection at the end (E6)", async () => {
    await using session = await live(await open());
    {
      using _refuse = session.sim.fault({ kind: "refuseConnections" });
      using _drop = session.sim.fault({ kind: "dropConnection" });
      await until(() => session.connections() === 0, "the connection is gone");
      const before = openCalls(session, openCall);
      await pass(session, 9_000);
      const calls = openCalls(session, openCall) - before;
      expect(calls).toBeGreaterThanOrEqual(2);
      expect(calls).toBeLessThanOrEqual(10);
      expect(session.listener.status().attempts).toBe(calls);
    }
    await msUntilLive(session, 5_000);
    await pass(session, 60_000, 1_000);
    expect(session.connections()).toBe(1);
  });

  it("malformed frames: it survives and serves the next message (E7)", async () => {
    await using session = await live(await open());
    using _broken = session.sim.fault({ kind: "malformedFrame" });
    await session.say("after nonsense");
    expect(session.offered).toEqual(["after nonsense"]);
    expect(session.connections()).toBe(1);
    expect(session.listener.status().state).toBe("live");
  });

  it("duplicates and changed order are offered as they come: the inbox sorts out the rest", async () => {
    await using session = await live(await open());
    using _twice = session.sim.fault({ kind: "duplicate" });
    await session.say("twice");
    await until(() => session.offered.length === 2, "both deliveries");
    using _order = session.sim.fault({ kind: "reorder" });
    await Promise.all([session.say("first"), session.say("second")]);
    expect(new Set(session.offered)).toEqual(new Set(["twice", "first", "second"]));
  });

  it("the other side ignores the close: closing ends all the same, and leaves no timer", async () => {
    const session = await open();
    using _ignore = session.sim.fault({ kind: "ignoreClose" });
    await live(session);
    const closing = session.listener.close();
    let closed = false;
    void closing.then(() => {
      closed = true;
    });
    await until(() => session.clock.sleeping() > 0, "the close has begun");
    await pass(session, 10_000);
    await until(() => closed, "the listener is closed");
    expect(session.listener.status().state).toBe("stopped");
    expect(session.connections()).toBe(0);
    await session[Symbol.asyncDispose]();
    expect(session.clock.sleeping()).toBe(0);
  });

  it("four hundred reconnects: timers and connections stay as they were (E8)", async () => {
    await using session = await live(await open());
    const timers = session.clock.sleeping();
    const delays: number[] = [];
    for (let n = 0; n < 400; n += 1) {
      const drop = session.sim.fault({ kind: "dropConnection" });
      drop[Symbol.dispose]();
      await until(() => session.connections() === 0, "the connection is gone");
      delays.push(await msUntilLive(session, 60_000, 2 * STEP_MS));
      await pass(session, 31_000, 31_000); // proved stable: the next retry is a first one
    }
    expect(Math.max(...delays)).toBeLessThanOrEqual(firstRetryMs + STEP_MS);
    expect(new Set(delays).size).toBeGreaterThan(3); // not all at one time: that is what jitter is for
    expect(session.connections()).toBe(1);
    expect(session.clock.sleeping()).toBeLessThanOrEqual(timers + 1);
    await session.say("still here");
    expect(session.offered).toEqual(["still here"]);
  }, 120_000);

  it("closed while it connects: it stays closed", async () => {
    await using session = await live(await open());
    using _refuse = session.sim.fault({ kind: "refuseConnections" });
    using _drop = session.sim.fault({ kind: "dropConnection" });
    await until(() => session.connections() === 0, "the connection is gone");
    await session.listener.close();
    const before = openCalls(session, openCall);
    await pass(session, 60_000, 1_000);
    expect(openCalls(session, openCall)).toBe(before);
    expect(session.listener.status().state).toBe("stopped");
  });
}

function openCalls({ sim }: ConnectionSession, name: string): number {
  return sim.calls.filter((call) => call.name === name).length;
}

async function live(session: ConnectionSession): Promise<ConnectionSession> {
  await until(() => session.listener.status().state === "live", "the connection is live");
  return session;
}

/** Virtual time until it is live; more than `limitMs` when it is not by then. */
function msUntilLive(session: ConnectionSession, limitMs: number, stepMs = STEP_MS): Promise<number> {
  return msUntil(
    session,
    () => session.listener.status().state === "live" && session.connections() > 0,
    limitMs,
    stepMs,
  );
}

async function msUntil(
  session: ConnectionSession,
  holds: () => boolean,
  limitMs: number,
  stepMs = STEP_MS,
): Promise<number> {
  const start = session.clock.now();
  await calm(session);
  while (!holds() && session.clock.now() - start <= limitMs) {
    await session.clock.advance(stepMs);
    await calm(session);
  }
  return session.clock.now() - start;
}

/** Lets virtual time pass in steps, with real input and output in between. */
async function pass(session: ConnectionSession, ms: number, stepMs = 250): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    await session.clock.advance(Math.min(stepMs, left));
    await calm(session);
  }
}

/** No attempt to connect is under way. */
function calm({ listener, connections }: ConnectionSession): Promise<void> {
  return until(() => {
    const { state } = listener.status();
    return state !== "opening" && (state !== "live" || connections() > 0);
  }, "the attempt to connect has ended");
}

/** Waits for real input and output, never for time. Gives up after many rounds with what it waited for. */
async function until(holds: () => boolean, what: string): Promise<void> {
  const give = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > give) throw new Error(`it never happened that ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
