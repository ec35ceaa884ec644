/** The block of the config file: what it comes to, and what a wrong key is told. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ChannelError } from "@openclaw-china/core";
import { describe, expect, test } from "vitest";
import { CONFIG_KEYS, dingTalkConfigSchema, parseDingTalkConfig } from "../src/config.ts";

const canonical = {
  enabled: true,
  mode: "stream",
  app_key: "dingexampleappkey01",
  app_secret: "secret-example",
  respond_to_mentions: true,
  respond_to_private: true,
  default_agent: "main",
  group_routing: {
    mention_only: true,
    keyword_routes: { report: "reporting-agent", translate: "translation-agent" },
    default_agent: "main",
  },
};

function refusal(block: unknown): ChannelError {
  try {
    parseDingTalkConfig(block);
  } catch (error) {
    if (error instanceof ChannelError) return error;
    throw error;
  }
  return expect.unreachable("the block was accepted");
}

test("the canonical block works unchanged", () => {
  expect(parseDingTalkConfig(canonical)).toEqual({
    channels: [
      {
        account: "default",
        appKey: "dingexampleappkey01",
        appSecret: "secret-example",
        respondToMentions: true,
        respondToPrivate: true,
        requireMention: true,
      },
    ],
    routing: [
      {
        account: "default",
        defaultAgent: "main",
        groupAgent: "main",
        keywords: [
          { keyword: "report", agent: "reporting-agent" },
          { keyword: "translate", agent: "translation-agent" },
        ],
        routes: [],
      },
    ],
  });
});

test("an empty block is the default account, its credentials from the environment", () => {
  expect(parseDingTalkConfig({}).channels).toEqual([{ account: "default" }]);
});

test("a block that is not enabled is nothing", () => {
  expect(parseDingTalkConfig({ ...canonical, enabled: false })).toEqual({ channels: [], routing: [] });
});

test("ids may look like numbers", () => {
  const [channel] = parseDingTalkConfig({ app_key: 12_345, app_secret: "s", allow_from: [7] }).channels;
  expect(channel).toMatchObject({ appKey: "12345", allowFrom: ["7"] });
});

test("a credential may look like a number too", () => {
  expect(parseDingTalkConfig({ app_key: "k", token: 1_234_567 }).channels).toHaveLength(1);
});

test("every key has its option", () => {
  const [channel] = parseDingTalkConfig({
    app_key: "k",
    robot_code: "r",
    bot_name: "bot",
    card_template: { id: "own.schema", streaming_key: "content" },
    button_template: { id: "mine.schema", text: "body" },
    endpoints: { api: "https://api.dingtalk.io" },
    proxy: "off",
    thinking: "off",
    streaming: "off",
    monthly_call_budget: 5_000,
    dm_policy: "allowlist",
    group_policy: "disabled",
    group_allow_from: ["cid1"],
    require_mention: false,
    groups: { cid1: { allow_from: ["staff-1"], require_mention: true } },
    allow_bots: true,
  }).channels;
  expect(channel).toEqual({
    account: "default",
    appKey: "k",
    robotCode: "r",
    botName: "bot",
    cardTemplate: { id: "own.schema", streamingKey: "content" },
    buttonTemplate: { id: "mine.schema", text: "body" },
    endpoints: { api: "https://api.dingtalk.io" },
    proxy: "off",
    thinking: "off",
    streaming: "off",
    monthlyCallBudget: 5_000,
    dmPolicy: "allowlist",
    groupPolicy: "disabled",
    groupAllowFrom: ["cid1"],
    requireMention: false,
    groups: { cid1: { allowFrom: ["staff-1"], requireMention: true } },
    allowBots: true,
  });
});

describe("accounts", () => {
  const accounts = { sales: { app_key: "one", default_agent: "seller" }, help: { app_key: "two" } };

  test("the keys above are their defaults", () => {
    const { channels, routing } = parseDingTalkConfig({ app_secret: "shared", default_agent: "main", accounts });
    expect(channels).toEqual([
      { account: "sales", appKey: "one", appSecret: "shared" },
      { account: "help", appKey: "two", appSecret: "shared" },
    ]);
    expect(routing.map(({ defaultAgent }) => defaultAgent)).toEqual(["seller", "main"]);
  });

  test("one that is not enabled is left out", () => {
    const off = { ...accounts, help: { ...accounts.help, enabled: false } };
    expect(parseDingTalkConfig({ accounts: off }).channels.map(({ account }) => account)).toEqual(["sales"]);
  });

  test("two of one app are refused: each would get part of the messages", () => {
    const error = refusal({ app_key: "same", accounts: { a: {}, b: {} } });
    expect(error.message).toContain("a and b have the same app_key");
    expect(error.code).toBe("config_invalid");
  });

  test("a wrong key names its account", () => {
    expect(refusal({ accounts: { sales: { clientId: "x" } } }).message).toContain("channels.dingtalk.accounts.sales");
  });
});

describe("routes", () => {
  test("channel and account join; expressions stand between slashes", () => {
    const when = { text: ["urgent", "/^bug #(\\d+)$/i"], sender: "staff-1" };
    const [routing] = parseDingTalkConfig({ routes: [{ when, agent: "desk", examples: ["bug #1"] }] }).routing;
    expect(routing?.routes).toEqual([
      {
        when: { text: ["urgent", /^bug #(\d+)$/i], sender: "staff-1", channel: "dingtalk", account: "default" },
        agent: "desk",
        examples: ["bug #1"],
      },
    ]);
  });

  test("what is no expression names its place", () => {
    const error = refusal({ routes: [{ when: { text: "/(/" }, agent: "desk" }] });
    expect(error.message).toContain("channels.dingtalk.routes[0].when.text");
  });
});

describe("unknown keys are errors which name the right one", () => {
  test.each([
    ["clientId", "app_key"],
    ["client_id", "app_key"],
    ["clientSecret", "app_secret"],
    ["appKey", "app_key"],
    ["robotCode", "robot_code"],
    ["dmPolicy", "dm_policy"],
    ["allowFrom", "allow_from"],
    ["cardTemplateId", "card_template"],
    ["keyword_routes", "group_routing.keyword_routes"],
    ["app_kye", "app_key"],
    ["acounts", "accounts"],
  ])("%s → %s", (key, meant) => {
    const error = refusal({ [key]: "x" });
    expect(error.code).toBe("config_invalid");
    expect(error.message).toContain(`"${key}"`);
    expect(error.message).toContain(`"${meant}"`);
    expect(error.fix.zh).toContain(meant);
  });

  test("one that resembles nothing is named, and nothing is guessed", () => {
    const error = refusal({ wholly_unheard_of: 1 });
    expect(error.message).toBe('channels.dingtalk has no key "wholly_unheard_of"');
  });

  test("inside of a block too", () => {
    expect(refusal({ group_routing: { mention: true } }).message).toContain("channels.dingtalk.group_routing");
  });
});

test("a value of another kind names its key", () => {
  expect(refusal({ mode: "polling" }).message).toContain("channels.dingtalk.mode");
  expect(refusal({ respond_to_private: "yes" }).message).toContain("channels.dingtalk.respond_to_private");
  expect(refusal("text").message).toContain("channels.dingtalk");
});

test("webhook mode keeps its secrets, stream mode drops them; a key has 43 characters", () => {
  const secrets = { token: "t", aes_key: "k".repeat(43) };
  const channelsOf = (mode: string | undefined) => parseDingTalkConfig({ mode, ...secrets }).channels;
  for (const mode of ["webhook", "both"])
    expect(channelsOf(mode)).toMatchObject([{ mode, token: "t", aesKey: "k".repeat(43) }]);
  for (const mode of ["stream", undefined]) {
    const [options = {}] = channelsOf(mode);
    expect(Object.keys(options)).not.toEqual(expect.arrayContaining(["token"]));
    expect(options).not.toHaveProperty("aesKey");
  }
  expect(refusal({ mode: "webhook", aes_key: "k".repeat(42) }).message).toContain("channels.dingtalk.aes_key");
});

test("a variable that nobody replaced is never used as a secret, nor shown", () => {
  const error = refusal({ app_key: "k", app_secret: "${DINGTALK_APP_SECRET}" });
  expect(error.message).toContain("channels.dingtalk.app_secret");
});

test("a secret of the wrong kind is not in the error", () => {
  const error = refusal({ app_key: "k", app_secret: { value: "very-secret-value" } });
  expect(JSON.stringify([error.message, error.fix])).not.toContain("very-secret-value");
});

test("two keys that mean one thing may not contradict each other", () => {
  expect(refusal({ require_mention: true, group_routing: { mention_only: false } }).message).toContain("mention_only");
});

test("the JSON Schema and the reference know the same keys", () => {
  const schema = dingTalkConfigSchema() as { readonly properties: Readonly<Record<string, { description?: string }>> };
  expect(Object.keys(schema.properties).toSorted()).toEqual(CONFIG_KEYS.map(({ key }) => key).toSorted());
  expect(Object.values(schema.properties).every(({ description }) => description !== undefined)).toBe(true);
  for (const { zh } of CONFIG_KEYS) expect(zh).toMatch(/\p{Script=Han}/u);
});

test("importing the channel loads nothing of its config block", async () => {
  const child = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    await import("@openclaw-china/dingtalk");
    console.log(loaded.join("\\n"));`;
  const args = ["--conditions=@openclaw-china/source", "--input-type=module", "--eval", child];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
  expect(stdout).toContain("/dingtalk/src/channel.ts");
  expect(stdout).not.toMatch(/\/config\.ts$|\/config\/(accounts|block|kinds|internal)\.ts$|\/ws\//m);
});
