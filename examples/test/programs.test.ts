/** Every program of examples/src as it is written, on the simulator: only credentials and addresses are supplied. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bot } from "@openclaw-china/core";
import type { DingTalkOptions } from "@openclaw-china/dingtalk";
import {
  createDingTalkSimulator,
  createWeComSimulator,
  type DingTalkSimulator,
  type Shown,
} from "@openclaw-china/testkit";
import type { WeComOptions } from "@openclaw-china/wecom";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startFakeModel } from "./fake-model.ts";

const running = vi.hoisted(() => ({
  bots: [] as Bot[],
  app: {} as DingTalkOptions,
  wecom: {} as WeComOptions,
  folder: "",
}));

/** A program's relative paths are in a folder of the test. */
vi.mock("node:fs", async (load) => {
  const fs = await load<typeof import("node:fs")>();
  const openAsBlob: typeof fs.openAsBlob = (path) => fs.openAsBlob(`${running.folder}${String(path)}`);
  return { ...fs, openAsBlob };
});
vi.mock("node:fs/promises", async (load) => {
  const fs = await load<typeof import("node:fs/promises")>();
  const write: typeof fs.writeFile = (path, data, options) =>
    fs.writeFile(String(path).startsWith("/") ? path : `${running.folder}${String(path)}`, data, options);
  return { ...fs, writeFile: write };
});

vi.mock("@openclaw-china/core", async (load) => {
  const core = await load<typeof import("@openclaw-china/core")>();
  const createBot: typeof core.createBot = (options) => {
    const bot = core.createBot(options);
    running.bots.push(bot);
    return bot;
  };
  return { ...core, createBot };
});
vi.mock("@openclaw-china/dingtalk", async (load) => {
  const dingtalk = await load<typeof import("@openclaw-china/dingtalk")>();
  const createDingTalk: typeof dingtalk.createDingTalk = (options) =>
    dingtalk.createDingTalk({ ...running.app, ...options });
  const createDingTalkRobot: typeof dingtalk.createDingTalkRobot = (options) =>
    dingtalk.createDingTalkRobot({ ...options, endpoints: running.app.endpoints ?? {} });
  return { ...dingtalk, createDingTalk, createDingTalkRobot };
});
vi.mock("@openclaw-china/wecom", async (load) => {
  const wecom = await load<typeof import("@openclaw-china/wecom")>();
  const createWeCom: typeof wecom.createWeCom = (options) => wecom.createWeCom({ ...running.wecom, ...options });
  const createWeComRobot: typeof wecom.createWeComRobot = (options) =>
    wecom.createWeComRobot({ ...options, endpoints: running.wecom.endpoints ?? {} });
  return { ...wecom, createWeCom, createWeComRobot };
});

