/** The block of a channel that does not exist: what every channel gets from the shared machinery. */
import { type AccessOptions, ChannelError } from "@openclaw-china/core";
import {
  type Account,
  channelBlock,
  checkDistinct,
  choice,
  id,
  key,
  object,
} from "@openclaw-china/core/internal/config";
import { describe, expect, expectTypeOf, test } from "vitest";

const KEYS = {
  bot_id: key(id, "The bot.", "机器人。"),
  bot_secret: key(id, "Its secret.", "密钥。"),
  region: key(choice(["north", "south"]), "Where.", "区域。"),
  app: key(object({ corp_id: id }, { agent_id: id }), "The app.", "应用。"),
};
const block = channelBlock({
  channel: "acme",
  keys: KEYS,
  aliases: { client_id: ["bot_id"] },
  docs: { allow_from: { en: "People by acme's number.", zh: "人员编号。" } },
});
const PATH = "channels.acme";

function refusal(given: unknown): ChannelError {
  try {
    block.parse(given, PATH);
  } catch (error) {
    if (error instanceof ChannelError) return error;
    throw error;
  }
  return expect.unreachable("the block was accepted");
}

function only(given: unknown): Account<typeof KEYS> {
  const [one, ...more] = block.parse(given, PATH);
  expect(more).toEqual([]);
  return one ?? expect.unreachable("there is no account");
}

describe("keys become options by one mapping", () => {
  test("at every depth, but not the names that a person has chosen", () => {
    const { options } = only({
      bot_id: 1_000_002,
      app: { corp_id: "ww_1", agent_id: 7 },
      monthly_call_budget: 5,
      dm_policy: "allowlist",
      allow_from: ["snake_case_person"],
      groups: { group_one: { allow_from: ["a_b"], require_mention: false } },
    });
    expect(options).toEqual({
      account: "default",
      botId: "1000002",
      app: { corpId: "ww_1", agentId: "7" },
      monthlyCallBudget: 5,
      dmPolicy: "allowlist",
      allowFrom: ["snake_case_person"],
      groups: { group_one: { allowFrom: ["a_b"], requireMention: false } },
    });
  });

  test("the types know it", () => {
    const { options } = only({ bot_id: "b" });
    expectTypeOf(options.botId).toEqualTypeOf<string | undefined>();
    expectTypeOf(options.app).toExtend<{ readonly corpId: string; readonly agentId?: string } | undefined>();
    expectTypeOf(options.dmPolicy).toEqualTypeOf<"open" | "pairing" | "allowlist" | "disabled" | undefined>();
    expectTypeOf(options.groups).toExtend<AccessOptions["groups"]>();
    expect(options).not.toHaveProperty("defaultAgent");
  });

  test("what says who answers is no option, nor is what is absent", () => {
    const { options } = only({ enabled: true, default_agent: "main", group_routing: {}, routes: [] });
    expect(options).toEqual({ account: "default" });
    expect(Object.keys(options)).toEqual(["account"]);
  });

  test("group_routing.mention_only is require_mention", () => {
    expect(only({ group_routing: { mention_only: false } }).options).toEqual({
      account: "default",
      requireMention: false,
    });
  });
});

