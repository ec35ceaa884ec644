/** What an operator is told about a wrong config file: the key, the cause, the fix. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChannelError } from "@openclaw-china/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseConfigFile, readConfigFile } from "../../src/config/file.ts";
import { resolveConfig } from "../../src/config/resolve.ts";

const SECRETS = { file: "/home/bot/.config/openclaw/secrets.env", values: {}, warnings: [] };
const DINGTALK = { app_key: "dingkey", app_secret: "dingsecret", default_agent: "main" };
const AGENTS = { main: { kind: "echo" } };

/** A valid file, with changes. */
function file(changes: object = {}): object {
  return { agents: AGENTS, channels: { dingtalk: DINGTALK }, ...changes };
}

function withDingTalk(changes: object): object {
  return file({ channels: { dingtalk: { ...DINGTALK, ...changes } } });
}

function withAgent(agent: unknown): object {
  return file({ agents: { ...AGENTS, other: agent } });
}

function refusal(given: unknown, env: Readonly<Record<string, string>> = {}): ChannelError {
  try {
    resolveConfig(given, { env, secrets: SECRETS });
  } catch (error) {
    if (error instanceof ChannelError) return error;
    throw error;
  }
  return expect.unreachable("the file was accepted");
}

test("the example of the tests is valid", () => {
  expect(() => resolveConfig(file(), { env: {}, secrets: SECRETS })).not.toThrow();
});

describe("keys that do not exist", () => {
  test.each<[string, object, string]>([
    ["whenBusy at the top", file({ whenBusy: "queue" }), "Write when_busy instead of whenBusy."],
    ["a slip at the top", file({ chanels: {} }), "Write channels instead of chanels."],
    ["port at the top", file({ port: 80 }), "Write http.port instead of port."],
    ["a stranger at the top", file({ plugins: {} }), "Remove it. Known here: agents, channels, robots, state, http"],
    ["host's name", file({ http: { hostname: "x" } }), "Write host instead of hostname."],
    ["a slip in http", file({ http: { prot: 1 } }), "Write port instead of prot."],
    ["state's path", file({ state: { path: "x" } }), "Write file instead of path."],
    ["baseURL", withAgent({ kind: "openai", model: "m", baseURL: "http://x" }), "Write base_url instead of baseURL."],
    ["url of openai", withAgent({ kind: "openai", model: "m", url: "http://x" }), "Write base_url instead of url."],
    ["apiKey", withAgent({ kind: "openai", model: "m", apiKey: "k" }), "Write api_key instead of apiKey."],
    ["systemPrompt", withAgent({ kind: "openai", model: "m", systemPrompt: "x" }), "Write system instead of"],
    ["history", withAgent({ kind: "openai", model: "m", maxHistory: 3 }), "Write memory_messages instead of"],
    [
      "agentId",
      withAgent({ kind: "openclaw", url: "http://x", token: "t", agentId: "a" }),
      "Write agent instead of agentId.",
    ],
    [
      "base_url of openclaw",
      withAgent({ kind: "openclaw", base_url: "http://x", token: "t", agent: "a" }),
      "Write url instead of",
    ],
    ["a model of echo", withAgent({ kind: "echo", model: "m" }), "Remove it. Known here: kind."],
    ["dingding", file({ channels: { dingding: {} } }), "Write dingtalk instead of dingding."],
    ["another plugin's id", file({ channels: { "dingtalk-connector": {} } }), "Write dingtalk instead of"],
    ["clientId", withDingTalk({ clientId: "x" }), "Write app_key instead of clientId."],
    ["dmPolicy", withDingTalk({ dmPolicy: "open" }), "Write dm_policy instead of dmPolicy."],
    [
      "inside of group_routing",
      withDingTalk({ group_routing: { keywordRoutes: {} } }),
      "Write keyword_routes instead of",
    ],
    [
      "inside of a route",
      withDingTalk({ routes: [{ when: { texts: "x" }, agent: "main" }] }),
      "Write text instead of texts.",
    ],
    [
      "of an account",
      withDingTalk({ accounts: { a: { clientSecret: "x" } } }),
      "Write app_secret instead of clientSecret.",
    ],
  ])("%s", (_, given, fix) => {
    const error = refusal(given);
    expect(error.code).toBe("config_invalid");
    expect(error.message).toContain("has no key");
    expect(error.fix.en).toContain(fix);
    expect(error.fix.zh).toMatch(/\p{Script=Han}/u);
  });

  test("their place is named", () => {
    expect(refusal(withAgent({ kind: "echo", model: "m" })).message).toBe('agents.other has no key "model"');
    expect(refusal(file({ http: { prot: 1 } })).message).toBe('http has no key "prot"; it is called "port" here');
    expect(refusal(file({ nonsense: 1 })).message).toBe('the config file has no key "nonsense"');
    expect(refusal(withDingTalk({ accounts: { a: { clientId: "x" } } })).message).toContain(
      "channels.dingtalk.accounts.a",
    );
  });

  test("robots have a channel and a token, and keys of their own", () => {
    const ops = { channel: "dingtalk", access_token: "t0k3n" };
    expect(parseConfigFile(file({ robots: { ops } })).robots).toEqual({ ops });
    const wrong = (change: object): string => refusal(file({ robots: { ops: { ...ops, ...change } } })).message;
    expect(wrong({ access_token: undefined })).toContain("robots.ops.access_token");
    expect(wrong({ channel: "slack" })).toContain("robots.ops.channel");
    expect(wrong({ token: "x" })).toBe('robots.ops has no key "token"; it is called "access_token" here');
    expect(wrong({ proxy: "somewhere" })).toContain("robots.ops.proxy");
  });
});

