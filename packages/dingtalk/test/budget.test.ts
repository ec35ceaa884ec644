/** Streaming within a budget, on the simulated platform: what is counted, what is left out, and what is never left out. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bot, BotOptions, BotStatus, State } from "@openclaw-china/core";
import { memoryStateAt, sqliteStateAt } from "@openclaw-china/core/internal";
import type { DingTalkSimulator, SimulatedUser } from "@openclaw-china/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { appQuota, isMetered } from "../src/api/quota.ts";
import { createDingTalk } from "../src/index.ts";
import { answersOn, stage, type Stage } from "./edge/stage.ts";
import { calm, runtimeOf, scriptedPlatform, unanswered } from "./fixtures.ts";

/** What the platform counts toward the month: interface calls that carry an access token. */
const COUNTED = /^(robot\/(oToMessages|groupMessages|otoMessages|emotion|messageFiles)\/|card\/|media\/)/;
const counted = ({ calls }: DingTalkSimulator): number => calls.filter(({ name }) => COUNTED.test(name)).length;
const framesOf = ({ calls }: DingTalkSimulator): number => calls.filter(({ name }) => name === "card/streaming").length;
const usageOf = (bot: Bot, n = 0): BotStatus["channels"][number]["usage"] => bot.status().channels[n]?.usage;

/** A model that says `pieces` words, one in each quarter of a second. */
function talkative({ clock }: Stage, pieces: number): NonNullable<BotOptions["handler"]> {
  return async function* (turn) {
    for (let n = 1; n <= pieces; n += 1) {
      yield `word-${n} `;
      await clock.sleep(250, turn.signal);
    }
    yield "the end";
  };
}

const wholeText = (pieces: number): string =>
  `${Array.from({ length: pieces }, (_, n) => `word-${n + 1} `).join("")}the end`;

/** A state that has so many calls of this month, from an earlier process. */
async function stateWith({ clock, sim, log }: Stage, calls: number): Promise<State> {
  const state = memoryStateAt(clock);
  const { key } = appQuota({ store: state.store, clock, log }, sim.app).ledger;
  await state.store.put(`${key}:${monthOf(clock.now())}`, String(calls));
  return state;
}

function monthOf(nowMs: number): string {
  return new Date(nowMs + 8 * 3_600_000).toISOString().slice(0, 7);
}

test("which calls count is data", () => {
  expect(isMetered("/v1.0/card/streaming")).toBe(true);
  expect(isMetered("/v1.0/robot/groupMessages/send")).toBe(true);
  expect(isMetered("/v1.0/robot/emotion/recall")).toBe(true);
  expect(isMetered("/media/upload?type=image")).toBe(true);
  expect(isMetered("/v1.0/oauth2/accessToken")).toBe(false);
  expect(isMetered("/topapi/v2/user/get")).toBe(false);
});

test("the ledger has what the platform counts: cards, frames, signs, messages; not tokens and session webhooks", async () => {
  const scene = await stage();
  const { sim, start, drive } = scene;
  const bot = await start({ handler: talkative(scene, 10) });
  const lin = sim.user("Lin");
  await lin.say("tell me");
  await drive(() => answersOn(lin).includes(wholeText(10)), "it is answered");
  await bot.send({ channel: "dingtalk", kind: "user", id: lin.id }, "by the way");
  await drive(() => answersOn(lin).includes("by the way"), "it is sent");
  const question = lin.screen().messages[0]?.id ?? "";
  await drive(() => sim.reactions(question).length === 0, "the sign is gone");
  expect(counted(sim)).toBeGreaterThan(8);
  expect(usageOf(bot)?.calls).toBe(counted(sim));
});