describe("accounts", () => {
  const accounts = { one: { bot_id: "1" }, two: { bot_id: "2", bot_secret: "own", enabled: true } };

  test("take what stands above them, and may say otherwise", () => {
    const found = block.parse({ bot_secret: "shared", default_agent: "main", accounts }, PATH);
    expect(found.map(({ options }) => options)).toEqual([
      { account: "one", botId: "1", botSecret: "shared" },
      { account: "two", botId: "2", botSecret: "own" },
    ]);
    expect(found.map(({ path }) => path)).toEqual(["channels.acme.accounts.one", "channels.acme.accounts.two"]);
    expect(found.map(({ routing }) => [routing.account, routing.defaultAgent])).toEqual([
      ["one", "main"],
      ["two", "main"],
    ]);
  });

  test("an empty list of accounts is the default account", () => {
    expect(only({ bot_id: "1", accounts: {} }).name).toBe("default");
  });

  test("disabled above is nothing at all; disabled there is one less", () => {
    expect(block.parse({ enabled: false, accounts }, PATH)).toEqual([]);
    const off = { ...accounts, one: { ...accounts.one, enabled: false } };
    expect(block.parse({ accounts: off }, PATH).map(({ name }) => name)).toEqual(["two"]);
  });

  test("names that objects have by nature are names like others", () => {
    const named = JSON.parse('{"constructor":{"bot_id":"1"},"toString":{"bot_id":"2"}}') as object;
    const found = block.parse({ accounts: named }, PATH);
    expect(found.map(({ name, options }) => [name, options.botId])).toEqual([
      ["constructor", "1"],
      ["toString", "2"],
    ]);
    checkDistinct(found, "bot_id", { path: PATH, fix: { en: "", zh: "" } });
  });

  test("a name that could not stand in an address is refused", () => {
    expect(refusal({ accounts: { "a/b": {} } }).message).toContain("channels.acme.accounts.a/b");
  });

  test("two of one bot are told apart, or refused with the channel's reason", () => {
    const fix = { en: "One bot, one account.", zh: "一个机器人一个账号。" };
    const distinct = block.parse({ accounts }, PATH);
    expect(() => checkDistinct(distinct, "bot_id", { path: PATH, fix })).not.toThrow();
    const same = block.parse({ accounts: { a: { bot_id: 7 }, b: { bot_id: "7" } } }, PATH);
    expect(() => checkDistinct(same, "bot_id", { path: PATH, fix })).toThrow(
      expect.objectContaining({ code: "config_invalid", fix, message: expect.stringContaining("a and b") as string }),
    );
    const none = block.parse({ accounts: { a: {}, b: {} } }, PATH);
    expect(() => checkDistinct(none, "bot_id", { path: PATH, fix })).toThrow("or none");
  });
});

describe("a variable that nobody replaced is never used", () => {
  test.each([
    [{ bot_secret: "${ACME_SECRET}" }, "channels.acme.bot_secret"],
    [{ app: { corp_id: "${CORP}" } }, "channels.acme.app.corp_id"],
    [{ allow_from: ["a", "${PERSON}"] }, "channels.acme.allow_from[1]"],
    [{ accounts: { x: { bot_id: "${ID}" } } }, "channels.acme.accounts.x.bot_id"],
  ])("%j", (given, place) => {
    const { message, code } = refusal(given);
    expect(code).toBe("config_invalid");
    expect(message).toBe(`${place} holds a variable that was not replaced`);
  });

  test("where nothing is used, nothing is asked for", () => {
    const off = { accounts: { x: { enabled: false, bot_id: "${ID}" }, y: { bot_id: "1" } } };
    expect(block.parse(off, PATH).map(({ name }) => name)).toEqual(["y"]);
    expect(block.parse({ enabled: false, bot_id: "${ID}" }, PATH)).toEqual([]);
  });

  test("a dollar sign is no variable", () => {
    expect(only({ bot_secret: "pa$$ {x}" }).options.botId).toBeUndefined();
  });
});

describe("what is wrong is named", () => {
  test.each([
    [{ clientId: "x" }, 'channels.acme has no key "clientId"; it is called "bot_id" here'],
    [{ botId: "x" }, 'channels.acme has no key "botId"; it is called "bot_id" here'],
    [{ app: { corpId: "x" } }, 'channels.acme.app has no key "corpId"; it is called "corp_id" here'],
    [{ mention_only: true }, 'it is called "group_routing.mention_only" here'],
    [{ group_routing: { mentionOnly: true } }, 'channels.acme.group_routing has no key "mentionOnly"'],
    [{ accounts: { a: { botID: "x" } } }, 'channels.acme.accounts.a has no key "botID"; it is called "bot_id" here'],
    [{ region: "west" }, 'channels.acme.region: expected "north" or "south"'],
    [{ proxy: "somewhere" }, 'channels.acme.proxy: expected "env" or "off" or an address'],
    [{ app: {} }, "channels.acme.app.corp_id is missing"],
    [{ require_mention: true, group_routing: { mention_only: false } }, "contradict each other"],
    [null, "channels.acme: expected a block in braces"],
  ])("%j", (given, message) => {
    const error = refusal(given);
    expect(error.code).toBe("config_invalid");
    expect(error.message).toContain(message);
    expect(error.fix.en).not.toBe("");
    expect(error.fix.zh).toMatch(/\p{Script=Han}/u);
  });

  test("a default and an account that contradict each other are told at the account", () => {
    const given = { require_mention: true, accounts: { a: { group_routing: { mention_only: false } } } };
    expect(refusal(given).message).toContain("channels.acme.accounts.a: require_mention");
  });
});

