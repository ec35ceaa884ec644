/** One connection kept up, in virtual time over real sockets: when it dials, when it waits, and what it leaves behind. */
import { getEventListeners } from "node:events";
import type { ChannelError, ConnectionStatus, Logger } from "@openclaw-china/core";
import {
  channelError,
  type LinkEvents,
  openSocket,
  type Socket,
  superviseConnection,
} from "@openclaw-china/core/internal";
import { type FakeClock, fakeClock } from "@openclaw-china/testkit";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { rawServer } from "../http/servers.ts";
import { deafPlatform, platform, until } from "./platform.ts";

type Supervised = ReturnType<typeof superviseConnection>;
type Dial = (signal: AbortSignal, events: LinkEvents) => Promise<Socket>;

let clock: FakeClock;
/** When each attempt began, ms since the start of the test. */
let dials: number[];
/** Attempts under way at once, at most. */
let mostAtOnce: number;
let logged: { readonly level: string; readonly message: string; readonly facts: object }[];
let startedAt: number;
beforeEach(() => {
  clock = fakeClock();
  startedAt = clock.now();
  dials = [];
  mostAtOnce = 0;
  logged = [];
});

const since = (): number => clock.now() - startedAt;

interface Options {
  /** Default: each wait is as long as it may be. */
  readonly random?: () => number;
  readonly signal?: AbortSignal;
  readonly quietMs?: number;
}

/** Keeps up what `dial` opens. The heartbeat rests unless a test is about it. */
function supervise(dial: Dial, options: Options = {}): Supervised {
  let atOnce = 0;
  const counted: Dial = async (signal, events) => {
    dials.push(since());
    mostAtOnce = Math.max(mostAtOnce, (atOnce += 1));
    try {
      return await dial(signal, events);
    } finally {
      atOnce -= 1;
    }
  };
  const supervised = superviseConnection({
    name: "test",
    clock: { ...clock, random: options.random ?? (() => 0.999_999) },
    log: recorder(),
    signal: options.signal ?? new AbortController().signal,
    dial: counted,
    heartbeat: { quietMs: options.quietMs ?? 1_000_000_000 },
  });
  onTestFinished(() => closed(supervised));
  return supervised;
}

