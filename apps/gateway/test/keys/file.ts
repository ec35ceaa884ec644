/** Keys of the gateway's own file: agents, robots, and options of the bot. */
import type { Turn } from "@openclaw-china/core";
import { fakeClock } from "@openclaw-china/testkit";
import { expect } from "vitest";
import { openRobots } from "../../src/sending/robots.ts";
import { type Asked, lastQuestion, startModel } from "../model.ts";
import { startProxy } from "../proxy.ts";
import { answerOn, PATIENCE, type Stage } from "./stage.ts";
import type { Effects } from "./table.ts";

const QUICK = { thinking: "off", streaming: "off" };
const HOURS_MS = 3_600_000;

/** A model that repeats what it is asked. */
const REPEATS = (asked: Asked): void => {
  asked.say(`model: ${lastQuestion(asked)}`);
  asked.end();
};

/** What an agent asked of its model, having been written to once for each text. */
async function asked(stage: Stage, agent: object, ...texts: readonly string[]): Promise<readonly Asked[]> {
  await using model = await startModel(REPEATS);
  const written = Object.entries(agent).filter(([, value]) => value !== undefined);
  const at = Object.fromEntries(written.map(([key, value]) => [key, value === URL ? model.url : value]));
  const env = { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: "key-of-env" };
  await stage.start({ file: { agents: { main: at } }, agents: "file", block: QUICK, env });
  for (const text of texts) expect((await stage.ask(text)).text).toBe(`model: ${text}`);
  return model.asked;
}

const OPENAI = { kind: "openai", model: "m-1", base_url: URL, api_key: "key-1" };
const OPENCLAW = { kind: "openclaw", url: URL, token: "token-1", agent: "reports" };

/** A group with a robot, which the file knows as `ops`; what it shows there. */
async function robot(stage: Stage, settings: object, keys: object): Promise<(text: string) => Promise<string>> {
  const { lin, team, sim } = stage;
  const { id, accessToken: access_token, secret, endpoints } = sim.robot(team, settings);
  const signed = secret === undefined ? {} : { secret };
  const { file } = stage.resolve({
    file: { robots: { ops: { channel: "dingtalk", access_token, endpoints, ...signed, ...keys } } },
  });
  return async (text) => {
    const robots = openRobots(file.robots);
    try {
      await robots.robot("ops").send({ kind: "text", text });
    } finally {
      await robots.close();
    }
    return lin.screen({ group: team }).messages.findLast(({ from }) => from === id)?.text ?? "";
  };
}

