/**
 * The three troubles everybody meets first, recognised from what the platform answers: credentials it does not know, a stream
 * connection that does not come about, a group that stays silent. Each with cause and fix in both languages, as an error and
 * by `probe`.
 */
import { type ChannelError, createBot, type Finding } from "@openclaw-china/core";
import { createDingTalk, type DingTalkOptions } from "@openclaw-china/dingtalk";
import { createDingTalkSimulator, type DingTalkSimulator, fakeClock, type FakeClock } from "@openclaw-china/testkit";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { edgeSession, runtimeAt, until } from "./edge/session.ts";
import { calm, failure, runtimeOf, type Scripted, scriptedPlatform, unanswered } from "./fixtures.ts";

let clock: FakeClock;
let sim: DingTalkSimulator;
beforeEach(async () => {
  clock = fakeClock();
  sim = await createDingTalkSimulator({ clock });
  return () => sim.close();
});

async function findings(options: DingTalkOptions = {}): Promise<readonly Finding[]> {
  const { runtime, close } = runtimeAt(clock);
  onTestFinished(close);
  return createDingTalk({ ...sim.app, ...options })
    .open(runtime)
    .probe(calm());
}

const named = (found: readonly Finding[], code: string): Finding => {
  const one = found.find((finding) => finding.code === code);
  if (one === undefined) throw new Error(`no ${code} among ${found.map((finding) => finding.code).join(", ")}`);
  return one;
};

/** Chinese and English, neither empty. */
function expectBoth({ en, zh }: { readonly en: string; readonly zh: string }): void {
  expect(en).toMatch(/[a-z]{3}/);
  expect(zh).toMatch(/\p{Script=Han}{3}/u);
}

describe("401 InvalidAppKey", () => {
  test.each(["authFailed", "InvalidAppKey", "invalidClientIdOrSecret", "40089"])(
    "the stream connection is refused with %s: start rejects at once, with cause and fix",
    async (code) => {
      using _refused = sim.fault({ kind: "platformError", code, on: "connections/open" });
      const bot = createBot({ channels: [createDingTalk(sim.app)], clock });
      const error = await failure(bot.start());
      expect(error).toMatchObject({ code: "credentials_rejected", channel: "dingtalk", verdict: { kind: "stop" } });
      expect(error.message).toContain("does not know this app_key and app_secret");
      expectBoth(error.fix);
      expect(error.fix.zh).toContain("Client Secret");
      expect(error.fix.en).toContain("https://open-dev.dingtalk.com/");
    },
  );

  test("a wrong secret, by the platform itself; probe says the same", async () => {
    const wrong = { appSecret: "wrong" };
    const bot = createBot({ channels: [createDingTalk({ ...sim.app, ...wrong })], clock });
    expect(await failure(bot.start())).toMatchObject({ code: "credentials_rejected", platform: { status: 401 } });
    const { level, cause, fix, url } = named(await findings(wrong), "credentials_rejected");
    expect(level).toBe("error");
    expectBoth(cause);
    expect(cause.zh).toContain("钉钉不认可此 app_key 与 app_secret");
    expectBoth(fix ?? { en: "", zh: "" });
    expect(url).toMatch(/^https:\/\/open-dev\.dingtalk\.com/);
  });

  test("a send tells it too, and tries no other way", async () => {
    const { runtime, close } = runtimeAt(clock);
    onTestFinished(close);
    const open = createDingTalk({ ...sim.app, appSecret: "wrong" }).open(runtime);
    const to = { channel: "dingtalk", kind: "group", id: "cid" } as const;
    const error = await failure(open.send(to, { kind: "text", text: "x" }, { key: "k", signal: calm() }));
    expect(error).toMatchObject({ code: "credentials_rejected", verdict: { kind: "stop" } });
    expect(sim.calls.map(({ name }) => name)).toEqual(["oauth2/accessToken"]);
  });

  test.each([
    [400, "somethingNew", "config_invalid", "Stream"],
    [403, "somethingElse", "config_invalid", "Stream"],
    [403, "Forbidden.AccessDenied.IpNotInWhiteList", "address_not_allowed", "IP"],
  ])("the open call answers %i %s: %s", async (status, platformCode, code, inFix) => {
    const platform = scriptedPlatform(() => ({ status, json: { code: platformCode, message: "no" } }));
    const open = createDingTalk({ appKey: "k", appSecret: "s" }).open(runtimeOf(platform));
    const listener = open.listen({ offer: () => Promise.resolve("accepted") }, calm());
    await until(() => listener.status().state === "failed", "it has failed");
    const { error } = listener.status();
    expect(error).toMatchObject({ code, verdict: { kind: "stop" } });
    expectBoth(error?.fix ?? { en: "", zh: "" });
    expect(error?.fix.zh).toContain(inFix);
    await listener.close();
  });

  test("what only a person can heal is asked again rarely: once in more than a minute", async () => {
    using _refused = sim.fault({ kind: "platformError", code: "authFailed", on: "connections/open" });
    const { listener } = await edgeSession({ clock, options: sim.app });
    expect(listener.status()).toMatchObject({ state: "failed", error: { code: "credentials_rejected" } });
    const opens = (): number => sim.calls.filter(({ name }) => name.endsWith("connections/open")).length;
    await clock.advance(59_999);
    expect(opens()).toBe(1);
    await clock.advance(15_001);
    await until(() => opens() === 2, "it asks again");
  });
});