/** What is written, what is said, what is advised. */
const WRONG_VALUES: readonly (readonly [what: string, given: object, message: string, fix: string])[] = [
  [
    "a port as text",
    file({ http: { port: "80" } }),
    "http.port: expected a whole number from 0 to 65535",
    "Write a whole number",
  ],
  ["a port beyond", file({ http: { port: 70_000 } }), "found 70000", "from 0 to 65535"],
  ["lanes", file({ lanes: 0 }), "lanes: expected a whole number from 1 to 10000, found 0", "Write a whole number"],
  ["when_busy", file({ when_busy: "pass" }), 'when_busy: expected "queue", "merge" or "interrupt"', 'Write "queue"'],
  [
    "unknown_reply",
    file({ unknown_reply: "again" }),
    'unknown_reply: expected "notice", "resend" or "silent"',
    'Write "notice"',
  ],
  ["stop_words", file({ stop_words: "/stop" }), "stop_words: expected a list in brackets", "Write a list"],
  ["no kind", withAgent({ model: "m" }), "agents.other.kind is missing", 'Write "echo", "openai" or "openclaw".'],
  [
    "a kind nobody knows",
    withAgent({ kind: "gpt" }),
    "agents.other.kind: expected",
    'Write "echo", "openai" or "openclaw".',
  ],
  ["no model", withAgent({ kind: "openai" }), "agents.other.model is missing", "Write a text."],
  [
    "an address without scheme",
    withAgent({ kind: "openai", model: "m", base_url: "localhost:11434" }),
    "agents.other.base_url: expected an address with its scheme",
    "https://",
  ],
  [
    "an address of a socket",
    withAgent({ kind: "openclaw", url: "ws://x", token: "t", agent: "a" }),
    "agents.other.url: expected an address",
    "https://",
  ],
  ["memory", withAgent({ kind: "openai", model: "m", memory_messages: 500 }), "found 500", "from 0 to 200"],
  ["an agent as text", withAgent("echo"), "agents.other: expected a block in braces", "Write a block"],
  [
    "a name with blanks",
    file({ agents: { "my agent": { kind: "echo" } } }),
    "agents.my agent: this name cannot be used",
    "letters, digits",
  ],
  ["no channels", { agents: AGENTS }, "channels is missing", "Write a block in braces."],
  ["a list", [1], "the config file: expected a block in braces, found a list", "Write a block in braces."],
  ["nothing", null as unknown as object, "the config file: expected a block in braces, found null", "Write a block"],
  ["mode", withDingTalk({ mode: "polling" }), "channels.dingtalk.mode", ""],
  ["the key of events", withDingTalk({ mode: "webhook", aes_key: "short" }), "channels.dingtalk.aes_key", ""],
  [
    "a time window",
    withDingTalk({ routes: [{ when: { between: "9-17" }, agent: "main" }] }),
    "channels.dingtalk.routes",
    "",
  ],
  [
    "an impossible time",
    withDingTalk({ routes: [{ when: { between: "29:00-17:00" }, agent: "main" }] }),
    "channels.dingtalk.routes[0].when.between",
    "HH:MM-HH:MM",
  ],
  [
    "an expression",
    withDingTalk({ routes: [{ when: { text: "/(/" }, agent: "main" }] }),
    "channels.dingtalk.routes[0].when.text is no regular expression",
    "Correct the expression",
  ],
  ["pairing", withDingTalk({ dm_policy: "pairing" }), 'dm_policy of dingtalk:default is "pairing"', 'Use "allowlist"'],
];