export const FILE: Effects<Stage> = {
  async $schema(stage) {
    await stage.start({ file: { $schema: "./openclaw-china.schema.json" } });
    expect((await stage.ask("hi")).text).toBe("main: hi");
  },

  async "agents.*.kind"(stage) {
    await stage.start({ agents: "file" });
    expect((await stage.ask("hi")).text).toBe("You said: hi");
    const [plain] = await asked(stage, OPENAI, "hello");
    expect(plain?.body.user).toBeUndefined();
    const [claw] = await asked(stage, OPENCLAW, "hello again");
    expect(claw?.headers["x-openclaw-message-channel"]).toBe("dingtalk");
    expect(() => stage.resolve({ file: { agents: { main: { kind: "magic" } } } })).toThrow(/agents\.main\.kind/);
  },

  async "agents.*.model"(stage) {
    const [one] = await asked(stage, { ...OPENAI, model: "m-2" }, "hi");
    expect(one?.body.model).toBe("m-2");
  },

  async "agents.*.base_url"(stage) {
    const [one] = await asked(stage, OPENAI, "hi");
    expect(one?.path).toBe("/chat/completions");
    const [byEnv] = await asked(stage, { ...OPENAI, base_url: undefined }, "by the variable");
    expect(byEnv?.path).toBe("/chat/completions");
  },

  async "agents.*.api_key"(stage) {
    const [one] = await asked(stage, OPENAI, "hi");
    expect(one?.headers.authorization).toBe("Bearer key-1");
    const [byEnv] = await asked(stage, { ...OPENAI, api_key: undefined }, "by the variable");
    expect(byEnv?.headers.authorization).toBe("Bearer key-of-env");
    const own = { ...OPENAI, base_url: "http://127.0.0.1:1", api_key: undefined };
    expect(() => stage.resolve({ file: { agents: { main: own } } })).not.toThrow();
    const none = { kind: "openai", model: "m" };
    expect(() => stage.resolve({ file: { agents: { main: none } } })).toThrow(/api_key is missing, and OPENAI_API_KEY/);
  },

  async "agents.*.system"(stage) {
    const [one] = await asked(stage, { ...OPENAI, system: "Be brief." }, "hi");
    expect(one?.body.messages[0]).toEqual({ role: "system", content: "Be brief." });
  },

  async "agents.*.memory_messages"(stage) {
    const shown = async (memory_messages: number | undefined): Promise<readonly number[]> => {
      const all = await asked(stage, { ...OPENAI, memory_messages }, "one", "two", "three");
      return all.map(({ body }) => body.messages.length);
    };
    expect(await shown(0)).toEqual([1, 1, 1]);
    expect(await shown(2)).toEqual([1, 3, 3]);
    expect(await shown(undefined)).toEqual([1, 3, 5]);
  },

  async "agents.*.url"(stage) {
    const [one] = await asked(stage, OPENCLAW, "hi");
    expect(one?.path).toBe("/v1/chat/completions");
  },

  async "agents.*.token"(stage) {
    const [one] = await asked(stage, { ...OPENCLAW, token: "token-2" }, "hi");
    expect(one?.headers.authorization).toBe("Bearer token-2");
  },

  async "agents.*.agent"(stage) {
    const [one] = await asked(stage, { ...OPENCLAW, agent: "sales" }, "hi");
    expect(one?.body.model).toBe("openclaw/sales");
  },

  async "channels.dingtalk"(stage) {
    await stage.start();
    expect((await stage.ask("hi")).text).toBe("main: hi");
    expect(() => stage.resolve({ file: { channels: {} } })).toThrow(/no channel is enabled/);
  },

  async "robots.*.channel"(stage) {
    expect(await (await robot(stage, {}, { channel: "dingtalk" }))("disk full")).toBe("disk full");
    await expect(robot(stage, {}, { channel: "slack" })).rejects.toThrow(/robots\.ops\.channel/);
  },

  async "robots.*.access_token"(stage) {
    expect(await (await robot(stage, {}, {}))("disk full")).toBe("disk full");
    const unknown = await robot(stage, {}, { access_token: "unknown" });
    await expect(unknown("never seen")).rejects.toMatchObject({ code: "credentials_rejected" });
  },

  async "robots.*.secret"(stage) {
    expect(await (await robot(stage, { isSigned: true }, {}))("signed")).toBe("signed");
    for (const secret of ["SECwrong", undefined]) {
      const send = await robot(stage, { isSigned: true }, { secret });
      await expect(send("never seen")).rejects.toMatchObject({ platform: { code: "310000" } });
    }
  },

  async "robots.*.keyword"(stage) {
    const keywords = { keywords: ["alert"] };
    const send = await robot(stage, keywords, { keyword: "alert" });
    expect(await send("disk full")).toMatch(/^disk full\s+alert$/);
    expect(await send("alert: disk full")).toBe("alert: disk full");
    const without = await robot(stage, keywords, {});
    await expect(without("never seen")).rejects.toMatchObject({ platform: { code: "310000" } });
  },

  async "robots.*.endpoints.oapi"(stage) {
    const send = await robot(stage, {}, {});
    await send("there");
    expect(stage.sim.calls.map(({ name }) => name)).toEqual(["robot/send"]);
    expect(() => stage.resolve({ file: { robots: { ops: { ...ROBOT, endpoints: { oapi: "nowhere" } } } } })).toThrow(
      /robots\.ops\.endpoints\.oapi/,
    );
  },

  async "robots.*.proxy"(stage) {
    await using proxy = await startProxy();
    const send = await robot(stage, {}, { proxy: proxy.url });
    await expect(send("never seen")).rejects.toThrow();
    expect(proxy.targets.length).toBeGreaterThan(0);
    expect(stage.sim.calls).toEqual([]);
    expect(await (await robot(stage, {}, { proxy: "off" }))("directly")).toBe("directly");
  },

  async unknown_reply(stage) {
    const { sim, lin } = stage;
    const texts = async (unknown_reply: string | undefined): Promise<readonly string[]> => {
      await stage.start({ block: QUICK, file: { unknown_reply } });
      const before = lin.screen().messages.length;
      {
        using _lost = sim.fault({ kind: "noAnswer", executed: true, on: "sendBySession" });
        await lin.say("hi");
        await expect.poll(() => lin.screen().messages.length, PATIENCE).toBeGreaterThan(before + 1);
      }
      const answers = (): readonly string[] =>
        lin
          .screen()
          .messages.slice(before)
          .filter(({ from }) => from === sim.botId)
          .map(({ text }) => text);
      await lin.say("next"); // its turn comes after the other is settled
      await expect.poll(answers, PATIENCE).toContain("main: next");
      return answers().filter((text) => text !== "main: next");
    };
    const notice = ["main: hi", expect.stringContaining("may not have arrived") as string];
    expect(await texts(undefined)).toEqual(notice);
    expect(await texts("notice")).toEqual(notice);
    expect(await texts("resend")).toEqual(expect.arrayContaining(["main: hi", "main: hi"]));
    expect(await texts("silent")).toEqual(["main: hi"]);
  },

  async when_busy(stage) {
    const { lin } = stage;
    const turns = async (when_busy: string | undefined, expected: readonly string[]): Promise<void> => {
      const begun: string[] = [];
      const held = Promise.withResolvers<void>();
      const main = async (turn: Turn): Promise<string> => {
        begun.push(turn.text);
        if (begun.length === 1) await Promise.race([held.promise, aborted(turn.signal)]);
        return `done: ${turn.text}`;
      };
      await stage.start({ block: QUICK, file: { when_busy }, agents: { main } });
      await lin.say("one");
      await expect.poll(() => begun, PATIENCE).toEqual(["one"]);
      for (const text of ["two", "three"]) await lin.say(text);
      if (when_busy !== "interrupt") held.resolve();
      await expect.poll(() => [begun[0], ...begun.slice(-(expected.length - 1))], PATIENCE).toEqual(expected);
      const last = (): string | undefined => lin.screen().messages.at(-1)?.text;
      await expect.poll(last, PATIENCE).toBe(`done: ${expected.at(-1)}`);
    };
    for (const when_busy of ["queue", undefined]) await turns(when_busy, ["one", "two", "three"]);
    await turns("merge", ["one", "two\nthree"]);
    await turns("interrupt", ["one", "three"]);
  },

  async lanes(stage) {
    const { lin, wang } = stage;
    const begun: string[] = [];
    const held = Promise.withResolvers<void>();
    const main = async (turn: Turn): Promise<string> => {
      begun.push(turn.text);
      await held.promise;
      return `done: ${turn.text}`;
    };
    const { bot } = await stage.start({ block: QUICK, file: { lanes: 1 }, agents: { main } });
    await lin.say("one");
    await wang.say("two");
    await expect.poll(() => bot.status().inbox, PATIENCE).toMatchObject({ waiting: 1, active: 1 });
    expect(begun).toEqual(["one"]);
    held.resolve();
    expect((await answerOn(wang)).text).toBe("done: two");
    begun.length = 0;
    await stage.start({ block: QUICK, agents: { main } });
    await Promise.all([lin.say("three"), wang.say("four")]);
    await expect.poll(() => begun.toSorted(), PATIENCE).toEqual(["four", "three"]);
  },

  async stop_words(stage) {
    const { lin } = stage;
    /** What becomes of the running turn, and of the word. */
    const after = async (word: string, stop_words: readonly string[] | undefined, expected: readonly string[]) => {
      const ended: string[] = [];
      const held = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      const main = async (turn: Turn): Promise<void> => {
        begun.resolve();
        await Promise.race([aborted(turn.signal), held.promise]);
        ended.push(`${turn.text}: ${turn.signal.aborted ? "stopped" : "done"}`);
      };
      await stage.start({ block: QUICK, file: { stop_words }, agents: { main } });
      await lin.say("tell me");
      await begun.promise;
      await lin.say(word);
      if (expected.length > 1) held.resolve();
      await expect.poll(() => ended, PATIENCE).toEqual(expected);
    };
    for (const word of ["/stop", "停止"]) await after(word, undefined, ["tell me: stopped"]);
    await after("halt", ["halt"], ["tell me: stopped"]);
    await after("halt please", ["halt"], ["tell me: done", "halt please: done"]);
    await after("/stop", ["halt"], ["tell me: done", "/stop: done"]);
  },

  async turn_timeout_ms(stage) {
    const clock = fakeClock(Date.now());
    let error: unknown;
    const main = async (turn: Turn): Promise<void> => {
      await aborted(turn.signal);
      error = turn.signal.reason;
    };
    await stage.start({ block: QUICK, file: { turn_timeout_ms: 90_000 }, agents: { main }, clock });
    await stage.lin.say("tell me");
    await clock.advance(89_000);
    expect(error).toBeUndefined();
    await clock.advance(1_001);
    expect(error).toMatchObject({ code: "timeout" });
  },
};

/** Where the platform's clock is five hours behind ours: its messages are old when they come. */
export const LATE: Effects<Stage> = {
  async max_age_ms(stage) {
    await stage.start({ file: { max_age_ms: 4 * HOURS_MS } });
    expect(await stage.refusal("too late")).toMatch(/^max_age_ms: sent 180\d\d s ago/);
    await stage.start({ file: { max_age_ms: 6 * HOURS_MS } });
    expect((await stage.ask("in time")).text).toBe("main: in time");
    await stage.start();
    expect((await stage.ask("eight hours by default")).text).toBe("main: eight hours by default");
  },
};

const ROBOT = { channel: "dingtalk", access_token: "t" };

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
