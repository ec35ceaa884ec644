/** The whole bot on one virtual clock with the platform: under every fault nothing is lost and nothing is answered twice. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bot, Reply } from "@openclaw-china/core";
import { sqliteStateAt } from "@openclaw-china/core/internal";
import { createDingTalk } from "@openclaw-china/dingtalk";
import { createDingTalkSimulator, type Fault, type SimulatedUser } from "@openclaw-china/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { answersOn, stage } from "./stage.ts";

const OPEN = "gateway/connections/open";

const FAULTS: readonly (readonly [string, Fault])[] = [
  ["refused connections", { kind: "refuseConnections" }],
  ["dropped connections", { kind: "dropConnection" }],
  ["half-open connections", { kind: "halfOpen" }],
  ["ignored closes", { kind: "ignoreClose" }],
  ["malformed frames", { kind: "malformedFrame" }],
  ["duplicates", { kind: "duplicate" }],
  ["changed order", { kind: "reorder" }],
  ["late answers", { kind: "delay", ms: 3_000 }],
  ["slow bodies", { kind: "slowBody", ms: 2_000 }],
  ["no address, a status", { kind: "status", status: 503, on: OPEN }],
  ["no address, no answer", { kind: "noAnswer", executed: false, on: OPEN }],
  ["handshakes refused", { kind: "status", status: 503, on: "connect" }],
  [
    "no cards",
    { kind: "platformError", code: "Forbidden.AccessDenied.AccessTokenPermissionDenied", on: "createAndDeliver" },
  ],
  ["cards that reach nobody", { kind: "platformError", code: "deliverResults", on: "createAndDeliver" }],
  ["creations without an answer", { kind: "noAnswer", executed: true, on: "createAndDeliver" }],
  ["frames without an answer", { kind: "noAnswer", executed: true, on: "card/streaming" }],
  [
    "throttled frames",
    { kind: "platformError", code: "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", on: "card/streaming" },
  ],
  ["no reactions", { kind: "status", status: 500, on: "emotion/reply" }],
];

/** It shows only when a connection is made: so the one there is goes. */
function isOfConnection(fault: Fault): boolean {
  return fault.kind === "refuseConnections" || ("on" in fault && (fault.on === OPEN || fault.on === "connect"));
}