test("calls that never left are not counted; those without an answer are", async () => {
  let fails = unanswered("not_sent");
  const runtime = runtimeOf(scriptedPlatform(() => ({ fails })));
  const channel = createDingTalk({ appKey: "ding", appSecret: "secret-example" }).open(runtime);
  const send = (): Promise<unknown> =>
    channel.send(
      { channel: "dingtalk", kind: "user", id: "u" },
      { kind: "text", text: "x" },
      { key: "k", signal: calm() },
    );
  channel.usage?.();
  await expect(send()).rejects.toMatchObject({ outcome: "not_sent" });
  expect(channel.usage?.()?.calls).toBe(0);
  fails = unanswered("unknown");
  await expect(send()).rejects.toMatchObject({ outcome: "unknown" });
  expect(channel.usage?.()?.calls).toBe(1);
});

test("calls of this month are read back at the next start", async () => {
  const folder = mkdtempSync(join(tmpdir(), "budget-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const scene = await stage(200); // a disk takes its time
  const { sim, start, drive, clock } = scene;
  const state = (): State => sqliteStateAt({ file: join(folder, "bot.db") }, clock);
  const lin = sim.user("Lin");
  const first = await start({ state: state(), handler: talkative(scene, 3) });
  await lin.say("tell me");
  await drive(() => answersOn(lin).length === 1, "it is answered");
  let stopped = false;
  void first.stop({ timeoutMs: 30_000 }).then(() => (stopped = true));
  await drive(() => stopped, "it has stopped");
  const second = await start({ state: state() });
  await drive(() => usageOf(second) !== undefined, "the count is known");
  expect(usageOf(second)?.calls).toBe(counted(sim));
});

describe("monthly_call_budget", () => {
  /** One long answer, with so many calls spent before. */
  const answerWith = async (spentBefore: number, monthlyCallBudget: number) => {
    const scene = await stage();
    const { sim, start, drive } = scene;
    const state = await stateWith(scene, spentBefore);
    const channels = [createDingTalk({ ...sim.app, monthlyCallBudget })];
    const bot = await start({ state, channels, handler: talkative(scene, 80) });
    const lin: SimulatedUser = sim.user("Lin");
    await lin.say("tell me");
    await drive(() => answersOn(lin).length === 1, "it is answered");
    expect(answersOn(lin)).toEqual([wholeText(80)]);
    await drive(() => sim.reactions(lin.screen().messages[0]?.id ?? "").length === 0, "the sign is gone");
    return { ...scene, bot, lin, frames: framesOf(sim), calls: counted(sim) };
  };

  test("the less is left, the fewer frames; the answer is whole in every case, and comes once", async () => {
    const plenty = await answerWith(0, 10_000);
    const scarce = await answerWith(8_500, 10_000);
    const last = await answerWith(9_990, 10_000);
    expect(plenty.frames).toBeGreaterThan(20);
    expect(scarce.frames).toBeLessThan(plenty.frames / 2);
    expect(last.frames).toBeLessThan(scarce.frames);
    expect(last.frames).toBeGreaterThanOrEqual(2); // something is seen at once, and the end
  });

  test("spent: no card, no sign, nothing metered; the whole answer comes as a message, and the operator is told once", async () => {
    const { calls, frames, lin, log, drive, sim, bot } = await answerWith(500, 500);
    expect({ calls, frames }).toEqual({ calls: 0, frames: 0 });
    await lin.say("and again");
    await drive(() => answersOn(lin).length === 2, "it is answered again");
    const warned = log.lines.filter(
      ({ level, message }) => level === "warn" && message.includes("monthly_call_budget"),
    );
    expect(warned).toHaveLength(1);
    expect(warned[0]?.facts).toMatchObject({ account: "dingtalk/default", monthly_call_budget: 500 });
    expect(usageOf(bot)).toMatchObject({ calls: 500, budget: 500 });
    expect(framesOf(sim)).toBe(0);
  });

  test("spent while a card grows: no frame in between any more, and the last state is still shown", async () => {
    const scene = await stage();
    const { sim, start, drive } = scene;
    const bot = await start({
      channels: [createDingTalk({ ...sim.app, monthlyCallBudget: 12 })],
      handler: talkative(scene, 80),
    });
    const lin = sim.user("Lin");
    await lin.say("tell me");
    await drive(() => answersOn(lin).length === 1, "it is answered");
    const [card] = lin.screen().messages.filter(({ from }) => from !== lin.id);
    expect(card).toMatchObject({ kind: "card", state: "finished", text: wholeText(80) });
    expect(card?.history.length).toBeLessThanOrEqual(10); // some eighty without the budget
    await drive(
      () => sim.reactions(lin.screen().messages[0]?.id ?? "").length === 0,
      "the sign is taken off all the same",
    );
    expect(usageOf(bot)?.calls).toBeLessThanOrEqual(12 + 3); // the last frame, its state, the sign
  });

  test("spent, and the session webhook is gone: the answer goes through the robot interface", async () => {
    const scene = await stage();
    const { sim, start, drive } = scene;
    await start({
      channels: [createDingTalk({ ...sim.app, monthlyCallBudget: 1, thinking: "off" })],
      handler: () => "the answer",
    });
    using _expired = sim.fault({ kind: "platformError", code: "400101", on: "sendBySession" });
    const lin = sim.user("Lin");
    for (const n of [1, 2]) {
      await lin.say("hello");
      await drive(() => answersOn(lin).length === n, "it is answered");
    }
    expect(sim.calls.filter(({ name, status }) => name.endsWith("batchSend") && status === 200)).toHaveLength(1);
  });
});

describe("one app, opened twice in a process", () => {
  test("both count on one ledger and share one pace: the platform never has to say that it is too much", async () => {
    const { sim, start, drive } = await stage();
    const bot = await start({
      channels: [
        createDingTalk({ ...sim.app, account: "one", mode: "webhook", token: "t" }),
        createDingTalk({ ...sim.app, account: "two", mode: "webhook", token: "t" }),
      ],
    });
    const people = Array.from({ length: 40 }, (_, n) => sim.user(`person ${n}`));
    const sends = people.flatMap(({ id }, n) =>
      ["one", "two"].map((account) =>
        bot.send({ channel: "dingtalk", account, kind: "user", id }, `message ${n} of ${account}`),
      ),
    );
    let done = false;
    void Promise.all(sends).then(() => (done = true));
    await drive(() => done, "all are sent");
    expect(sim.calls.filter(({ status }) => status === 403)).toEqual([]);
    expect(usageOf(bot, 0)?.calls).toBe(80);
    expect(usageOf(bot, 0)).toEqual(usageOf(bot, 1));
    expect(usageOf(bot)?.waits).toBeGreaterThan(60);
  });
});

describe("the thinking sign in a flood", () => {
  test.each(["reaction", "text"] as const)(
    "%s: shown where that costs no waiting, and taken off wherever it was",
    async (thinking) => {
      const { sim, start, drive, log } = await stage();
      await start({
        channels: [createDingTalk({ ...sim.app, thinking, streaming: "off" })],
        handler: (turn) => `answer to ${turn.text}`,
      });
      const people = Array.from({ length: 60 }, (_, n) => sim.user(`person ${n}`));
      await Promise.all(people.map((person) => person.say("hello")));
      await drive(
        () => people.every((person) => answersOn(person).includes("answer to hello")),
        "everybody is answered",
      );
      const put = thinking === "reaction" ? "robot/emotion/reply" : "robot/oToMessages/batchSend";
      const takenOff = thinking === "reaction" ? "robot/emotion/recall" : "robot/otoMessages/batchRecall";
      const count = (name: string): number =>
        sim.calls.filter((call) => call.name === name && call.status === 200).length;
      await drive(() => count(takenOff) === count(put), "every sign is gone");
      expect(count(put)).toBeGreaterThan(0);
      expect(count(put)).toBeLessThan(30);
      const signs = people.filter((person) => sim.reactions(person.screen().messages[0]?.id ?? "").length > 0);
      expect(signs).toEqual([]);
      expect(log.lines.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
    },
  );
});
