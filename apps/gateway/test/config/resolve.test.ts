/** What a config comes to: channels, routes in their order, defaults, warnings, and what is shown of it. */
import type { DingTalkApp } from "@openclaw-china/testkit";
import { describe, expect, test } from "vitest";
import { type Resolved, resolveConfig } from "../../src/config/resolve.ts";
import { withoutSecrets, withoutTexts } from "../../src/config/secret.ts";
import { AGENTS, canonical, ECHO } from "../process.ts";

type Values = Readonly<Record<string, string>>;

const ENDPOINTS: DingTalkApp["endpoints"] = { api: "http://127.0.0.1:1", oapi: "http://127.0.0.1:1" };
const DINGTALK = { app_key: "dingkey", app_secret: "dingsecret", default_agent: "main" };

function resolved(given: unknown, env: Values = {}, secrets: Values = {}): Resolved {
  return resolveConfig(given, { env, secrets: { file: "secrets.env", values: secrets, warnings: [] } });
}

function warnings(dingtalk: object, agents: object = AGENTS): readonly string[] {
  const { warnings: all } = resolved({ agents, channels: { dingtalk: { ...DINGTALK, ...dingtalk } } });
  for (const { zh } of all) expect(zh).toMatch(/\p{Script=Han}/u);
  return all.map(({ en }) => en);
}

test("the canonical block: one account, and routes in the order they are tried", () => {
  const secrets = { DINGTALK_APP_KEY: "dingkey", DINGTALK_APP_SECRET: "dingsecret" };
  const block = canonical({ endpoints: ENDPOINTS });
  const {
    channels,
    routes,
    warnings: none,
    bot,
  } = resolved({ agents: AGENTS, channels: { dingtalk: block } }, {}, secrets);
  expect(channels.map(({ id, account }) => [id, account])).toEqual([["dingtalk", "default"]]);
  const here = { channel: "dingtalk", account: "default" };
  expect(routes).toEqual([
    { when: { ...here, group: "*", text: "report" }, agent: "reporting-agent" },
    { when: { ...here, group: "*", text: "translate" }, agent: "translation-agent" },
    { when: { ...here, group: "*" }, agent: "main" },
    { when: here, agent: "main" },
  ]);
  expect(none).toEqual([]);
  expect(bot).toEqual({});
});

test("the bot's own options keep their meaning", () => {
  const options = {
    unknown_reply: "resend",
    when_busy: "merge",
    lanes: 3,
    max_age_ms: 60_000,
    stop_words: ["halt"],
    turn_timeout_ms: 5_000,
  };
  const { bot, file } = resolved({ agents: AGENTS, channels: { dingtalk: DINGTALK }, ...options });
  expect(bot).toEqual({
    unknownReply: "resend",
    whenBusy: "merge",
    lanes: 3,
    maxAgeMs: 60_000,
    stopWords: ["halt"],
    turnTimeoutMs: 5_000,
  });
  expect(file).toMatchObject({
    state: { file: "openclaw-china.db" },
    http: { host: "127.0.0.1", port: 8787 },
    stop_timeout_ms: 20_000,
  });
});

test("the environment goes before the secrets file, and what is left out has a variable", () => {
  const model = { kind: "openai", model: "m" };
  const given = { agents: { main: model }, channels: { dingtalk: { app_key: "k", default_agent: "main" } } };
  const { file } = resolved(
    given,
    { DINGTALK_APP_SECRET: "of the environment", OPENAI_BASE_URL: "http://127.0.0.1:9/v1" },
    { DINGTALK_APP_SECRET: "of the file", OPENAI_API_KEY: "sk-of-the-file" },
  );
  expect(file.channels["dingtalk"]).toMatchObject({ app_key: "k", app_secret: "of the environment" });
  expect(file.agents["main"]).toMatchObject({ base_url: "http://127.0.0.1:9/v1", api_key: "sk-of-the-file" });
});

test("an endpoint of one's own needs no key", () => {
  const model = { kind: "openai", model: "m", base_url: "http://127.0.0.1:11434/v1" };
  expect(() => resolved({ agents: { main: model }, channels: { dingtalk: DINGTALK } })).not.toThrow();
});

test("accounts: the block's keys are their defaults, each with routes of its own", () => {
  const accounts = {
    sales: { app_key: "1", app_secret: "a", default_agent: "reporting-agent" },
    support: { app_key: "2", app_secret: "b", group_routing: { keyword_routes: { hi: "main" } } },
    off: { enabled: false, app_secret: "${NOT_NEEDED}" },
  };
  const { channels, routes } = resolved({
    agents: AGENTS,
    channels: { dingtalk: { default_agent: "main", accounts } },
  });
  expect(channels.map(({ account }) => account)).toEqual(["sales", "support"]);
  expect(routes.map(({ when, agent }) => [when.account, when.group, when.text, agent])).toEqual([
    ["sales", "*", undefined, "reporting-agent"],
    ["sales", undefined, undefined, "reporting-agent"],
    ["support", "*", "hi", "main"],
    ["support", "*", undefined, "main"],
    ["support", undefined, undefined, "main"],
  ]);
});