describe("who answers", () => {
  test("routes, keywords in file order, and the agents for the rest", () => {
    const { routing } = only({
      default_agent: "main",
      group_routing: { keyword_routes: { report: "reporter", 报告: "reporter" }, default_agent: "crowd" },
      routes: [
        { when: { text: "urgent", group: [1, "g2"] }, agent: "desk" },
        { when: { text: ["/^bug #(\\d+)$/iu", "a/b"], between: "22:00-06:00" }, agent: "night", examples: ["bug #1"] },
        { when: { kind: "image", sender: "boss" }, agent: "eye" },
      ],
    });
    const here = { channel: "acme", account: "default" };
    expect(routing).toEqual({
      account: "default",
      defaultAgent: "main",
      groupAgent: "crowd",
      keywords: [
        { keyword: "report", agent: "reporter" },
        { keyword: "报告", agent: "reporter" },
      ],
      routes: [
        { when: { text: ["urgent"], group: ["1", "g2"], ...here }, agent: "desk" },
        {
          when: { text: [/^bug #(\d+)$/iu, "a/b"], between: "22:00-06:00", ...here },
          agent: "night",
          examples: ["bug #1"],
        },
        { when: { kind: "image", sender: "boss", ...here }, agent: "eye" },
      ],
    });
  });

  test("without an agent of its own a group has the default one", () => {
    expect(only({ default_agent: "main" }).routing).toMatchObject({ groupAgent: "main", keywords: [], routes: [] });
    expect(only({}).routing).toEqual({ account: "default", keywords: [], routes: [] });
  });

  test.each([
    [{ text: "/(/" }, "channels.acme.routes[0].when.text is no regular expression: /(/"],
    [{ text: ["ok", "/a/xyz"] }, "channels.acme.routes[0].when.text is no regular expression"],
    [{ between: "25:00-26:00" }, "channels.acme.routes[0].when.between is no time of day"],
    [{ between: "9-5" }, "channels.acme.routes[0].when.between: expected a time window"],
    [{ channel: "acme" }, 'channels.acme.routes[0].when has no key "channel"'],
  ])("%j is refused", (when, message) => {
    expect(refusal({ routes: [{ when, agent: "a" }] }).message).toContain(message);
  });
});

describe("reference and JSON Schema", () => {
  test("the same keys: the channel's own after enabled, accounts at the end", () => {
    const names = block.keys.map((one) => one.key);
    expect(names.slice(0, 5)).toEqual(["enabled", "bot_id", "bot_secret", "region", "app"]);
    expect(names.at(-1)).toBe("accounts");
    const { properties } = block.schema() as { readonly properties: Readonly<Record<string, { description: string }>> };
    expect(Object.keys(properties).toSorted()).toEqual(names.toSorted());
    for (const { key: name, en, zh } of block.keys) {
      expect(properties[name]?.description).toBe(en);
      expect(zh).toMatch(/\p{Script=Han}/u);
    }
  });

  test("a channel may say it in its own words", () => {
    expect(block.keys.find((one) => one.key === "allow_from")?.en).toBe("People by acme's number.");
  });

  test("the schema takes what the parser takes, and closes every object", () => {
    const schema = block.schema() as unknown as Schema;
    expect(schema).toMatchObject({ type: "object", additionalProperties: false });
    expect(schema.properties["accounts"]?.additionalProperties).toMatchObject({ additionalProperties: false });
    expect(schema.properties["region"]).toMatchObject({ enum: ["north", "south"] });
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});

interface Schema {
  readonly properties: Readonly<Record<string, { readonly additionalProperties?: object }>>;
}
