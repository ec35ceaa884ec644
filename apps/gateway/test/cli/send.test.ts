/** `gateway send`: through the running gateway and alone, to people, groups and robots; what failed is told person by person. */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { DingTalkSimulator, SimulatedRobot } from "@openclaw-china/testkit";
import { describe, expect, vi } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { type Place, small } from "../process.ts";
import { test } from "../setting.ts";

vi.setConfig({ testTimeout: 60_000, maxConcurrency: 3 });

const PATIENCE = { timeoutMs: 15_000 };

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** In this process, with the home folder of the place. */
async function send(place: Place, ...args: readonly string[]): Promise<Ended> {
  vi.stubEnv("HOME", place.home);
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
  try {
    const code = await runCli(["send", ...args, "--config", place.config], io);
    return { code, out: out.join("\n"), err: err.join("\n") };
  } finally {
    vi.unstubAllEnvs();
  }
}

function withRobot(sim: DingTalkSimulator, robot: SimulatedRobot, more: object = {}): object {
  const { accessToken: access_token, secret, endpoints } = robot;
  const ops = { channel: "dingtalk", access_token, ...(secret === undefined ? {} : { secret }), endpoints };
  return small(sim.app, { robots: { ops: { ...ops, ...more } } });
}

const sendsOf = (sim: DingTalkSimulator): string[] =>
  sim.calls.map(({ name }) => name).filter((name) => /batchSend|groupMessages|robot\/send/.test(name));

describe("through the running gateway", () => {
  test("people, a group and a robot in one command; one connection, one state; what failed by person", async ({
    sim,
    place,
  }) => {
    const [lin, wang] = [sim.user("Lin"), sim.user("Wang")];
    const sales = sim.group("Sales", [lin, wang]);
    const robot = sim.robot(sales);
    await place.write(withRobot(sim, robot));
    const running = place.run(["start"]);
    await running.address();
    const targets = `dingtalk:user:${lin.id},${wang.id},staff-404,dingtalk:group:${sales.id},robot:ops`;
    const command = place.run(["send", targets, "**Deployed** v2", "--key", "v2"]);
    expect(await command.ended).toBe(1);
    const lines = command.out().trim().split("\n");
    expect(lines.map((line) => line.split("  ")[0])).toEqual([
      `✓ dingtalk:user:${lin.id}`,
      `✓ dingtalk:user:${wang.id}`,
      `✓ dingtalk:group:${sales.id}`,
    ]);
    expect(command.err()).toContain("✗ dingtalk:user:staff-404: staff-404 is no member");
    expect(command.err()).toContain("[target_unknown]");
    expect(command.err()).toContain("✗ robot:ops: robot:ops takes no key");
    for (const person of [lin, wang]) expect((await person.screen().next(PATIENCE)).text).toBe("**Deployed** v2");
    expect((await lin.screen({ group: sales }).next(PATIENCE)).text).toBe("**Deployed** v2");
    expect(sim.connections()).toBe(1);

    const again = await send(place, targets.replace(",robot:ops", ""), "**Deployed** v2", "--key", "v2");
    expect(again.code).toBe(1); // nobody is staff-404 yet
    expect(sendsOf(sim).filter((name) => name.includes("groupMessages"))).toHaveLength(1);
    expect(lin.screen().messages).toHaveLength(1);

    const alert = await send(place, "robot:ops", "disk at 93 %", "--text", "--mention", "all");
    expect(alert).toMatchObject({ code: 0, out: expect.stringMatching(/^✓ robot:ops {2}robot:/) as string, err: "" });
    expect(await lin.screen({ group: sales, bot: robot }).next(PATIENCE)).toMatchObject({
      kind: "text",
      text: "disk at 93 %",
    });
    running.child.kill("SIGTERM");
    expect(await running.ended).toBe(0);
    expect(running.out() + running.err()).not.toContain(robot.accessToken);
  });

  test("the pace of a robot is one for all commands; who gives up is told, and the end waits for no window", async ({
    sim,
    place,
  }) => {
    const robot = sim.robot(sim.group("Ops", [sim.user("Lin")]));
    await place.write(withRobot(sim, robot));
    const running = place.run(["start"]);
    await running.address();
    for (let n = 0; n < 20; n += 1) expect((await send(place, "robot:ops", `alert ${n}`)).code).toBe(0);
    const late = await send(place, "robot:ops", "one more", "--timeout", "1");
    expect(late.code).toBe(1);
    expect(late.err).toContain("✗ robot:ops: a message was called off while the group robot had it [aborted]");
    running.child.kill("SIGTERM");
    expect(await running.ended).toBe(0);
    expect(sendsOf(sim)).toHaveLength(20);
  });
});