describe("values of another kind", () => {
  test.each(WRONG_VALUES)("%s", (_, given, message, fix) => {
    const error = refusal(given);
    expect(error.code).toBe("config_invalid");
    expect(error.message).toContain(message);
    expect(error.fix.en).toContain(fix);
    expect(error.fix.zh).toMatch(/\p{Script=Han}/u);
  });

  test("no value is repeated: it may be a secret", () => {
    for (const given of [withAgent({ kind: "very-secret" }), withDingTalk({ app_secret: { value: "very-secret" } })]) {
      const { message, fix } = refusal(given);
      expect(JSON.stringify([message, fix])).not.toContain("very-secret");
    }
  });
});

describe("agents that do not exist", () => {
  test.each<[string, object, string]>([
    ["the default", { default_agent: "nobody" }, "channels.dingtalk.default_agent"],
    ["of groups", { group_routing: { default_agent: "nobody" } }, "channels.dingtalk.group_routing.default_agent"],
    [
      "of a keyword",
      { group_routing: { keyword_routes: { hi: "nobody" } } },
      "channels.dingtalk.group_routing.keyword_routes.hi",
    ],
    [
      "of a route",
      {
        routes: [
          { when: {}, agent: "main" },
          { when: {}, agent: "nobody" },
        ],
      },
      "channels.dingtalk.routes[1]",
    ],
  ])("%s", (_, changes, at) => {
    const error = refusal(withDingTalk(changes));
    expect(error.message).toBe(`${at} names the agent "nobody", which is not in agents`);
    expect(error.fix.en).toBe("Add it under agents, or write one of those there: main.");
  });

  test("of an account: its own key, or that of the block", () => {
    const accounts = { a: { app_key: "1", default_agent: "nobody" }, b: { app_key: "2" } };
    expect(refusal(withDingTalk({ accounts })).message).toMatch(
      /^channels\.dingtalk\.accounts\.a\.default_agent names/,
    );
    const inherited = { default_agent: "nobody", accounts: { a: { app_key: "1" } } };
    expect(refusal(withDingTalk(inherited)).message).toMatch(/^channels\.dingtalk\.default_agent names/);
  });

  test("names that every object has are no agents", () => {
    expect(refusal(withDingTalk({ default_agent: "constructor" })).message).toContain('names the agent "constructor"');
  });

  test("without any, the fix shows one", () => {
    const error = refusal({ channels: { dingtalk: DINGTALK } });
    expect(error.fix.en).toBe('Add it, for example agents: { "main": { kind: "echo" } }.');
  });
});

test("an example that another route takes names both places", () => {
  const routes = [
    { when: { text: "bug" }, agent: "main" },
    { when: { text: "bug report" }, agent: "main", examples: ["a bug report"] },
  ];
  const error = refusal(withDingTalk({ routes }));
  expect(error.message).toContain("channels.dingtalk.routes[1]");
  expect(error.message).toContain("channels.dingtalk.routes[0]");
  const second = { accounts: { a: { app_key: "1" }, b: { app_key: "2", routes } } };
  expect(refusal(withDingTalk(second)).message).toContain("channels.dingtalk.accounts.b.routes[1]");
});

