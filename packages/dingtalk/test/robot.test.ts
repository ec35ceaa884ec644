/** A group's custom robot against the simulator: what people see, what is signed, how errors are told, the pace. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import type { Card, Clock, Outbound } from "@openclaw-china/core";
import {
  createDingTalkSimulator,
  type DingTalkSimulator,
  type FakeClock,
  fakeClock,
  type SimulatedGroup,
  type SimulatedRobot,
  type SimulatedUser,
} from "@openclaw-china/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createDingTalkRobot, type DingTalkRobotOptions } from "../src/index.ts";
import { dingTalkRobotAt } from "../src/robot.ts";

let clock: FakeClock;
let sim: DingTalkSimulator;
let lin: SimulatedUser;
let ops: SimulatedGroup;
beforeEach(async () => {
  clock = fakeClock();
  sim = await createDingTalkSimulator({ clock });
  lin = sim.user("Lin");
  ops = sim.group("Ops", [lin]);
});
afterEach(() => sim.close());

const textsOf = (robot: SimulatedRobot): string[] =>
  lin
    .screen({ group: ops })
    .messages.filter(({ from }) => from === robot.id)
    .map(({ text }) => text);
const lastBody = (): Readonly<Record<string, unknown>> =>
  (sim.calls.at(-1) as { readonly request?: unknown }).request as Readonly<Record<string, unknown>>;

describe("messages", () => {
  test("text, markdown with a push preview, mentions that notify", async () => {
    const robot = sim.robot(ops);
    await using sender = dingTalkRobotAt(clock, robot);
    const screen = lin.screen({ group: ops, bot: robot });
    const sent = await sender.send({ kind: "text", text: "disk is full", mentions: [lin.id, "13800000000"] });
    expect(sent).toMatchObject({ channel: "dingtalk", account: "robot", sentAt: clock.now(), parts: [] });
    expect((await screen.next()).text).toBe(`@${lin.id} @13800000000 disk is full`);
    expect(lastBody()).toMatchObject({ at: { atUserIds: [lin.id], atMobiles: ["13800000000"], isAtAll: false } });

    await sender.send({ kind: "markdown", text: "**db-1** disk at 93 %\nsince 09:00", mentions: "all" });
    expect((await screen.next()).text).toBe("**db-1** disk at 93 %\nsince 09:00");
    expect(lastBody()).toMatchObject({ markdown: { title: "db-1 disk at 93 %" }, at: { isAtAll: true } });

    await sender.send("a string is **markdown**; @all in it notifies nobody");
    expect(await screen.next()).toMatchObject({ kind: "markdown" });
    expect(JSON.stringify(lastBody())).toContain("@\u2060all");
  });

  const links = [
    { url: "https://example.com/log", label: "Log" },
    { url: "https://example.com/run", label: "Run" },
  ] as const;
  const card: Card = { kind: "card", title: "Release", text: "v2 is out", fields: [{ name: "By", value: "Lin" }] };

  test("a card's buttons lead to addresses: one, several, none", async () => {
    const robot = sim.robot(ops);
    await using sender = dingTalkRobotAt(clock, robot);
    const screen = lin.screen({ group: ops, bot: robot });
    await sender.send({ ...card, buttons: [links[0]] });
    expect(lastBody()).toMatchObject({
      msgtype: "actionCard",
      actionCard: { singleTitle: "Log", singleURL: links[0].url },
    });
    expect((await screen.next()).text).toContain("**By**:Lin");
    await sender.send({ ...card, buttons: links });
    expect((await screen.next()).buttons.map(({ label }) => label)).toEqual(["Log", "Run"]);
    expect(lastBody()).toMatchObject({ actionCard: { btnOrientation: "0" } });
    await sender.send({ ...card, mentions: "all" });
    expect(lastBody()).toMatchObject({ msgtype: "markdown", markdown: { title: "Release" }, at: { isAtAll: true } });
  });

  test.each<[string, Outbound]>([
    ["a button that is pressed", { ...card, buttons: [{ id: "yes", label: "Yes" }] }],
    ["an input", { ...card, inputs: [{ kind: "text", id: "why", label: "Why" }] }],
    ["a picture to upload", { ...card, image: { file: new Blob(["x"]), alt: "x" } }],
    ["seven buttons", { ...card, buttons: Array.from({ length: 7 }, () => links[0]) }],
    ["a file", { kind: "media", file: new Blob(["x"]) }],
  ])("%s is unsupported, and nothing is sent", async (_, message) => {
    await using sender = dingTalkRobotAt(clock, sim.robot(ops));
    await expect(sender.send(message)).rejects.toMatchObject({ code: "unsupported", outcome: "not_sent" });
    expect(sim.calls).toEqual([]);
  });

  test("a text of 30,000 bytes arrives in parts, whole", async () => {
    const robot = sim.robot(ops);
    await using sender = dingTalkRobotAt(clock, robot);
    const lines = Array.from({ length: 1_500 }, (_, n) => `第${n}行 "引号"`);
    const sent = await sender.send(lines.join("\n"));
    const shown = textsOf(robot);
    expect(sent.parts).toHaveLength(shown.length - 1);
    expect(shown.join("\n").split("\n")).toEqual(lines);
  });

  test.each(["460101", "101002"])(
    "a text that the platform finds too long (%s) is cut further, to an end",
    async (code) => {
      await using sender = dingTalkRobotAt(clock, sim.robot(ops));
      using _fault = sim.fault({ kind: "platformError", code, on: "robot/send" });
      await expect(sender.send("one line of many\n".repeat(80))).rejects.toMatchObject({ code: "too_large" });
      const sizes = sim.calls.map((call) => JSON.stringify((call as { readonly request?: unknown }).request).length);
      expect(sizes.length).toBeGreaterThan(1);
      expect(sizes.at(-1)).toBeLessThan((sizes[0] ?? 0) * 0.7);
    },
  );
});

describe("security settings", () => {
  test("each call is signed anew: an hour later too", async () => {
    const robot = sim.robot(ops);
    await using sender = dingTalkRobotAt(clock, robot);
    await sender.send("now");
    await clock.advance(2 * 3_600_000);
    await sender.send("later");
    expect(textsOf(robot)).toEqual(["now", "later"]);
  });

  test("the keyword is appended where a message lacks it", async () => {
    const robot = sim.robot(ops, { keywords: ["告警"] });
    await using sender = dingTalkRobotAt(clock, { ...robot, keyword: "告警" });
    await sender.send("disk is full");
    await sender.send("告警: **disk**");
    await sender.send({ kind: "card", title: "Disk", buttons: [{ url: "https://example.com", label: "Look" }] });
    expect(textsOf(robot).map((text) => text.split("告警").length - 1)).toEqual([1, 1, 1]);
  });

  interface Trouble {
    readonly what: string;
    readonly settings?: Parameters<DingTalkSimulator["robot"]>[1];
    readonly options?: Partial<DingTalkRobotOptions>;
    readonly code?: string;
    readonly message: RegExp;
  }
  test.each<Trouble>([
    { what: "no secret", options: { secret: undefined }, message: /signature.*\(310000\)/ },
    { what: "a wrong secret", options: { secret: "SECwrong0000000000" }, message: /signature/ },
    { what: "no keyword", settings: { keywords: ["告警"] }, message: /lacks the keyword/ },
    { what: "an address that is not listed", settings: { isAddressBarred: true }, message: /security settings/ },
    {
      what: "a wrong token",
      options: { accessToken: "0".repeat(64) },
      code: "credentials_rejected",
      message: /access_token.*\(400101\)/,
    },
  ])("$what: told with what to do, without secrets", async (trouble) => {
    const { settings = {}, options = {}, code = "config_invalid", message } = trouble;
    const robot = sim.robot(ops, settings);
    await using sender = dingTalkRobotAt(clock, { ...robot, ...options });
    const error: unknown = await sender.send("hello").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, outcome: "refused", message: expect.stringMatching(message) as string });
    const seen = inspect(error, { depth: 9, showHidden: true });
    for (const secret of [robot.accessToken, robot.secret, options.secret, options.accessToken]) {
      if (secret !== undefined) expect(seen).not.toContain(secret);
    }
    expect(textsOf(robot)).toEqual([]);
  });

  test("a robot that is switched off, and words of the platform that hold the token", async () => {
    const robot = sim.robot(ops);
    await using sender = dingTalkRobotAt(clock, robot);
    using _off = sim.fault({ kind: "platformError", code: `400102 token ${robot.accessToken}`, on: "robot/send" });
    const error: unknown = await sender.send("hello").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "target_refused", platform: { code: "400102", message: "token ***" } });
    expect(inspect(error, { depth: 9 })).not.toContain(robot.accessToken);
  });
});

describe("pace", () => {
  test("a storm of 500 alerts: no minute has more than 20, nothing is lost, the robot is not muted", async () => {
    const robot = sim.robot(ops);
    const { clock: watched, until } = watchedClock();
    const sender = dingTalkRobotAt(watched, robot);
    const sends = Promise.all(Array.from({ length: 500 }, (_, n) => sender.send(`alert <${n}>`)));
    await until(sender.close());
    await sends;
    const all = textsOf(robot).join("\n");
    for (let n = 0; n < 500; n += 1) expect(all).toContain(`alert <${n}>`);
    expect(textsOf(robot).length).toBe(20 + 3); // 480 texts of about 18 characters, in messages of 3,800
    const starts = sim.calls.map(({ at }) => at);
    for (const start of starts) {
      expect(starts.filter((at) => at >= start && at < start + 60_000).length).toBeLessThanOrEqual(20);
    }
  });

  test("somebody else has used up the minute: everything pauses for as long as the platform mutes", async () => {
    const robot = sim.robot(ops);
    const { clock: watched, until } = watchedClock();
    await using other = dingTalkRobotAt(watched, robot);
    await Promise.all(Array.from({ length: 20 }, (_, n) => other.send(`noise ${n}`)));
    await using sender = dingTalkRobotAt(watched, robot);
    const start = clock.now();
    const first = sender.send("one");
    await vi.waitFor(() => expect(sim.calls.at(20)?.status).toBe(200)); // refused, with status 200
    const second = sender.send("two");
    await until(Promise.all([first, second]));
    expect(textsOf(robot).slice(20)).toEqual(["one\n\n---\n\ntwo"]);
    expect(sim.calls).toHaveLength(22);
    expect((sim.calls[21]?.at ?? 0) - start).toBeGreaterThanOrEqual(600_000);
  });
});

/** Time moves in steps, and not while a call is under way: its deadline is no part of these tests. */
function watchedClock(): { readonly clock: Clock; until(work: Promise<unknown>): Promise<void> } {
  let calling = 0;
  return {
    clock: {
      ...clock,
      async sleep(ms, signal) {
        const isDeadline = ms === 10_000;
        if (isDeadline) calling += 1;
        try {
          await clock.sleep(ms, signal);
        } finally {
          if (isDeadline) calling -= 1;
        }
      },
    },
    async until(work) {
      let over = false;
      const end = (): void => {
        over = true;
      };
      work.then(end, end);
      while (!over) await clock.advance(calling > 0 ? 0 : 1_000);
      await work;
    },
  };
}

