/** The description: what it says without secrets, and what opening it needs. */
import type { ChannelError } from "@openclaw-china/core";
import { afterEach, expect, test, vi } from "vitest";
import { createDingTalk, type DingTalkOptions } from "../src/index.ts";
import { calm, instantClock, runtimeOf, scriptedPlatform } from "./fixtures.ts";

const app = { appKey: "dingexampleappkey01", appSecret: "secret-example" };
const nowhere = () => runtimeOf(scriptedPlatform(() => ({})));

afterEach(() => vi.unstubAllEnvs());

function refusal(work: () => unknown): ChannelError {
  try {
    work();
  } catch (error) {
    return error as ChannelError;
  }
  return expect.unreachable("nothing was thrown");
}

test("without secrets it is a description; opening names option and variable", () => {
  vi.stubEnv("DINGTALK_APP_KEY", "");
  vi.stubEnv("DINGTALK_APP_SECRET", "");
  const channel = createDingTalk();
  expect(channel).toMatchObject({ id: "dingtalk", account: "default" });
  const error = refusal(() => channel.open(nowhere()));
  expect(error.code).toBe("secret_missing");
  expect(error.message).toContain("appKey");
  expect(error.message).toContain("DINGTALK_APP_KEY");
});

test("the environment is read when the channel is opened", () => {
  const channel = createDingTalk();
  vi.stubEnv("DINGTALK_APP_KEY", "from-env");
  vi.stubEnv("DINGTALK_APP_SECRET", "from-env-too");
  expect(() => channel.open(nowhere())).not.toThrow();
});

test("opening touches no network", () => {
  const platform = scriptedPlatform(() => ({}));
  createDingTalk(app).open(runtimeOf(platform));
  expect([platform.calls.length, platform.tokens()]).toEqual([0, 0]);
});

test("webhook mode: opening touches no network, and an event key that is none is found at once", () => {
  const platform = scriptedPlatform(() => ({}));
  for (const mode of ["webhook", "both"] as const) {
    createDingTalk({ ...app, mode, token: "t", aesKey: "a".repeat(43) }).open(runtimeOf(platform));
    const error = refusal(() => createDingTalk({ ...app, mode, aesKey: "a".repeat(44) }));
    expect([error.code, error.message]).toEqual(["config_invalid", expect.stringContaining("it has 44 characters")]);
    expect(error.message + error.fix.en).not.toContain("aaaa");
  }
  expect([platform.calls.length, platform.tokens()]).toEqual([0, 0]);
});

test("webhook mode: the token comes from the environment where the options have none", async () => {
  vi.stubEnv("DINGTALK_WEBHOOK_TOKEN", "token-of-env");
  const letsIn = async (options: DingTalkOptions, token: string): Promise<boolean> => {
    const listener = createDingTalk({ ...app, ...options })
      .open(nowhere())
      .listen({ offer: () => Promise.resolve("accepted") }, calm());
    const body = JSON.stringify({ msgId: "m", msgtype: "text", conversationId: "c", conversationType: "1" });
    const request = new Request("http://bot.example", { method: "POST", headers: { token }, body });
    const answer = await listener.webhook?.(request);
    await listener.close();
    return answer?.status === 200;
  };
  expect(await letsIn({ mode: "webhook" }, "token-of-env")).toBe(true);
  expect(await letsIn({ mode: "webhook", token: "own" }, "own")).toBe(true);
  expect(await letsIn({ mode: "webhook", token: "own" }, "token-of-env")).toBe(false);
  vi.stubEnv("DINGTALK_WEBHOOK_TOKEN", "");
  expect(await letsIn({ mode: "webhook" }, "")).toBe(false);
});

test.each([
  ["api.dingtalk.com", "no address"],
  ["wss://api.dingtalk.com", "no address"],
  ["https://proxy.example/dingtalk", "more than an origin"],
  ["https://proxy.example/?token=secret-value", "more than an origin"],
])("the endpoint %j is %s", (api, what) => {
  const error = refusal(() => createDingTalk({ ...app, endpoints: { api } }));
  expect(error).toMatchObject({ code: "config_invalid" });
  expect(error.message).toContain(`endpoints.api is ${what}`);
  expect(error.message).not.toContain("secret-value");
  expect(error.fix.zh).toContain("https://api.dingtalk.com");
});