describe("secrets that are missing", () => {
  const bare = { default_agent: "main" };

  test.each<[string, object, string, string]>([
    [
      "a variable",
      withDingTalk({ app_secret: "${MY_SECRET}" }),
      "channels.dingtalk.app_secret needs ${MY_SECRET}",
      "MY_SECRET",
    ],
    ["an empty variable", withDingTalk({ app_secret: "${BLANK}" }), "needs ${BLANK}", "BLANK"],
    [
      "a name that every object has",
      withDingTalk({ app_secret: "${constructor}" }),
      "needs ${constructor}",
      "constructor",
    ],
    [
      "a key that is left out",
      file({ channels: { dingtalk: bare } }),
      "channels.dingtalk.app_key is missing",
      "DINGTALK_APP_KEY",
    ],
    [
      "a secret that is left out",
      file({ channels: { dingtalk: { ...bare, app_key: "k" } } }),
      "channels.dingtalk.app_secret is missing",
      "DINGTALK_APP_SECRET",
    ],
    ["of an agent", withAgent({ kind: "openai", model: "m" }), "agents.other.api_key is missing", "OPENAI_API_KEY"],
    ["in a list", withDingTalk({ allow_from: ["${BOSS}"] }), "channels.dingtalk.allow_from[0] needs ${BOSS}", "BOSS"],
  ])("%s", (_, given, message, name) => {
    const error = refusal(given, { BLANK: " " });
    expect(error.code).toBe("secret_missing");
    expect(error.message).toContain(message);
    expect(error.message).toContain(SECRETS.file);
    expect(error.fix.en).toContain(`Add the line ${name}=… to ${SECRETS.file}`);
    expect(error.fix.zh).toContain(`${name}=…`);
  });
});

describe("no channel", () => {
  test.each<[string, object]>([
    ["none", {}],
    ["one that is off", { dingtalk: { enabled: false, app_secret: "${NOT_NEEDED}" } }],
    ["all accounts off", { dingtalk: { ...DINGTALK, accounts: { a: { enabled: false, app_key: "${NOT_NEEDED}" } } } }],
  ])("%s", (_, channels) => {
    const error = refusal(file({ channels }));
    expect(error.message).toBe("no channel is enabled");
    expect(error.fix.en).toContain("channels.dingtalk");
  });
});

describe("the file itself", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "config-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("comments, trailing commas, single quotes and a byte order mark are JSON5", async () => {
    const path = join(folder, "a.json5");
    await writeFile(path, "\uFEFF// hello\n{ agents: { main: { kind: 'echo', }, }, }\n");
    expect(await readConfigFile(path)).toEqual({ agents: { main: { kind: "echo" } } });
  });

  test.each<[string, string, string]>([
    ["a missing bracket", "{\n  agents: {\n", "invalid end of input at 3:1"],
    ["a stray letter", "{\n  agents: x\n}", "invalid character 'x' at 2:11"],
    ["an empty file", "", "invalid end of input at 1:1"],
  ])("%s: line and column", async (_, text, where) => {
    const path = join(folder, "b.json5");
    await writeFile(path, text);
    await expect(readConfigFile(path)).rejects.toMatchObject({
      code: "config_invalid",
      message: `the config file ${path} is no JSON5: ${where} (line:column)`,
      fix: { en: "Correct the text at that line and column." },
    });
  });

  test.each<[string, string, string]>([
    ["absent", "none.json5", "there is no such file"],
    ["a folder", ".", "it is a folder"],
  ])("%s", async (_, name, why) => {
    const path = join(folder, name);
    await expect(readConfigFile(path)).rejects.toMatchObject({
      code: "config_invalid",
      message: `the config file ${path} cannot be read: ${why}`,
      fix: { en: expect.stringContaining("--config") as string },
    });
  });
});