test("without accessToken nothing happens before the first use", async () => {
  await using sender = createDingTalkRobot({ accessToken: undefined });
  await expect(sender.send("hello")).rejects.toMatchObject({ code: "secret_missing", kind: "config" });
});

test("a whole address instead of a token is told at once, and not repeated", () => {
  const address = "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef";
  expect(() => createDingTalkRobot({ accessToken: address })).toThrow(/whole address/);
  expect(() => createDingTalkRobot({ accessToken: address })).not.toThrow(/0123456789abcdef/);
});

test("proxy: the call goes there, and nowhere else", async () => {
  const seen: string[] = [];
  const proxy = createServer((request, response) => {
    seen.push(`${request.method} ${new URL(request.url ?? "").pathname}`);
    response.end(JSON.stringify({ errcode: 0, errmsg: "ok" }));
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;
  await using sender = dingTalkRobotAt(clock, { ...sim.robot(ops), proxy: `http://127.0.0.1:${port}` });
  await sender.send("hello");
  expect(seen).toEqual(["POST /robot/send"]);
  expect(sim.calls).toEqual([]);
  proxy.close();
  proxy.closeAllConnections();
});

test("closed: what waits is sent, further messages are refused", async () => {
  const robot = sim.robot(ops);
  const sender = dingTalkRobotAt(clock, robot);
  const last = sender.send("last");
  await sender.close();
  await last;
  expect(textsOf(robot)).toEqual(["last"]);
  await expect(sender.send("late")).rejects.toMatchObject({ code: "closed" });
});