describe("alone", () => {
  test("no connection is opened; with a key it is sent once, whoever asks", async ({ sim, place }) => {
    const lin = sim.user("Lin");
    await place.write(small(sim.app));
    const first = await send(place, `dingtalk:user:${lin.id}`, "hello", "--key", "k1");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect((await stat(place.stateFile)).mode & 0o777).toBe(0o600);
    expect(await send(place, `dingtalk:user:${lin.id}`, "hello", "--key", "k1")).toEqual(first);
    expect(sendsOf(sim)).toHaveLength(1);
    expect(sim.calls.map(({ name }) => name)).not.toContain("gateway/connections/open");
    expect(lin.screen().messages.map(({ text }) => text)).toEqual(["hello"]);
  });

  test("without a key nothing is left behind", async ({ sim, place }) => {
    const lin = sim.user("Lin");
    await place.write(small(sim.app));
    expect((await send(place, `dingtalk:user:${lin.id}`, "hello")).code).toBe(0);
    expect(existsSync(place.stateFile)).toBe(false);
  });

  test("robots need no credentials of an app", async ({ sim, place }) => {
    const lin = sim.user("Lin");
    const ops = sim.group("Ops", [lin]);
    const robot = sim.robot(ops, { keywords: ["告警"] });
    const { robots } = withRobot(sim, robot, { keyword: "告警" }) as { readonly robots: unknown };
    await place.write({ channels: { dingtalk: { app_secret: "${NOBODY_SET_THIS}" } }, robots });
    expect((await send(place, "robot:ops", "disk is full")).code).toBe(0);
    expect((await lin.screen({ group: ops, bot: robot }).next()).text).toBe("disk is full\n\n告警");
  });

  test("no answer: not repeated, and told as what may have arrived", async ({ sim, place }) => {
    const sales = sim.group("Sales", [sim.user("Lin")]);
    await place.write(small(sim.app));
    using _lost = sim.fault({ kind: "noAnswer", executed: true, on: "groupMessages/send" });
    const { code, err } = await send(place, `dingtalk:group:${sales.id}`, "hello");
    expect(code).toBe(1);
    expect(err).toMatch(/^✗ dingtalk:group:\S+: .* \(it may have arrived · 可能已送达\) \[/);
    expect(sendsOf(sim)).toHaveLength(1);
  });

  test("the text from standard input, the results as JSON", async ({ sim, place }) => {
    const lin = sim.user("Lin");
    await place.write(small(sim.app));
    const command = place.run(["send", `dingtalk:user:${lin.id},staff-404`, "-", "--json"], {}, "from a pipe\n");
    expect(await command.ended).toBe(1);
    const results = JSON.parse(command.out()) as readonly { readonly to: string; readonly failed?: { code: string } }[];
    expect(results.map(({ to, failed }) => [to, failed?.code])).toEqual([
      [`dingtalk:user:${lin.id}`, undefined],
      ["dingtalk:user:staff-404", "target_unknown"],
    ]);
    expect((await lin.screen().next(PATIENCE)).text).toBe("from a pipe");
  });
});

describe("mistakes are told before anything is sent", () => {
  test.each<[readonly string[], RegExp, number?]>([
    [["sales", "hello"], /"sales" is not an address, and no robot \[config_invalid\][\s\S]*robot:<name>/],
    [["dingtalk:user:a,dingtalk:grop:b", "hello"], /"dingtalk:grop:b" is not an address/],
    [["dingtalk:user:a", "  "], /the text to send is empty/],
    [["dingtalk:user:a", "x", "--timeout", "soon"], /write whole seconds/, 2],
    [["dingtalk:user:a", "x", "--text", "--markdown"], /cannot be used with/, 2],
    [["dingtalk:user:a"], /missing required argument 'text'/, 2],
  ])("%j", async (args, message, wanted = 1) => {
    const err: string[] = [];
    vi.stubEnv("HOME", "/nowhere");
    const io = { out: () => undefined, err: (line: string) => void err.push(line) };
    const code = await runCli(["send", ...args, "--config", "/nowhere/openclaw-china.json5"], io).finally(() =>
      vi.unstubAllEnvs(),
    );
    expect(code).toBe(wanted);
    expect(err.join("\n")).toMatch(message);
  });

  test("check shows robots without their secrets, and refuses a token that cannot be one", async ({ sim, place }) => {
    const robot = sim.robot(sim.group("Ops", [sim.user("Lin")]));
    const check = async (): Promise<Ended> => {
      const command = place.run(["check"]);
      return { code: Number(await command.ended), out: command.out(), err: command.err() };
    };
    await place.write(withRobot(sim, robot));
    const { code, out } = await check();
    expect(code).toBe(0);
    expect((JSON.parse(out) as { readonly robots: unknown }).robots).toMatchObject({
      ops: { channel: "dingtalk", access_token: "(set)", secret: "(set)" },
    });
    await place.write(
      withRobot(sim, robot, { access_token: "https://oapi.dingtalk.com/robot/send?access_token=x1y2" }),
    );
    expect(await check()).toMatchObject({ code: 1, err: expect.stringContaining("whole address") as string });
  });

  test("a robot that the file does not have, and one whose token is a whole address", async ({ sim, place }) => {
    const robot = sim.robot(sim.group("Ops", [sim.user("Lin")]));
    await place.write(withRobot(sim, robot));
    const unknown = await send(place, "robot:oops", "hello");
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain('✗ robot:oops: there is no robot "oops" in the config file [config_invalid]');
    expect(unknown.err).toContain("use one of those there: ops");
    await place.write(
      withRobot(sim, robot, { access_token: "https://oapi.dingtalk.com/robot/send?access_token=x1y2" }),
    );
    const wrong = await send(place, "robot:ops", "hello");
    expect(wrong.err).toContain("is a whole address");
    expect(wrong.err).not.toContain("x1y2");
    expect(sim.calls).toEqual([]);
  });
});