describe("under every fault: heard once, answered once (E5)", () => {
  test.each(FAULTS)("%s", async (_, fault) => {
    const { sim, start, handled, drive } = await stage();
    await start();
    const people = ["Lin", "Wang", "Zhao"].map((name) => sim.user(name));
    const said: { readonly person: SimulatedUser; readonly text: string; readonly done: Promise<void> }[] = [];
    let acknowledged = 0;
    const everybodySays = (when: string): void => {
      for (const person of people) {
        const text = `${when} ${person.name}`;
        const done = person.say(text).then(() => void (acknowledged += 1));
        said.push({ person, text, done });
      }
    };
    everybodySays("before");
    {
      using _fault = sim.fault(fault);
      using _lost = sim.fault({ kind: isOfConnection(fault) ? "dropConnection" : "duplicate" });
      everybodySays("during");
      let left = 20; // steps, which are five seconds of the platform
      await drive(() => left-- <= 0, "some time has passed");
    }
    everybodySays("after");
    await drive(() => acknowledged === said.length, "everything is acknowledged");
    await drive(() => people.every((person) => answersOn(person).length >= 3), "everybody has their answers");
    let more = 40; // and nothing comes afterwards
    await drive(() => more-- <= 0, "some time has passed");
    for (const { person, text } of said) {
      expect(
        handled.filter((one) => one === `default ${text}`),
        text,
      ).toHaveLength(1);
      expect(
        answersOn(person).filter((one) => one === `answer to ${text}`),
        text,
      ).toHaveLength(1);
    }
    expect(handled).toHaveLength(said.length);
    for (const person of people)
      expect(person.screen().messages.filter(({ state }) => state === "growing")).toEqual([]);
  });

  test("an announced end", async () => {
    const { sim, start, handled, drive } = await stage();
    await start();
    const lin = sim.user("Lin");
    const texts = Array.from({ length: 12 }, (_, n) => `message ${n}`);
    const saying = texts.map(async (text, n) => {
      if (n % 4 === 2) sim.disconnect();
      await lin.say(text);
    });
    await Promise.all(saying); // without a moment of virtual time: there is no gap
    await drive(() => answersOn(lin).length === texts.length, "all are answered");
    expect(handled).toEqual(texts.map((text) => `default ${text}`));
    expect(answersOn(lin)).toEqual(texts.map((text) => `answer to ${text}`));
  });

  test("restarts of the bot, with redelivery of what was not acknowledged", async () => {
    const { clock, sim, start, handled, drive } = await stage(200); // a disk takes its time
    const folder = mkdtempSync(join(tmpdir(), "restarts-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const lin = sim.user("Lin");
    const texts = Array.from({ length: 12 }, (_, n) => `message ${n}`);
    let acknowledged = 0;
    for (const [n, text] of texts.entries()) {
      void lin.say(text).then(() => void (acknowledged += 1));
      if (n % 4 !== 3) continue;
      const bot = await start({ state: sqliteStateAt({ file: join(folder, "bot.db") }, clock) });
      await drive(() => acknowledged > n - 3, "something is acknowledged");
      let stopped = n === texts.length - 1;
      if (!stopped) void bot.stop({ timeoutMs: 30_000 }).then(() => void (stopped = true));
      await drive(() => stopped, "it has stopped");
    }
    await drive(() => acknowledged === texts.length, "everything is acknowledged");
    await drive(() => answersOn(lin).length === texts.length, "all are answered");
    expect(handled.toSorted()).toEqual(texts.map((text) => `default ${text}`).toSorted());
    expect(new Set(answersOn(lin)).size).toBe(texts.length);
  });
});

const FAILURES: readonly (readonly [string, () => Reply | Promise<Reply>])[] = [
  [
    "throws",
    () => {
      throw new Error("model is down");
    },
  ],
  ["rejects", () => Promise.reject(new Error("model is down"))],
  [
    "throws in the middle of a stream",
    async function* () {
      yield "half ";
      await Promise.reject(new Error("model is down"));
    },
  ],
];

describe("a handler that throws or rejects (E7)", () => {
  test.each(FAILURES)("%s: reported once, and the next message is served", async (_, fails) => {
    const { sim, start, log, drive } = await stage();
    await start({ handler: (turn) => (turn.text === "fail" ? fails() : "fine") });
    const lin = sim.user("Lin");
    await lin.say("fail");
    await lin.say("go on");
    await drive(() => answersOn(lin).includes("fine"), "the next is answered");
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    expect(log.text()).toContain("model is down");
    expect(sim.connections()).toBe(1);
  });
});

describe("two accounts in one process", () => {
  test("one group message for both: each answers once, in its own name", async () => {
    const { sim, start, handled, drive } = await stage();
    const second = sim.bot("second");
    await start({
      channels: [createDingTalk({ ...sim.app, account: "one" }), createDingTalk({ ...second.app, account: "two" })],
    });
    const lin = sim.user("Lin");
    const sales = sim.group("Sales", [lin]);
    await lin.say("hello", { group: sales, mention: [{ id: sim.botId }, second] });
    const screen = lin.screen({ group: sales });
    await drive(() => screen.messages.filter(({ state }) => state === "finished").length === 3, "both have answered");
    expect(handled.toSorted()).toEqual(["one hello", "two hello"]);
    expect(new Set(screen.messages.map(({ from }) => from))).toEqual(new Set([lin.id, sim.botId, second.id]));
  });

  test("the platform of one is gone, and its handler hangs: the other notices nothing", async () => {
    const { clock, sim, start, drive } = await stage();
    const other = await createDingTalkSimulator({ clock });
    const bot: Bot = await start({
      channels: [createDingTalk({ ...sim.app, account: "one" }), createDingTalk({ ...other.app, account: "two" })],
      handler: (turn) => (turn.account === "two" ? new Promise<never>(() => undefined) : `answer to ${turn.text}`),
    });
    const stateOf = (account: string): string | undefined =>
      bot.status().channels.find((channel) => channel.account === account)?.state;
    await other.user("Lin").say("this hangs");
    await other.close();
    await drive(() => stateOf("two") === "waiting", "the second account has lost its platform");
    const { since } = bot.status().channels[0] ?? { since: 0 };
    const lin = sim.user("Lin");
    for (let n = 0; n < 3; n += 1) {
      await lin.say(`message ${n}`);
      await drive(() => answersOn(lin).length === n + 1, "it is answered");
    }
    expect(bot.status().channels[0]).toMatchObject({ account: "one", state: "live", since });
    expect(bot.status().ready).toBe(false);
  });

  test("an announced end for one concerns that one only", async () => {
    const { sim, start, drive } = await stage();
    const second = sim.bot("second");
    const bot = await start({
      channels: [createDingTalk({ ...sim.app, account: "one" }), createDingTalk({ ...second.app, account: "two" })],
    });
    const { since } = bot.status().channels[0] ?? { since: 0 };
    sim.disconnect(second);
    await drive(() => sim.connections(second) === 2, "the second one dials");
    await drive(() => sim.connections(second) === 1, "the old connection has gone");
    expect(bot.status().channels).toMatchObject([{ state: "live", since }, { state: "live" }]);
    expect(sim.connections()).toBe(2);
  });
});
