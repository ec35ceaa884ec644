/** Agents that ask a model: an OpenAI-compatible endpoint and OpenClaw's, on a bot that talks to a simulated DingTalk. */
import { type Bot, createBot, type Logger, memoryState } from "@openclaw-china/core";
import { ChannelError } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";
import {
  createDingTalkSimulator,
  type DingTalkSimulator,
  type Shown,
  type SimulatedUser,
} from "@openclaw-china/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { agentsOf } from "../../src/agents/agents.ts";
import type { AgentConfig } from "../../src/config/file.ts";
import { type Asked, type FakeModel, lastQuestion, startModel } from "../model.ts";

const KEY = "sk-test-0123456789";
const WAIT = { timeout: 10_000, interval: 10 };

let sim: DingTalkSimulator;
let lin: SimulatedUser;
let model: FakeModel;
let bot: Bot | undefined;
let answer: (asked: Asked) => void;
/** What the log's errors were. */
let failures: ChannelError[];

beforeEach(async () => {
  vi.unstubAllEnvs();
  sim = await createDingTalkSimulator();
  lin = sim.user("Lin");
  failures = [];
  answer = (asked) => {
    for (const piece of ["You asked: ", lastQuestion(asked)]) asked.say(piece);
    asked.end();
  };
  model = await startModel((asked) => answer(asked));
});
afterEach(async () => {
  await bot?.stop({ timeoutMs: 0 });
  bot = undefined;
  await model[Symbol.asyncDispose]();
  await sim.close();
});

async function start(config: AgentConfig): Promise<void> {
  const state = memoryState();
  const nothing = (): void => undefined;
  const error = (facts: object): void => {
    if ("err" in facts && facts.err instanceof ChannelError) failures.push(facts.err);
  };
  const log: Logger = { debug: nothing, info: nothing, warn: nothing, error };
  const [handler] = Object.values(agentsOf({ main: config }, state.store));
  bot = createBot({ channels: [createDingTalk(sim.app)], state, log, ...(handler === undefined ? {} : { handler }) });
  await bot.start();
}

async function ask(text: string): Promise<Shown> {
  await lin.say(text);
  return lin.screen().next({ timeoutMs: 10_000 });
}

function openai(more: object = {}): AgentConfig {
  return { kind: "openai", model: "m-1", base_url: `${model.url}/v1`, api_key: KEY, memory_messages: 20, ...more };
}

function openclaw(more: object = {}): AgentConfig {
  return { kind: "openclaw", url: model.url, token: KEY, agent: "reports", ...more };
}

describe("openai", () => {
  test("streams the answer into the card, and asks as the API wants to be asked", async () => {
    await start(openai({ system: "Be brief." }));
    expect(await ask("hello")).toMatchObject({ kind: "card", state: "finished", text: "You asked: hello" });
    const [asked] = model.asked;
    expect(asked?.path).toBe("/v1/chat/completions");
    expect(asked?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(asked?.body).toMatchObject({
      model: "m-1",
      stream: true,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "hello" },
      ],
    });
    expect(asked?.body.user).toBeUndefined();
  });

  test("remembers the conversation, as far as it may", async () => {
    await start(openai({ memory_messages: 2 }));
    for (const text of ["one", "two", "three"]) await ask(text);
    expect(model.asked.map(({ body }) => body.messages.map(({ content }) => content))).toEqual([
      ["one"],
      ["one", "You asked: one", "two"],
      ["two", "You asked: two", "three"],
    ]);
    const wang = sim.user("Wang");
    await wang.say("who am I?");
    await wang.screen().next();
    expect(model.asked.at(-1)?.body.messages).toHaveLength(1);
  });

  test("a file is named to the model, which does not see it", async () => {
    await start(openai());
    await lin.sendFile(new File(["x"], "plan.pdf"));
    expect((await lin.screen().next()).text).toBe("You asked: [file: plan.pdf]");
  });

  test("a stop word lets the model go, and what was shown stays", async () => {
    await start(openai());
    answer = (asked) => asked.say("The beginning");
    await lin.say("tell me");
    const answers = (): readonly Shown[] => lin.screen().messages.filter(({ from }) => from === sim.botId);
    await vi.waitFor(() => expect(answers()[0]?.text).toBe("The beginning"), WAIT);
    await lin.say("/stop");
    await model.asked[0]?.over;
    await vi.waitFor(() => expect(answers()[0]).toMatchObject({ state: "finished", text: "The beginning" }), WAIT);
    expect(failures).toEqual([]);
  });

  test("an agent without a key takes none from the environment by itself", async () => {
    vi.stubEnv("OPENAI_API_KEY", "sk-of-openai");
    await start(openai({ api_key: undefined }));
    await ask("hello");
    expect(model.asked[0]?.headers.authorization).not.toContain("sk-of-openai");
  });
});