let sim: DingTalkSimulator;
beforeEach(async () => {
  vi.resetModules();
  sim = await createDingTalkSimulator();
  running.app = sim.app;
});
afterEach(async () => {
  for (const bot of running.bots.splice(0)) await bot.stop({ timeoutMs: 1_000 });
  await sim.close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test("echo", async () => {
  await import("../src/echo.ts");
  const lin = sim.user("Lin");
  await lin.say("hello");
  expect((await lin.screen().next()).text).toBe("You said: hello");
});

test("streamed", async () => {
  await using model = await startFakeModel();
  vi.stubEnv("OPENAI_BASE_URL", model.url);
  vi.stubEnv("OPENAI_API_KEY", "test");
  await import("../src/streamed.ts");
  const lin = sim.user("Lin");
  await lin.say("a question");
  expect(await lin.screen().next()).toMatchObject({
    kind: "card",
    state: "finished",
    text: "You asked: a question",
  });
});

test("accounts: each answers for itself, and none hears the other's messages", async () => {
  const sales = sim.bot("Sales");
  const support = sim.bot("Support");
  vi.stubEnv("SALES_KEY", sales.app.appKey);
  vi.stubEnv("SALES_SECRET", sales.app.appSecret);
  vi.stubEnv("SUPPORT_KEY", support.app.appKey);
  vi.stubEnv("SUPPORT_SECRET", support.app.appSecret);
  const on = vi.spyOn(process, "once").mockReturnThis();
  await import("../src/accounts.ts");
  expect(on).toHaveBeenCalledWith("SIGTERM", expect.any(Function));
  const lin = sim.user("Lin");
  for (const [bot, account] of [
    [sales, "sales"],
    [support, "support"],
    [undefined, "default"],
  ] as const) {
    const where = bot === undefined ? {} : { bot };
    await lin.say("who are you?", where);
    expect((await lin.screen(where).next()).text).toBe(`Hello Lin, this is dingtalk/${account}.`);
    expect(lin.screen(where).messages).toHaveLength(2);
  }
});

test("routes", async () => {
  await using wecom = await createWeComSimulator();
  running.wecom = wecom.app;
  await import("../src/routes.ts");
  const lin = wecom.user("Lin");
  const sales = wecom.group("Sales", [lin]);
  await lin.say("请 translate 这句", { group: sales });
  expect((await lin.screen({ group: sales }).next()).text).toBe("(translated) 请 translate 这句");
  await lin.sendFile(new File(["a file"], "a.pdf"));
  expect((await lin.screen().next()).text).toBe("1 file(s), thank you.");
  await lin.say("hm");
  expect((await lin.screen().next()).text).toContain("Try **report**");
});

test("commands", async () => {
  await import("../src/commands.ts");
  const lin = sim.user("Lin");
  const answers: string[] = [];
  for (const text of ["/help", "/帮助", "/add 1 2 3", "/add x", "where is order 1234?"]) {
    await lin.say(text);
    answers.push((await lin.screen().next()).text);
  }
  expect(answers).toEqual([answers[1], answers[0], "6", "Numbers, please.", "Order 1234 is on its way."]);
});

test("approval: a manager decides, somebody else does not", async () => {
  await import("../src/approval.ts");
  const [lin, zhao] = [sim.user("Lin"), sim.user("Zhao")];
  const group = sim.group("Releases", [lin, zhao]);
  const screen = lin.screen({ group });
  for (const [button, values, answer] of [
    ["approve", {}, "Deploying, approved by staff-002."],
    ["reject", { why: "not today" }, "staff-002 said no: not today"],
  ] as const) {
    await lin.say("/deploy v2", { group });
    const card = await screen.next();
    expect(card.text).toContain("Deploy v2?\n**Asked by**:Lin");
    await lin.press(card, button, values);
    expect(screen.messages.find(({ id }) => id === card.id)?.buttons).toHaveLength(2);
    await zhao.press(card, button, values);
    expect(screen.messages.find(({ id }) => id === card.id)?.buttons).toEqual([]);
    expect((await screen.next()).text).toBe(answer);
  }
});

test("files", async () => {
  await using wecom = await createWeComSimulator();
  running.wecom = wecom.app;
  running.folder = `${await mkdtemp(join(tmpdir(), "files-"))}/`;
  await mkdir(`${running.folder}inbox`);
  await writeFile(`${running.folder}manual.pdf`, "%PDF-1.7 the manual");
  await import("../src/files.ts");
  const lin = wecom.user("Lin");
  /** What ends WeCom's sign of thinking is a message too. */
  const nextFile = async (): Promise<Shown> => {
    const shown = await lin.screen().next();
    return shown.kind === "media" ? shown : nextFile();
  };
  await lin.say("/manual");
  const manual = await nextFile();
  expect(manual).toMatchObject({ kind: "media", text: "manual.pdf" });
  expect(await manual.file?.text()).toBe("%PDF-1.7 the manual");
  await lin.sendFile(new File(["%PDF-1.7 a report"], "../../报告.pdf"));
  expect((await lin.screen().next()).text).toMatch(/^Kept [^/]+\.pdf \(application\/pdf, 17 bytes\)\.$/);
  const index = await nextFile();
  expect(await index.file?.text()).toBe("file"); // WeCom names no file before it is fetched
  const [kept, ...others] = await readdir(`${running.folder}inbox`);
  expect(others).toEqual([]);
  expect(await readFile(`${running.folder}inbox/${kept}`, "utf8")).toBe("%PDF-1.7 a report");
  await rm(running.folder, { recursive: true });
});

test("sending", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const people = ["Lin", "Wang", "Zhao"].map((name) => sim.user(name));
  const sales = sim.group("Sales", people, { id: "cidSalesTeam==" });
  await import("../src/sending.ts");
  const [lin, wang, zhao] = people;
  expect((await lin?.screen({ group: sales }).next())?.text).toContain("42 orders");
  expect((await lin?.screen().next())?.text).toBe("The report is out.");
  expect((await wang?.screen().next())?.text).toContain("42 orders");
  expect((await zhao?.screen().next())?.text).toContain("42 orders");
  expect(sim.calls.filter(({ name }) => name.endsWith("batchSend"))).toHaveLength(2);
  expect(errors).toHaveBeenCalledWith("staff-404", expect.stringContaining("staff-404"));
  expect(sim.connections()).toBe(0);
});

test("state: what was remembered is there after a restart", async () => {
  const file = join(tmpdir(), `visits-${crypto.randomUUID()}.db`);
  vi.stubEnv("STATE_FILE", file);
  const lin = sim.user("Lin");
  await import("../src/state.ts");
  await lin.say("hello");
  expect((await lin.screen().next()).text).toBe("Visit 1.");
  for (const bot of running.bots.splice(0)) await bot.stop();
  vi.resetModules();
  await import("../src/state.ts");
  await lin.say("again");
  expect((await lin.screen().next()).text).toBe("Visit 2.");
  for (const bot of running.bots.splice(0)) await bot.stop();
  for (const suffix of ["", "-wal", "-shm"]) await rm(file + suffix, { force: true });
});

test("middleware", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import("../src/middleware.ts");
  const people = ["Lin", "Wang", "Zhao"].map((name) => sim.user(name));
  const answers: string[] = [];
  for (const person of people) {
    await person.say("hello");
    answers.push((await person.screen().next()).text);
  }
  const refused = "Please ask an administrator for access.";
  expect(answers).toEqual(["You said: hello", "You said: hello", refused]);
  expect(log).toHaveBeenCalledWith("dingtalk", "message", "staff-001", expect.stringMatching(/ ms$/));
});

test("errors", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
  await import("../src/errors.ts");
  expect(warn).toHaveBeenCalledWith("forget this group:", "invalidParameter.openConversationId.invalid");
  const lin = sim.user("Lin");
  await lin.say("hello");
  expect((await lin.screen().next()).text).toBe("Sorry, that did not work. Please try again.");
  expect(error).toHaveBeenCalledOnce();
});

test("alerts: robots of groups on two platforms", async () => {
  await using wecom = await createWeComSimulator();
  running.wecom = wecom.app;
  const lin = sim.user("Lin");
  const group = sim.group("Operations", [lin]);
  const robot = sim.robot(group);
  const hu = wecom.user("Hu");
  const duty = wecom.group("Duty", [hu]);
  vi.stubEnv("ROBOT_TOKEN", robot.accessToken);
  vi.stubEnv("ROBOT_SECRET", robot.secret);
  const alarm = wecom.robot(duty);
  vi.stubEnv("ROBOT_KEY", alarm.key);
  await import("../src/alerts.ts");
  expect((await lin.screen({ group, bot: robot }).next()).text).toBe("**db-1** disk at 93 %");
  expect((await hu.screen({ group: duty, bot: alarm }).next()).text).toContain("**db-1** disk at 93 %");
});