describe("warnings", () => {
  const never = /never fires/;

  test("a keyword that holds an earlier one, whatever its width and case", () => {
    const keywords = (...all: string[]): object => ({
      group_routing: { keyword_routes: Object.fromEntries(all.map((one) => [one, "main"])) },
    });
    expect(warnings(keywords("report", "Monthly REPORT"))).toEqual([
      "channels.dingtalk.group_routing.keyword_routes.Monthly REPORT never fires: channels.dingtalk.group_routing.keyword_routes.report, before it, takes its messages",
    ]);
    expect(warnings(keywords("report", "ｒｅｐｏｒｔ"))).toHaveLength(1);
    expect(warnings(keywords("monthly report", "report"))).toEqual([]);
  });

  test("everything after a route that takes all", () => {
    const routes = [
      { when: { sender: "boss" }, agent: "main" },
      { when: {}, agent: "main" },
      { when: { text: "hi" }, agent: "main" },
    ];
    const all = warnings({ routes, group_routing: { keyword_routes: { hello: "main" } } });
    expect(all.map((one) => one.split(" never fires")[0])).toEqual([
      "channels.dingtalk.routes[2]",
      "channels.dingtalk.group_routing.keyword_routes.hello",
      "channels.dingtalk.default_agent",
    ]);
  });

  test.each<[string, object, object, boolean]>([
    ["the same sender", { sender: "a" }, { sender: "a", text: "x" }, true],
    ["one of the senders", { sender: ["a", "b"] }, { sender: "b" }, true],
    ["another sender", { sender: "a" }, { sender: "b" }, false],
    ["any group before one", { group: "*" }, { group: "cid1" }, true],
    ["one group before any", { group: "cid1" }, { group: "*" }, false],
    ["the same kind", { kind: "image" }, { kind: "image", sender: "a" }, true],
    ["another kind", { kind: "image" }, { kind: "text" }, false],
    ["the same hours", { between: "09:00-18:00" }, { between: "09:00-18:00", text: "x" }, true],
    ["other hours", { between: "09:00-18:00" }, { between: "18:00-20:00" }, false],
    ["one of its words", { text: ["a", "b"] }, { text: ["xa", "b"] }, true],
    ["not all of its words", { text: "a" }, { text: ["a", "c"] }, false],
    ["the same expression", { text: "/^a/i" }, { text: "/^a/i" }, true],
    ["another expression", { text: "/^a/i" }, { text: "/^a/" }, false],
    ["a word before an expression", { text: "a" }, { text: "/^a/" }, false],
  ])("an earlier route takes it: %s", (_, first, second, isTaken) => {
    const routes = [first, second].map((when) => ({ when, agent: "main" }));
    expect(warnings({ routes }).some((one) => one.startsWith("channels.dingtalk.routes[1] never"))).toBe(isTaken);
  });

  test("groups are off: their routes never fire", () => {
    const groups = {
      routes: [{ when: { group: "cid1" }, agent: "main" }],
      group_routing: { keyword_routes: { report: "main" }, default_agent: "reporting-agent" },
    };
    for (const [off, why] of [
      [{ respond_to_mentions: false }, "respond_to_mentions: false"],
      [{ group_policy: "disabled" }, 'group_policy: "disabled"'],
      [{ group_policy: "allowlist" }, 'group_policy: "allowlist" without groups and group_allow_from'],
    ] as const) {
      expect(warnings({ ...groups, ...off })).toEqual([
        `channels.dingtalk.routes[0] never fires: groups are off (${why})`,
        `channels.dingtalk.group_routing.keyword_routes.report never fires: groups are off (${why})`,
        `channels.dingtalk.group_routing.default_agent never fires: groups are off (${why})`,
      ]);
    }
    expect(warnings({ ...groups, group_policy: "allowlist", groups: { cid1: {} } })).toEqual([]);
  });

  test.each(["file", "voice", "video"])("a %s cannot mention the bot in a group", (kind) => {
    const routes = [{ when: { kind, group: "*" }, agent: "main" }];
    expect(warnings({ routes })).toEqual([
      `channels.dingtalk.routes[0] never fires: in a group of dingtalk no ${kind} can mention the bot`,
    ]);
    expect(warnings({ routes: [{ when: { kind }, agent: "main" }] })).toEqual([]);
    expect(warnings({ respond_to_private: false, routes: [{ when: { kind }, agent: "main" }] })).toHaveLength(1);
  });

  test("a picture can; a file comes without text; an empty window is never", () => {
    expect(warnings({ routes: [{ when: { kind: "image", group: "*" }, agent: "main" }] })).toEqual([]);
    expect(warnings({ routes: [{ when: { kind: "file", text: "contract" }, agent: "main" }] })[0]).toMatch(
      /comes without text/,
    );
    expect(warnings({ routes: [{ when: { kind: "voice", text: "hi" }, agent: "main" }] })).toEqual([]);
    expect(warnings({ routes: [{ when: { between: "09:00-09:00" }, agent: "main" }] })[0]).toMatch(never);
  });

  test.each<[object, string]>([
    [{ require_mention: false }, "channels.dingtalk.require_mention is false"],
    [{ group_routing: { mention_only: false } }, "channels.dingtalk.group_routing.mention_only is false"],
    [{ groups: { cid1: { require_mention: false } } }, "channels.dingtalk.groups.cid1.require_mention is false"],
  ])("what DingTalk never hands over: %j", (dingtalk, start) => {
    const all = warnings(dingtalk);
    expect(all).toHaveLength(1);
    expect(all[0]).toContain(start);
    expect(all[0]).toContain("the others never arrive");
  });

  test("who is never answered", () => {
    expect(warnings({ respond_to_mentions: false, respond_to_private: false })).toContain(
      "channels.dingtalk answers nobody: respond_to_private: false, respond_to_mentions: false",
    );
    expect(warnings({ dm_policy: "allowlist", group_policy: "disabled" })[0]).toContain("answers nobody");
    expect(warnings({ dm_policy: "allowlist", allow_from: ["boss"] })).toEqual([]);
    const { default_agent: _, ...rest } = DINGTALK;
    const { warnings: all } = resolved({ agents: AGENTS, channels: { dingtalk: rest } });
    expect(all.map(({ en }) => en)).toEqual([
      "channels.dingtalk has no default_agent: direct messages that no route takes get no answer",
    ]);
  });

  test("an account is named", () => {
    const accounts = {
      a: { app_key: "1", require_mention: false },
      b: { app_key: "2", group_routing: { mention_only: false } },
    };
    expect(warnings({ accounts })).toEqual([
      expect.stringMatching(/^channels\.dingtalk\.accounts\.a\.require_mention is false/) as string,
      expect.stringMatching(/^channels\.dingtalk\.accounts\.b\.group_routing\.mention_only/) as string,
    ]);
  });

  test("OpenClaw's default agent", () => {
    const openclaw = { kind: "openclaw", url: "http://127.0.0.1:1", token: "t", agent: "default" };
    expect(warnings({}, { ...AGENTS, main: openclaw })[0]).toMatch(/agents\.main\.agent is "default"/);
  });
});