describe("openclaw", () => {
  test("names the agent, the conversation and the channel, and sends only what is new", async () => {
    vi.stubEnv("OPENAI_ORG_ID", "org-of-openai");
    await start(openclaw());
    await ask("first");
    expect(await ask("second")).toMatchObject({ state: "finished", text: "You asked: second" });
    const sales = sim.group("Sales", [lin]);
    await lin.say("in the group", { group: sales });
    await lin.screen({ group: sales }).next();
    const [first, second, third] = model.asked;
    expect(second?.path).toBe("/v1/chat/completions");
    expect(second?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(second?.headers["x-openclaw-message-channel"]).toBe("dingtalk");
    expect(second?.headers["openai-organization"]).toBeUndefined();
    expect(second?.body).toMatchObject({
      model: "openclaw/reports",
      stream: true,
      messages: [{ role: "user", content: "second" }],
    });
    expect(second?.body.user).toMatch(/^dingtalk:default:./);
    expect(first?.body.user).toBe(second?.body.user);
    expect(third?.body.user).toBe(`dingtalk:default:${sales.id}`);
  });

  test.each(["", "/", "/v1", "/v1/"])("its address may end in %j", async (end) => {
    await start(openclaw({ url: model.url + end }));
    await ask("hello");
    expect(model.asked[0]?.path).toBe("/v1/chat/completions");
  });

  test("a question is not sent twice: the host keeps the history", async () => {
    answer = (asked) => asked.refuse(500, { error: { message: "busy" } });
    await start(openclaw());
    await ask("hello");
    expect(model.asked).toHaveLength(1);
  });
});

interface Failure {
  readonly what: string;
  readonly fail: (asked: Asked) => void;
  readonly facts: Partial<ChannelError>;
  readonly message: RegExp;
  readonly fix: RegExp;
}

const refuse =
  (status: number, message: string, code?: string) =>
  (asked: Asked): void =>
    asked.refuse(status, { error: { message, code } });

const OPENAI_FAILURES: readonly Failure[] = [
  {
    what: "a wrong key",
    fail: refuse(401, `Incorrect key ${KEY}`),
    facts: { code: "credentials_rejected", kind: "platform", channel: "openai" },
    message: /401 Incorrect key \*\*\*/,
    fix: /agents\.main\.api_key/,
  },
  {
    what: "an unknown model",
    fail: refuse(404, "The model m-1 does not exist"),
    facts: { code: "platform_refused" },
    message: /404 The model m-1 does not exist/,
    fix: /agents\.main\.model/,
  },
  {
    what: "a used-up quota",
    fail: refuse(429, "You exceeded your quota", "insufficient_quota"),
    facts: { code: "quota_exhausted" },
    message: /exceeded your quota/,
    fix: /limit or quota/,
  },
  {
    what: "a broken endpoint",
    fail: refuse(503, "overloaded"),
    facts: { code: "platform_refused" },
    message: /503 overloaded/,
    fix: /status page/,
  },
  {
    what: "a stream that breaks off",
    fail(asked) {
      asked.say("Half");
      asked.response.destroy();
    },
    facts: { code: "unreachable", kind: "transport" },
    message: /got no answer from m-1/,
    fix: /broke off|listens there/,
  },
  {
    what: "an error inside of the stream",
    fail: ({ response }) =>
      void response
        .writeHead(200, { "content-type": "text/event-stream" })
        .end('data: {"error":{"message":"out of memory"}}\n\n'),
    facts: { code: "platform_refused" },
    message: /out of memory/,
    fix: /status page/,
  },
  {
    what: "no answer at all",
    fail: (asked) => asked.end(),
    facts: { code: "platform_refused" },
    message: /empty answer/,
    fix: /streams chat completions/,
  },
  {
    what: "what is no stream",
    fail: (asked) => asked.refuse(200, { choices: [{ message: { content: "not streamed" } }] }),
    facts: { code: "platform_refused" },
    message: /empty answer/,
    fix: /stream: true/,
  },
];

const OPENCLAW_FAILURES: readonly Failure[] = [
  {
    what: "its endpoint is switched off",
    fail: refuse(404, "Not Found"),
    facts: { code: "config_invalid", channel: "openclaw" },
    message: /openclaw\/reports at http/,
    fix: /chatCompletions\.enabled: true/,
  },
  {
    what: "its token is another",
    fail: refuse(401, "Unauthorized"),
    facts: { code: "credentials_rejected" },
    message: /401 Unauthorized/,
    fix: /agents\.main\.token/,
  },
  {
    what: "it does not know the agent",
    fail: refuse(400, "Unknown agent 'reports'"),
    facts: { code: "platform_refused" },
    message: /Unknown agent 'reports'/,
    fix: /agents\.main\.agent/,
  },
];

/** An apology to the person, and to the operator what happened, why, and what to do. */
async function expectApology({ fail, facts, message, fix }: Failure, config: AgentConfig): Promise<void> {
  answer = fail;
  await start(config);
  await lin.say("hello");
  await vi.waitFor(
    () => expect(lin.screen().messages.at(-1)?.text).toMatch(/^抱歉,出了点问题.*Sorry, that did not work/),
    WAIT,
  );
  expect(failures).toHaveLength(1);
  const [error] = failures;
  expect(error).toMatchObject(facts);
  expect(error?.message).toMatch(/^the agent "main" got/);
  expect(error?.message).toMatch(message);
  expect(error?.fix.en).toMatch(fix);
  expect(error?.fix.zh).toMatch(/\p{Script=Han}/u);
  expect(JSON.stringify([error?.message, error?.fix, error?.platform])).not.toContain(KEY);
}

test.each(OPENAI_FAILURES)("openai fails: $what", (failure) => expectApology(failure, openai()));

test.each(OPENCLAW_FAILURES)("openclaw fails: $what", (failure) => expectApology(failure, openclaw()));

test("nobody listens there", async () => {
  const config = openai({ base_url: `${model.url}/v1` });
  await model[Symbol.asyncDispose]();
  await start(config);
  await lin.say("hello");
  await vi.waitFor(() => expect(failures).toHaveLength(1), WAIT);
  expect(failures[0]).toMatchObject({ code: "unreachable", kind: "transport" });
  expect(failures[0]?.message).toContain("ECONNREFUSED");
  expect(failures[0]?.fix.en).toContain("something listens there");
});