describe("the stream connection does not come about", () => {
  async function stuck(fault: Parameters<DingTalkSimulator["fault"]>[0], ms: number): Promise<ChannelError> {
    const { runtime, log, close } = runtimeAt(clock);
    using _fault = sim.fault(fault);
    const open = createDingTalk(sim.app).open(runtime);
    const listener = open.listen({ offer: () => Promise.resolve("accepted") }, calm());
    onTestFinished(async () => {
      await listener.close();
      close();
    });
    if (ms > 0) await until(() => sim.calls.length > 0 && clock.sleeping() > 1, "the attempt is under way");
    for (let passed = 0; passed < ms; passed += 500) await clock.advance(500);
    await until(() => listener.status().error !== undefined, "the attempt has failed");
    const { error } = listener.status();
    expect(listener.status().state).toBe("waiting"); // it is tried again by itself
    expect(log.lines.some(({ level, message }) => level === "warn" && message.includes("trying again"))).toBe(true);
    const found = await open.probe(calm());
    const { level, what, fix } = named(found, error?.code ?? "");
    expect(level).toBe("error");
    expect(what?.zh).toBe("Stream 连接未建立");
    expect(fix).toEqual(error?.fix);
    return error as ChannelError;
  }

  test("time-out of the handshake", async () => {
    const error = await stuck({ kind: "delay", ms: 60_000, on: "connect" }, 10_500);
    expect(error).toMatchObject({ code: "timeout", channel: "dingtalk", outcome: "not_sent" });
    expect(error.message).toMatch(/^cannot open the stream connection: .*127\.0\.0\.1.*in time/);
  });

  test("time-out of the open call", async () => {
    const error = await stuck({ kind: "delay", ms: 60_000, on: "connections/open" }, 10_500);
    expect(error).toMatchObject({ code: "timeout", channel: "dingtalk" });
  });

  test.each([
    ["refused", { kind: "refuseConnections" }],
    ["answered with 403 by something on the way", { kind: "status", status: 403, on: "connect" }],
    ["cut off", { kind: "noAnswer", executed: false, on: "connections/open" }],
  ] as const)("%s", async (_, fault) => {
    const error = await stuck(fault, 0);
    expect(error).toMatchObject({ code: "unreachable", channel: "dingtalk", verdict: { kind: "retry" } });
    expectBoth(error.fix);
    expect(error.fix.en).toContain("wss-open-connection.dingtalk.com");
    expect(error.fix.zh).toMatch(/443.*代理/);
  });

  test.each([
    [{}, "endpoint"],
    [{ endpoint: "https://example.com", ticket: "t" }, "endpoint"],
    [{ endpoint: 5, ticket: "t" }, "endpoint"],
    [{ endpoint: "wss://example.com/connect" }, "ticket"],
    [{ endpoint: "wss://example.com/connect", ticket: "" }, "ticket"],
  ])("the answer %j is none: tried again, not taken as an address", async (json, lacks) => {
    const platform = scriptedPlatform(() => ({ json }));
    const open = createDingTalk({ appKey: "k", appSecret: "s" }).open(runtimeOf(platform, clock));
    const listener = open.listen({ offer: () => Promise.resolve("accepted") }, calm());
    await until(() => listener.status().state === "waiting", "the attempt has failed");
    expect(listener.status().error?.message).toContain(`holds no ${lacks}`);
    await listener.close();
  });

  test("where nobody listens, probe tries the way to the hosts, and makes no connection", async () => {
    const socketHost = "wss-open-connection.dingtalk.com:443";
    const findingOf = async (answer: Scripted): Promise<Finding> => {
      const platform = scriptedPlatform(() => answer);
      const found = await createDingTalk({ appKey: "k", appSecret: "s" }).open(runtimeOf(platform)).probe(calm());
      expect(platform.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /", "GET /"]);
      const one = found.find(({ what, cause }) => `${what?.en} ${cause.en}`.includes(socketHost));
      if (one === undefined) throw new Error(`nothing is said of ${socketHost}`);
      return one;
    };
    expect(await findingOf({ status: 426 })).toMatchObject({ level: "ok", code: "host" });
    const missed = await findingOf({ fails: unanswered("not_sent") });
    expect(missed).toMatchObject({ level: "error", code: "host_unreachable" });
    expect(missed.what?.en).toContain("which is needed to receive messages");
    for (const text of [missed.what, missed.cause, missed.fix]) expectBoth(text ?? { en: "", zh: "" });
    // Bytes were taken: somebody is there.
    expect(await findingOf({ fails: unanswered("unknown") })).toMatchObject({ level: "ok" });
  });

  test("the international edition publishes no host of connections: only the interfaces are tried", async () => {
    const platform = scriptedPlatform(() => ({}));
    const endpoints = { api: "https://api.dingtalk.io", oapi: "https://oapi.dingtalk.io" };
    const found = await createDingTalk({ appKey: "k", appSecret: "s", endpoints })
      .open(runtimeOf(platform))
      .probe(calm());
    const hosts = found.filter(({ code }) => code === "host").map(({ cause }) => cause.en.split(" ")[0]);
    expect(hosts).toEqual(["api.dingtalk.io:443", "oapi.dingtalk.io:443"]);
    expect(platform.calls).toHaveLength(1);
  });

  test("a connection that is live is what probe says, without a further one", async () => {
    const { runtime, close } = runtimeAt(clock);
    const open = createDingTalk(sim.app).open(runtime);
    const listener = open.listen({ offer: () => Promise.resolve("accepted") }, calm());
    await until(() => listener.status().state === "live", "it is live");
    expect(named(await open.probe(calm()), "stream").level).toBe("ok");
    expect(sim.calls.filter(({ name }) => name.endsWith("connections/open"))).toHaveLength(1);
    await listener.close();
    close();
  });
});

describe("no answer in a group", () => {
  test("the bot is not in the group: the send says so", async () => {
    const bot = createBot({ channels: [createDingTalk(sim.app)], clock });
    for (const code of ["invalidParameter.robotCode.empty", "invalidParameter.openConversationId.invalid"]) {
      using _refused = sim.fault({ kind: "platformError", code, on: "groupMessages/send" });
      const error = await failure(
        bot.send({ channel: "dingtalk", kind: "group", id: "cid" }, { kind: "text", text: "x" }),
      );
      expect(error).toMatchObject({ code: "target_unknown", outcome: "refused" });
      expect(error.message).toContain("the bot is not in this chat");
      expect(error.fix.zh).toContain("机器人不在该会话中");
      expect(error.fix.zh).toContain("请将机器人加入该群");
    }
    await stop(bot);
  });

  test("a card that reaches nobody is told to the operator, and the text goes another way", async () => {
    const { runtime, log, close } = runtimeAt(clock);
    onTestFinished(close);
    const open = createDingTalk(sim.app).open(runtime);
    using _refused = sim.fault({ kind: "platformError", code: "deliverResults", on: "createAndDeliver" });
    const to = { channel: "dingtalk", kind: "group", id: "cid" } as const;
    const handle = await open.stream?.prepare(to, { key: "k", signal: calm() });
    const error = await failure(open.stream?.open(handle ?? "", calm()) ?? Promise.resolve());
    expect(error).toMatchObject({ code: "target_unknown", outcome: "refused", verdict: { kind: "stop" } });
    expect(error.fix.zh).toContain("机器人在群内");
    expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
      ["warn", "DingTalk refuses a card; the answer goes as a message"],
    ]);
  });

  test("probe always names the platform's own causes", async () => {
    const { level, cause, fix } = named(await findings(), "groups_need_mention");
    expect(level).toBe("ok");
    for (const part of ["@机器人", "是否在群内", "已发布", "可见范围"]) expect(cause.zh).toContain(part);
    for (const part of ["mention", "in the group", "published", "visible range"]) expect(cause.en).toContain(part);
    expectBoth(fix ?? { en: "", zh: "" });
  });

  test.each([
    [{ respondToMentions: false }, "groups_off", "respond_to_mentions"],
    [{ groupPolicy: "disabled" }, "groups_off", "group_policy"],
    [{ groupPolicy: "allowlist" }, "groups_off", "group_allow_from"],
    [{ requireMention: false }, "mention_needed_anyway", "require_mention"],
    [{ groups: { cid: { requireMention: false } } }, "mention_needed_anyway", "require_mention"],
  ] as const)("our own option %j is named by probe: %s", async (options, code, key) => {
    const { level, cause, fix } = named(await findings(options), code);
    expect(level).toBe("warning");
    expect(cause.en).toContain(key);
    expect(cause.zh).toContain(key);
    expectBoth(fix ?? { en: "", zh: "" });
  });

  test.each([
    [{ groupPolicy: "allowlist", groupAllowFrom: ["cid"] }],
    [{ groupPolicy: "allowlist", groups: { cid: {} } }],
    [{}],
  ] as const)("%j answers groups: nothing is named", async (options) => {
    const codes = (await findings(options)).map(({ code }) => code);
    expect(codes).not.toContain("groups_off");
    expect(codes).not.toContain("mention_needed_anyway");
  });
});

test("what an option cannot do yet is said by probe", async () => {
  expect(named(await findings({ monthlyCallBudget: 5_000 }), "budget_not_obeyed").level).toBe("warning");
  expect((await findings()).map(({ code }) => code)).not.toContain("budget_not_obeyed");
});

test("a clock that is off by more than five minutes", async () => {
  await clock.advance(0);
  const { runtime, close } = runtimeAt(fakeClock(clock.now() + 400_000));
  onTestFinished(close);
  const { level, cause } = named(await createDingTalk(sim.app).open(runtime).probe(calm()), "clock_skew");
  expect([level, cause.en]).toEqual(["error", "This machine's clock differs from that of DingTalk by 400 s."]);
});

/** On a clock that stands still unless told. */
async function stop(bot: ReturnType<typeof createBot>): Promise<void> {
  let stopped = false;
  void bot.stop({ timeoutMs: 0 }).then(() => void (stopped = true));
  while (!stopped) await clock.advance(100);
}