test("a slash at the end of an endpoint, and any port, are fine", async () => {
  const platform = scriptedPlatform(() => ({ json: { processQueryKey: "k" } }));
  const endpoints = { api: "http://127.0.0.1:8080/", oapi: "http://127.0.0.1:8080" };
  const open = createDingTalk({ ...app, endpoints }).open(runtimeOf(platform, instantClock()));
  const to = { channel: "dingtalk", kind: "group", id: "cid" } as const;
  await open.send(to, { kind: "text", text: "x" }, { key: "k", signal: calm() });
  expect(platform.calls.map(({ path }) => path)).toEqual(["/v1.0/robot/groupMessages/send"]);
});

test.each([
  { id: "", streamingKey: "content" },
  { id: "own.schema", streamingKey: "" },
])("half a card template is none: %j", (cardTemplate) => {
  expect(refusal(() => createDingTalk({ ...app, cardTemplate })).message).toContain("cardTemplate");
});

test("what it can is data, and access is what was given", () => {
  const { can, access } = createDingTalk({ ...app, dmPolicy: "allowlist", allowFrom: ["staff-1"] });
  expect(can).toMatchObject({ targets: ["user", "group"], hearsUnmentioned: false, redelivers: true });
  expect(access).toEqual({ dmPolicy: "allowlist", allowFrom: ["staff-1"] });
  expect(JSON.parse(JSON.stringify({ can, access }))).toEqual({ can, access });
});

test("100 sends at once fetch one token", async () => {
  const platform = scriptedPlatform(() => ({ json: { processQueryKey: "k" } }));
  const open = createDingTalk(app).open(runtimeOf(platform, instantClock()));
  const to = { channel: "dingtalk", kind: "group", id: "cid" } as const;
  const sends = Array.from({ length: 100 }, (_, at) =>
    open.send(to, { kind: "text", text: `${at}` }, { key: `k${at}`, signal: calm() }),
  );
  await Promise.all(sends);
  expect(platform.tokens()).toBe(1);
  expect(platform.calls).toHaveLength(100);
});

test("the thinking sign is put on and taken off under one name", async () => {
  const platform = scriptedPlatform(() => ({ json: { success: true } }));
  const open = createDingTalk(app).open(runtimeOf(platform, instantClock()));
  const to = { channel: "dingtalk", kind: "user", id: "staff-1" } as const;
  const replyTo = { conversationId: "cid", direct: true, msgId: "m1", robotCode: "r", staffId: "staff-1" };
  await open.presence?.(to, "working", { replyTo, signal: calm() });
  await open.presence?.(to, "done", { replyTo, signal: calm() });
  const [on, off] = platform.calls;
  expect([on?.path, off?.path]).toEqual(["/v1.0/robot/emotion/reply", "/v1.0/robot/emotion/recall"]);
  expect(on?.json).toMatchObject({ openMsgId: "m1", openConversationId: "cid", emotionType: 2 });
  expect(off?.json).toEqual(on?.json);
});

test("thinking off, or a message without an id: no call", async () => {
  const platform = scriptedPlatform(() => ({}));
  const to = { channel: "dingtalk", kind: "user", id: "staff-1" } as const;
  const signal = calm();
  const off = createDingTalk({ ...app, thinking: "off" }).open(runtimeOf(platform));
  await off.presence?.(to, "working", { replyTo: { msgId: "m1" }, signal });
  await createDingTalk(app).open(runtimeOf(platform)).presence?.(to, "working", { signal });
  expect(platform.calls).toHaveLength(0);
});

test("probe makes no metered call, and says what is easily overlooked", async () => {
  const platform = scriptedPlatform(() => ({}));
  const findings = await createDingTalk({ ...app, streaming: "off" })
    .open(runtimeOf(platform))
    .probe(calm());
  expect(platform.calls.filter(({ path }) => path.startsWith("/v1.0/"))).toEqual([]);
  expect(findings.map(({ code }) => code)).toEqual(
    expect.arrayContaining(["credentials", "reply_not_repeatable", "groups_need_mention"]),
  );
});
