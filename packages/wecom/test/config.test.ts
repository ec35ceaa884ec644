/** The block of a config file: what it takes, what it comes to, and the names that operators know from elsewhere. */
import { describe, expect, test } from "vitest";
import { CONFIG_KEYS, parseWeComConfig, weComConfigSchema } from "../src/config.ts";

const AES = "a".repeat(43);

test("a bot over its long connection", () => {
  const { channels } = parseWeComConfig({ bot_id: "aib", bot_secret: "s", welcome: "你好" });
  expect(channels).toEqual([{ account: "default", botId: "aib", botSecret: "s", welcome: "你好" }]);
});

test("a bot in webhook mode, with application and customer service beside it", () => {
  const { channels } = parseWeComConfig({
    mode: "webhook",
    token: "t",
    encoding_aes_key: AES,
    app: { corp_id: "ww1", corp_secret: "s", agent_id: 1_000_002 },
    kf: { corp_id: "ww1", corp_secret: "k", token: "kt", encoding_aes_key: AES, open_kf_id: "wk1" },
  });
  expect(channels).toMatchObject([
    {
      mode: "webhook",
      token: "t",
      encodingAesKey: AES,
      app: { corpId: "ww1", corpSecret: "s", agentId: 1_000_002 },
      kf: { corpId: "ww1", corpSecret: "k", token: "kt", encodingAesKey: AES, openKfId: "wk1" },
    },
  ]);
});

test("two accounts with one bot throw each other out; applications alone do not", () => {
  const twice = { accounts: { a: { bot_id: "x" }, b: { bot_id: "x" } } };
  expect(() => parseWeComConfig(twice)).toThrow(/the accounts a and b have the same bot_id/);
  const app = { corp_id: "ww1", corp_secret: "s", agent_id: 1 };
  expect(parseWeComConfig({ accounts: { a: { app }, b: { app } } }).channels).toHaveLength(2);
});

test("an agent_id that is a name", () => {
  const given = { app: { corp_id: "ww1", corp_secret: "s", agent_id: "助手" } };
  expect(() => parseWeComConfig(given)).toThrow("channels.wecom.app.agent_id is no number");
});

describe("names known from elsewhere are errors that name ours", () => {
  test.each([
    [{ botId: "x" }, "bot_id"],
    [{ secret: "x" }, "bot_secret"],
    [{ websocketUrl: "x" }, "endpoints.socket"],
    [{ wsUrl: "x" }, "endpoints.socket"],
    [{ connectionMode: "websocket" }, "mode"],
    [{ encodingAESKey: AES }, "encoding_aes_key"],
    [{ receiveId: "x" }, "receive_id"],
    [{ agent: {} }, "app"],
    [{ welcomeText: "x" }, "welcome"],
    [{ welcomeMessage: "x" }, "welcome"],
    [{ sendThinkingMessage: true }, "thinking"],
    [{ streamPlaceholderContent: "x" }, "thinking"],
    [{ dmPolicy: "open" }, "dm_policy"],
    [{ allowFrom: [] }, "allow_from"],
    [{ groupPolicy: "open" }, "group_policy"],
    [{ requireMention: true }, "require_mention"],
    [{ network: { egressProxyUrl: "x" } }, "endpoints"],
    [{ app: { corpId: "x" } }, "corp_id"],
    [{ app: { agentId: 1 } }, "agent_id"],
  ])("%j", (given, ours) => {
    expect(() => parseWeComConfig(given)).toThrow(`it is called "${ours}" here`);
  });

  test.each([[{ mode: "websocket" }], [{ mode: "aibot" }], [{ webhookPath: "/wecom" }], [{ dynamicAgents: {} }]])(
    "%j is refused",
    (given) => {
      expect(() => parseWeComConfig(given)).toThrow(/channels\.wecom/);
    },
  );
});

test("every key is explained in both languages, and in the schema", () => {
  const { properties } = weComConfigSchema() as { readonly properties: Readonly<Record<string, object>> };
  for (const { key, en, zh } of CONFIG_KEYS) {
    expect(en).not.toMatch(/\p{Script=Han}/u);
    expect(zh).toMatch(/\p{Script=Han}/u);
    expect(properties[key]).toHaveProperty("description");
  }
});