function recorder(): Logger {
  const at = (level: string) => (facts: object, message: string) => void logged.push({ level, message, facts });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Dials a real WebSocket; the frame "bye" announces the end of its link. */
function dialing(url: string): Dial {
  return (signal, events) =>
    openSocket({
      url,
      clock,
      log: recorder(),
      signal,
      proxy: "off",
      env: {},
      onFrame: (frame) => {
        events.noteFrame(frame !== "bye");
        if (frame === "bye") events.retire();
      },
    });
}

/** Closing may have to wait out the grace of a socket. */
async function closed(supervised: Supervised): Promise<void> {
  let done = false;
  void supervised.close().then(() => (done = true));
  await clock.advance(6_000);
  await until(() => done, "it is closed");
}

const live = (supervised: Supervised): Promise<void> =>
  until(() => supervised.status().state === "live", "the connection is live");
const state = async (supervised: Supervised, wanted: ConnectionStatus["state"]): Promise<void> =>
  until(() => supervised.status().state === wanted, `it is ${wanted}`);

function failure(verdict: ChannelError["verdict"]): ChannelError {
  return channelError({
    code: verdict.kind === "stop" ? "credentials_rejected" : "unreachable",
    kind: "transport",
    message: "no connection",
    outcome: verdict.kind === "stop" ? "refused" : "not_sent",
    verdict,
    fix: { en: "Look.", zh: "请检查。" },
  });
}

/** Virtual time until the next attempt begins. */
async function msUntilDial(limitMs: number, stepMs = 10): Promise<number> {
  const [before, from] = [dials.length, since()];
  while (dials.length === before && since() - from <= limitMs) await clock.advance(stepMs);
  return since() - from;
}

describe("going up and down", () => {
  test("idle, opening, live; every state is told, and the last is stopped", async () => {
    const { url } = await platform();
    const supervised = supervise(dialing(url));
    const told: string[] = [];
    const reading = (async () => {
      for await (const status of supervised.statuses()) told.push(status.state);
    })();
    await live(supervised);
    expect(supervised.status()).toMatchObject({ state: "live", attempts: 0, since: startedAt });
    await closed(supervised);
    await reading;
    expect(told.at(-1)).toBe("stopped");
    expect(told).toContain("live");
    expect(new Set(told).size).toBe(told.length);
  });

  test("what is heard is noted; the answer to the first ping is evidence", async () => {
    const { url, links } = await platform();
    const supervised = supervise(dialing(url));
    await live(supervised);
    await until(() => supervised.status().lastFrameAt !== undefined, "the first ping is answered");
    expect(supervised.status().lastInboundAt).toBeUndefined();
    await clock.advance(1_000);
    links[0]?.send("message");
    await until(() => supervised.status().lastInboundAt === clock.now(), "the message is noted");
    expect(supervised.status().lastFrameAt).toBe(clock.now());
  });

  test("half open: noticed after silence and an unanswered ping, and dialled again", async () => {
    const { url } = await deafPlatform();
    const supervised = supervise(dialing(url), { quietMs: 20_000 });
    await live(supervised);
    await clock.advance(29_999);
    expect(supervised.status().state).toBe("live");
    await clock.advance(1);
    await state(supervised, "waiting");
    expect(await msUntilDial(300)).toBeLessThanOrEqual(260);
    await live(supervised);
    expect(dials).toHaveLength(2);
  });
});

describe("coming back", () => {
  test("at once when the connection had proved itself, later and later when it had not", async () => {
    const { url, links } = await platform();
    const supervised = supervise(dialing(url));
    const waits: number[] = [];
    const lives = [31_000, 29_000, 29_000, 29_000, 29_000, 29_000, 31_000, 31_000];
    for (const lifeMs of lives) {
      await live(supervised);
      await clock.advance(lifeMs);
      links[0]?.terminate();
      await state(supervised, "waiting");
      waits.push(await msUntilDial(20_000));
    }
    expect(waits).toEqual([250, 1_000, 2_000, 4_000, 5_000, 5_000, 250, 250]);
  });

  test("refused handshakes: one attempt at a time, no storm, growing waits, and back when it is back", async () => {
    let refuses = true;
    const { url, handshakes } = await platform({ refuse: () => (refuses ? 503 : undefined) });
    const supervised = supervise(dialing(url));
    for (let n = 0; n < 900; n += 1) {
      await clock.advance(10);
      await until(() => supervised.status().state !== "opening", "the attempt has ended");
    }
    expect(dials.map(Math.round)).toEqual([0, 1_000, 3_000, 7_000]);
    expect(handshakes()).toBe(4);
    expect(mostAtOnce).toBe(1);
    expect(supervised.status()).toMatchObject({ state: "waiting", attempts: 4, error: { code: "unreachable" } });
    refuses = false;
    await msUntilDial(5_000);
    await live(supervised);
    expect(supervised.status().error).toBeUndefined();
    expect(supervised.status().attempts).toBe(0);
  });

  test("waits are spread: with the smallest chance there is none", async () => {
    const { url, links } = await platform();
    const supervised = supervise(dialing(url), { random: () => 0 });
    await live(supervised);
    links[0]?.terminate();
    await until(() => links.length === 0, "the link is gone");
    await until(() => supervised.status().state !== "live", "it is noticed");
    await clock.advance(0);
    await live(supervised);
    expect(dials).toEqual([0, 0]);
  });

  test("not before the platform says so", async () => {
    let first = true;
    const { url } = await platform();
    const dial = dialing(url);
    const supervised = supervise((signal, events) => {
      const now = first;
      first = false;
      return now ? Promise.reject(failure({ kind: "retryLater", afterMs: 45_000 })) : dial(signal, events);
    });
    await state(supervised, "waiting");
    await clock.advance(44_999);
    expect(dials).toEqual([0]);
    await clock.advance(1);
    await live(supervised);
    expect(dials).toEqual([0, 45_000]);
  });

  test("what is no error of ours is tried again like any other", async () => {
    let first = true;
    const { url } = await platform();
    const dial = dialing(url);
    const supervised = supervise((signal, events) => {
      const now = first;
      first = false;
      return now ? Promise.reject(new TypeError("a defect")) : dial(signal, events);
    });
    await state(supervised, "waiting");
    expect(supervised.status().error?.message).toContain("a defect");
    await clock.advance(1_000);
    await live(supervised);
  });
});

describe("what only a person can heal", () => {
  test("is shown as failed with its reason, tried again rarely, and forgotten when healed", async () => {
    let heals = false;
    const { url, links } = await platform();
    const dial = dialing(url);
    const supervised = supervise((signal, events) =>
      heals ? dial(signal, events) : Promise.reject(failure({ kind: "stop" })),
    );
    await state(supervised, "failed");
    expect(supervised.status().error).toMatchObject({ code: "credentials_rejected", fix: { en: "Look." } });
    expect(logged.filter(({ level }) => level === "error")).toHaveLength(1);
    await clock.advance(1_000_000);
    await state(supervised, "failed");
    expect(dials.map((at) => Math.round(at / 1_000))).toEqual([0, 75, 225, 525, 825]);
    heals = true;
    await msUntilDial(301_000, 1_000);
    await live(supervised);
    expect(supervised.status().error).toBeUndefined();
    heals = false;
    links[0]?.terminate();
    await state(supervised, "waiting");
    await clock.advance(250);
    await state(supervised, "failed");
    expect(await msUntilDial(76_000, 1_000)).toBe(75_000); // counted from the beginning again
  });

  test("not within a minute, whatever chance says", async () => {
    const supervised = supervise(() => Promise.reject(failure({ kind: "stop" })), { random: () => 0 });
    await state(supervised, "failed");
    await clock.advance(59_999);
    expect(dials).toEqual([0]);
    await clock.advance(1);
    expect(dials).toEqual([0, 60_000]);
  });
});

describe("an announced end", () => {
  test("the new link is up before the old one goes; the old one goes after 15 s", async () => {
    const { url, links, handshakes } = await platform();
    const supervised = supervise(dialing(url));
    await live(supervised);
    const [old] = links;
    old?.send("bye");
    await until(() => handshakes() === 2 && supervised.status().state === "live", "the next is live");
    expect(links).toHaveLength(2);
    await clock.advance(10_000);
    old?.send("still heard");
    await until(() => supervised.status().lastInboundAt === clock.now(), "the old link is still heard");
    await clock.advance(4_999);
    expect(links).toHaveLength(2);
    await clock.advance(1);
    await until(() => links.length === 1, "the old link is gone");
    expect(links[0]).not.toBe(old);
    expect([dials.length, supervised.status().state]).toEqual([2, "live"]);
  });

  test("the platform closes the old one itself: the new one stays, and no timer is left", async () => {
    const { url, links, handshakes } = await platform();
    const supervised = supervise(dialing(url));
    await live(supervised);
    const timers = clock.sleeping();
    links[0]?.send("bye");
    await until(() => handshakes() === 2 && supervised.status().state === "live", "the next is live");
    links[0]?.close();
    await until(() => links.length === 1, "the old link is gone");
    await until(() => clock.sleeping() === timers, "the timers of the old link are gone");
    await clock.advance(60_000);
    expect([dials.length, links.length, supervised.status().state]).toEqual([2, 1, "live"]);
  });

  test("announced by every link as soon as it is up: the waits grow, there is no storm", async () => {
    const { url, links } = await platform({ onLink: (link) => link.send("bye") });
    supervise(dialing(url));
    await until(() => dials.length === 2, "the first successor is dialled at once");
    for (let at = 0; at < 60; at += 1) {
      await clock.advance(1_000);
      await until(() => links.length <= 16, "drained links are closed");
    }
    expect(dials.length).toBeGreaterThan(5);
    expect(dials.length).toBeLessThan(60);
  });

  test("said twice is said once", async () => {
    const { url, links, handshakes } = await platform();
    const supervised = supervise(dialing(url));
    await live(supervised);
    links[0]?.send("bye");
    links[0]?.send("bye");
    await until(() => handshakes() === 2 && supervised.status().state === "live", "the next is live");
    await clock.advance(1_000);
    expect(dials).toHaveLength(2);
  });

  test("while the next cannot be had the old one goes on, and the attempts too", async () => {
    let refuses = false;
    const { url, links } = await platform({ refuse: () => (refuses ? 503 : undefined) });
    const supervised = supervise(dialing(url));
    await live(supervised);
    refuses = true;
    links[0]?.send("bye");
    await state(supervised, "waiting");
    links[0]?.send("still heard");
    await until(() => supervised.status().lastInboundAt === clock.now(), "the old link is still heard");
    refuses = false;
    await msUntilDial(4_100);
    await live(supervised);
    expect(links).toHaveLength(2);
  });
});

describe("closing", () => {
  test("while it dials: the attempt is called off, and nothing comes after", async () => {
    const gone = Promise.withResolvers<void>();
    const silent = await rawServer((socket) => void socket.resume().once("close", () => gone.resolve()));
    const supervised = supervise(dialing(`ws://127.0.0.1:${silent.port}/`));
    await until(() => silent.connections() === 1, "it waits for the handshake");
    await supervised.close();
    await gone.promise;
    expect(supervised.status().state).toBe("stopped");
    await clock.advance(600_000);
    expect([dials.length, clock.sleeping()]).toEqual([1, 0]);
  });

  test("while a dial comes through all the same: the late socket is closed", async () => {
    const { url, links } = await platform();
    const late = Promise.withResolvers<void>();
    const supervised = supervise(async (_signal, events) => {
      await late.promise;
      return dialing(url)(new AbortController().signal, events);
    });
    const closing = supervised.close();
    late.resolve();
    await closing;
    await until(() => links.length === 0, "the late link is gone");
    expect([supervised.status().state, clock.sleeping()]).toEqual(["stopped", 0]);
  });

  test("while it waits for the next attempt", async () => {
    const supervised = supervise(() => Promise.reject(failure({ kind: "retry" })));
    await state(supervised, "waiting");
    await supervised.close();
    await clock.advance(600_000);
    expect([dials, clock.sleeping(), supervised.status().state]).toEqual([[0], 0, "stopped"]);
  });

  test("while an old link drains: both are closed", async () => {
    const { url, links, handshakes } = await platform();
    const supervised = supervise(dialing(url));
    await live(supervised);
    links[0]?.send("bye");
    await until(() => handshakes() === 2 && supervised.status().state === "live", "the next is live");
    await supervised.close();
    await until(() => links.length === 0, "both links are gone");
    expect(clock.sleeping()).toBe(0);
  });

  test("resolves when the socket is really closed, at the latest after the grace", async () => {
    const { url } = await deafPlatform();
    const supervised = supervise(dialing(url));
    await live(supervised);
    let done = false;
    const closing = supervised.close().then(() => (done = true));
    await clock.advance(4_999);
    expect(done).toBe(false);
    await clock.advance(1);
    await closing;
    expect([supervised.status().state, clock.sleeping()]).toEqual(["stopped", 0]);
  });

  test("twice, and by the signal, is the same", async () => {
    const { url, links } = await platform();
    const end = new AbortController();
    const supervised = supervise(dialing(url), { signal: end.signal });
    await live(supervised);
    end.abort(new Error("the bot stops"));
    await Promise.all([supervised.close(), supervised.close()]);
    await until(() => links.length === 0, "the link is gone");
    expect(supervised.status().state).toBe("stopped");
  });

  test("a signal that was aborted before: nobody is connected to", async () => {
    const { url, handshakes } = await platform();
    const supervised = supervise(dialing(url), { signal: AbortSignal.abort(new Error("the bot stops")) });
    await supervised.close();
    await clock.advance(60_000);
    expect([supervised.status().state, handshakes(), clock.sleeping()]).toEqual(["stopped", 0, 0]);
  });
});

test("four hundred reconnects leave no timer, no listener and no link behind", async () => {
  const { url, links } = await platform();
  const end = new AbortController();
  const signals = new Set<AbortSignal>();
  const dial = dialing(url);
  const supervised = supervise(
    (signal, events) => {
      signals.add(signal);
      return dial(signal, events);
    },
    { signal: end.signal },
  );
  await live(supervised);
  const timers = clock.sleeping();
  for (let n = 0; n < 400; n += 1) {
    if (n % 2 === 0) links[0]?.terminate();
    else links[0]?.close();
    await until(() => supervised.status().state !== "live", "the loss is noticed");
    await clock.advance(5_000);
    await live(supervised);
  }
  expect(dials).toHaveLength(401);
  expect(links).toHaveLength(1);
  expect(clock.sleeping()).toBe(timers);
  expect(getEventListeners(end.signal, "abort")).toHaveLength(1);
  for (const signal of signals) expect(getEventListeners(signal, "abort")).toHaveLength(0);
  await closed(supervised);
  expect(clock.sleeping()).toBe(0);
}, 60_000);
