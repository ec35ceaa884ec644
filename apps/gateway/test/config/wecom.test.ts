/** WeCom's blocks and robots in the gateway's file. */
import { ChannelError } from "@openclaw-china/core";
import { CONFIG_KEYS } from "@openclaw-china/wecom/config";
import { describe, expect, test } from "vitest";
import { configSchema } from "../../src/config/json-schema.ts";
import { renderReference } from "../../src/config/reference.ts";
import { type Resolved, resolveConfig } from "../../src/config/resolve.ts";
import { withoutSecrets } from "../../src/config/secret.ts";
import { WECOM } from "../../src/platforms/wecom.ts";

const AGENTS = { main: { kind: "echo" }, desk: { kind: "echo" } };
const BOT = { bot_id: "aibDemo01", bot_secret: "bot-secret-1", default_agent: "main" };
const KEYS = { token: "callbackToken", encoding_aes_key: "k".repeat(43) };
const APP = { corp_id: "wwc0ffee", corp_secret: "app-secret-1", agent_id: 1_000_002, ...KEYS };
const KF = { corp_id: "wwc0ffee", corp_secret: "kf-secret-1", ...KEYS };

function resolved(wecom: object, values: Readonly<Record<string, string>> = {}, rest: object = {}): Resolved {
  return load({ agents: AGENTS, channels: { wecom }, ...rest }, values);
}

function load(given: object, values: Readonly<Record<string, string>> = {}): Resolved {
  return resolveConfig(given, { env: {}, secrets: { file: "secrets.env", values, warnings: [] } });
}

function refusalOf(act: () => unknown): ChannelError {
  try {
    act();
  } catch (error) {
    if (error instanceof ChannelError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a block", () => {
  test.each([
    ["a bot over its long connection", BOT],
    ["a bot that is called", { mode: "webhook", ...KEYS, default_agent: "main" }],
    ["an application alone", { app: APP, default_agent: "main" }],
    ["customer service alone", { kf: KF, default_agent: "main" }],
    ["all of them", { ...BOT, app: APP, kf: { ...KF, open_kf_id: "wkDemo" }, welcome: "你好", bot_name: "助手" }],
  ])("%s is one channel, without a warning", (_, block) => {
    const { channels, warnings, routes } = resolved(block);
    expect(channels.map(({ id, account }) => [id, account])).toEqual([["wecom", "default"]]);
    expect(new Set(routes.map(({ agent }) => agent))).toEqual(new Set(["main"]));
    expect(warnings).toEqual([]);
  });

  test("a bot's credentials come from their variables, of the environment or of secrets.env", () => {
    const { file } = resolved({ default_agent: "main" }, { WECOM_BOT_ID: "aibEnv", WECOM_BOT_SECRET: "of the file" });
    expect(file.channels["wecom"]).toMatchObject({ bot_id: "aibEnv", bot_secret: "of the file" });
  });

  test.each([
    ["bot_id", { default_agent: "main" }, /channels\.wecom\.bot_id is missing/, "WECOM_BOT_ID"],
    [
      "bot_secret",
      { bot_id: "aib", default_agent: "main" },
      /channels\.wecom\.bot_secret is missing/,
      "WECOM_BOT_SECRET",
    ],
  ])("%s that is nowhere is named with its variable", (_, block, message, variable) => {
    const error = refusalOf(() => resolved(block));
    expect(error.message).toMatch(message);
    expect(error.fix.en).toContain(variable);
  });

  test("a variable makes no bot of an application alone", () => {
    const { file } = resolved({ app: APP, default_agent: "main" }, { WECOM_BOT_ID: "aibEnv", WECOM_BOT_SECRET: "s" });
    expect(file.channels["wecom"]).not.toHaveProperty("bot_id");
  });

  test("accounts with one bot are refused", () => {
    const accounts = { a: { bot_id: "aib", bot_secret: "s" }, b: { bot_id: "aib", bot_secret: "s" } };
    expect(refusalOf(() => resolved({ accounts, default_agent: "main" })).message).toContain("the same bot_id");
  });

  test.each([
    ["another product's block", { channels: { "wecom-app": {} } }, "Write wecom instead of"],
    ["wework", { channels: { wework: {} } }, "Write wecom instead of"],
    ["botId", { channels: { wecom: { botId: "x" } } }, "Write bot_id instead of botId."],
    ["secret", { channels: { wecom: { secret: "x" } } }, "bot_secret"],
    ["agent", { channels: { wecom: { agent: {} } } }, "Write app instead of agent."],
  ])("%s is an error that says our name", (_, given, fix) => {
    expect(refusalOf(() => load({ agents: AGENTS, ...given })).fix.en).toContain(fix);
  });

  test("what WeCom never hands over is a warning", () => {
    const all = [
      ...resolved({ ...BOT, group_routing: { mention_only: false, default_agent: "main" } }).warnings,
      ...resolved({ ...BOT, routes: [{ when: { kind: "file", group: "*" }, agent: "desk" }] }).warnings,
      ...resolved({ ...BOT, allow_bots: false }).warnings,
    ].map(({ en }) => en);
    expect(all[0]).toContain("wecom hands over only those group messages that mention the bot");
    expect(all[1]).toContain("in a group of wecom no file can mention the bot");
    expect(all[2]).toContain("wecom does not say whether a bot has sent a message");
  });

  test("a voice of WeCom has text: a route by both can fire", () => {
    const routes = [{ when: { kind: "voice", text: "report" }, agent: "desk" }];
    expect(resolved({ ...BOT, routes }).warnings).toEqual([]);
  });

  test("no secret of it is shown", () => {
    const block = { ...BOT, app: APP, kf: KF };
    const { file } = resolved(block, {}, { robots: { duty: { channel: "wecom", key: "robot-key-1" } } });
    const shown = JSON.stringify(withoutSecrets(file, []));
    for (const secret of [
      "bot-secret-1",
      "app-secret-1",
      "kf-secret-1",
      "callbackToken",
      KEYS.encoding_aes_key,
      "robot-key-1",
    ])
      expect(shown).not.toContain(secret);
    expect(shown).toContain("aibDemo01");
    expect(shown).toContain("wwc0ffee");
  });
});

test("robots have a channel and a key", async () => {
  const duty = { channel: "wecom", key: "a-b-c" };
  const { robots } = load({ agents: AGENTS, channels: { wecom: BOT }, robots: { duty } }).file;
  expect(robots).toEqual({ duty });
  await using robot = WECOM.robot.open(duty);
  expect(robot.send).toBeInstanceOf(Function);
  const wrong = (change: object): string =>
    refusalOf(() => load({ agents: AGENTS, channels: { wecom: BOT }, robots: { duty: { ...duty, ...change } } }))
      .message;
  expect(wrong({ key: undefined })).toContain("robots.duty.key");
  expect(wrong({ access_token: "x" })).toContain('robots.duty has no key "access_token"');
});

test.each(["en", "zh"] as const)("every key is in the reference (%s) and the JSON Schema", (language) => {
  const page = renderReference(language);
  const section = page.slice(page.indexOf("## `channels.wecom`"));
  for (const { key } of CONFIG_KEYS) expect(section).toContain(`| \`${key}\` |`);
  const block = configSchema().properties?.["channels"]?.properties?.["wecom"];
  expect(Object.keys(block?.properties ?? {}).toSorted()).toEqual(CONFIG_KEYS.map(({ key }) => key).toSorted());
});