describe("what is shown, and what is not", () => {
  const secrets = {
    DINGTALK_APP_SECRET: "ding-secret-1",
    MODEL_KEY: "model-key-2",
    DINGTALK_APP_KEY: "dingappkey",
    MODEL: "gpt-9",
  };
  const given = {
    agents: {
      main: {
        kind: "openai",
        model: "${MODEL}",
        base_url: "http://user:pass-3@127.0.0.1:1/${MODEL_KEY}/v1?code=4",
        api_key: "${MODEL_KEY}",
      },
      claw: { kind: "openclaw", url: "http://127.0.0.1:1", token: "claw-token-5", agent: "a" },
      password: ECHO,
    },
    channels: {
      dingtalk: {
        app_key: "${DINGTALK_APP_KEY}",
        app_secret: "${DINGTALK_APP_SECRET}",
        proxy: "http://proxy-user:proxy-pass-6@127.0.0.1:2",
        default_agent: "main",
        group_routing: { keyword_routes: { password: "claw", token: "password" } },
      },
    },
  };
  const { file, hidden } = resolved(given, {}, secrets);
  const shown = JSON.stringify(withoutSecrets(file, hidden));

  test("no secret, not even in an address", () => {
    for (const text of ["ding-secret-1", "model-key-2", "pass-3", "code=4", "claw-token-5", "proxy-pass-6"]) {
      expect(shown).not.toContain(text);
    }
    expect(shown).toContain('"app_secret":"(set)"');
    expect(shown).toContain("http://user:***@127.0.0.1:1/***/v1?code=***");
  });

  test("names are no secrets, and words of people are no keys", () => {
    expect(shown).toContain('"app_key":"dingappkey"');
    expect(shown).toContain('"model":"gpt-9"');
    expect(shown).toContain('"keyword_routes":{"password":"claw","token":"password"}');
  });

  test("the log has none either", () => {
    const line = '{"msg":"ding-secret-1 at http://user:pass-3@127.0.0.1:1/model-key-2/v1, claw-token-5, dingappkey"}';
    expect(withoutTexts(line, hidden)).toBe('{"msg":"*** at http://user:***@127.0.0.1:1/***/v1, ***, dingappkey"}');
  });
});
