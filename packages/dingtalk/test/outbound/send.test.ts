/** Which way a message goes, what its body is, and what a refusal means. The platform is scripted. */
import { readFileSync } from "node:fs";
import type { Address, OpenChannel, Outbound } from "@openclaw-china/core";
import { describe, expect, test } from "vitest";
import { createDingTalk } from "../../src/index.ts";
import type { ReplyTo } from "../../src/inbound/normalise.ts";
import {
  calm,
  failure,
  instantClock,
  runtimeOf,
  type Scripted,
  type ScriptedPlatform,
  scriptedPlatform,
  unanswered,
} from "../fixtures.ts";

const NOW = 1_790_000_000_000;
const GROUP: Address = { channel: "dingtalk", kind: "group", id: "cidGROUPexample0001==" };
const PERSON: Address = { channel: "dingtalk", kind: "user", id: "staff-001" };
const app = { appKey: "dingexampleappkey01", appSecret: "secret-example" };
const session = { url: "https://oapi.dingtalk.com/robot/sendBySession?session=0a1b2c3d", expiresAt: NOW + 5_400_000 };
const ok = { errcode: 0, errmsg: "ok" };

interface Opened {
  readonly channel: OpenChannel;
  readonly platform: ScriptedPlatform;
}

function open(answer: (path: string, n: number) => Scripted): Opened {
  const platform = scriptedPlatform(({ path }, n) => answer(path, n));
  return { platform, channel: createDingTalk(app).open(runtimeOf(platform, instantClock(NOW))) };
}

function reply(over: Partial<ReplyTo> = {}): ReplyTo {
  const { id: conversationId } = GROUP;
  return { conversationId, direct: false, staffId: "staff-001", msgId: "m1", robotCode: app.appKey, session, ...over };
}

function send({ channel }: Opened, to: Address, message: Outbound, replyTo?: ReplyTo): ReturnType<OpenChannel["send"]> {
  return channel.send(to, message, { key: "turn/1", signal: calm(), ...(replyTo === undefined ? {} : { replyTo }) });
}

const anything = (path: string): Scripted => ({ json: path.startsWith("/v1.0") ? { processQueryKey: "pqk-1" } : ok });

describe("bodies of the outbound vectors", () => {
  interface Vector {
    readonly name: string;
    readonly request: { readonly body: Readonly<Record<string, unknown>> };
  }
  const file = new URL("../vectors/dingtalk-outbound.json", import.meta.url);
  const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { readonly vectors: readonly Vector[] };
  const bodyOf = (name: string): unknown => vectors.find((vector) => vector.name === name)?.request.body;

  test("session webhook: text with a mention", async () => {
    const opened = open(anything);
    await send(opened, GROUP, { kind: "text", text: "收到 <@staff-001>", mentions: ["staff-001"] }, reply());
    expect(opened.platform.calls[0]?.json).toEqual(bodyOf("session webhook: text with a mention"));
  });

  test("session webhook: markdown with a mention", async () => {
    const opened = open(anything);
    const text = "## 日报\n\n- 完成 3 项\n\n<@staff-001>";
    await send(opened, GROUP, { kind: "markdown", text, mentions: ["staff-001"] }, reply());
    expect(opened.platform.calls[0]?.json).toEqual(bodyOf("session webhook: markdown with a mention"));
  });

  test("group text", async () => {
    const opened = open(anything);
    await send(opened, GROUP, { kind: "text", text: "大家好" });
    expect(opened.platform.calls[0]).toMatchObject({ method: "POST", path: "/v1.0/robot/groupMessages/send" });
    expect(opened.platform.calls[0]?.json).toEqual(bodyOf("group text"));
    expect(opened.platform.calls[0]?.headers["x-acs-dingtalk-access-token"]).toBe("tok-1");
  });
});

describe("route", () => {
  const hello: Outbound = { kind: "markdown", text: "hello" };

  test("a reply takes the session webhook, which needs no token", async () => {
    const opened = open(anything);
    const sent = await send(opened, GROUP, hello, reply());
    expect(opened.platform.calls.map(({ path }) => path)).toEqual(["/robot/sendBySession?session=0a1b2c3d"]);
    expect(opened.platform.tokens()).toBe(0);
    expect(sent).toMatchObject({ channel: "dingtalk", account: "default", parts: [] });
  });

  test.each([
    ["within a minute of its end", { url: session.url, expiresAt: NOW + 60_000 }],
    ["on another host", { url: "https://example.com/robot/sendBySession?session=1", expiresAt: session.expiresAt }],
    ["without TLS", { url: "http://oapi.dingtalk.com/robot/sendBySession?session=1", expiresAt: session.expiresAt }],
    ["with another path", { url: "https://oapi.dingtalk.com/robot/send?access_token=1", expiresAt: session.expiresAt }],
    ["that is no address", { url: "nonsense", expiresAt: session.expiresAt }],
  ])("a session webhook %s is not used", async (_, bad) => {
    const opened = open(anything);
    await send(opened, GROUP, hello, reply({ session: bad }));
    expect(opened.platform.calls.map(({ path }) => path)).toEqual(["/v1.0/robot/groupMessages/send"]);
  });

  test("refused by the session webhook: the robot interface answers", async () => {
    const opened = open((path) =>
      path.startsWith("/v1.0") ? anything(path) : { json: { errcode: 400_101, errmsg: "no" } },
    );
    expect((await send(opened, GROUP, hello, reply())).id).toBe("pqk-1");
    expect(opened.platform.calls).toHaveLength(2);
  });

  test("refused for its content: no other route", async () => {
    const opened = open(() => ({ json: { errcode: 430_101, errmsg: "unsafe" } }));
    expect(await failure(send(opened, GROUP, hello, reply()))).toMatchObject({
      code: "content_rejected",
      outcome: "refused",
    });
    expect(opened.platform.calls).toHaveLength(1);
  });

  test("an answer that was lost is never sent again, on no route", async () => {
    const opened = open(() => ({ fails: unanswered("unknown") }));
    expect((await failure(send(opened, GROUP, hello, reply()))).outcome).toBe("unknown");
    expect(opened.platform.calls).toHaveLength(1);
    expect(opened.channel.repeatable(GROUP, hello)).toBe(0);
  });

  test("people outside the organisation have the session webhook only", async () => {
    const { staffId: _, ...external } = reply({ direct: true });
    const outside: Address = { ...PERSON, id: "$:LWCP_v1:$eXtErNaL" };
    const opened = open(anything);
    await send(opened, outside, hello, external);
    expect(opened.platform.calls[0]?.path).toContain("sendBySession");
    const late = { ...external, session: { ...session, expiresAt: NOW } };
    expect(await failure(send(opened, outside, hello, late))).toMatchObject({
      code: "reply_expired",
      outcome: "not_sent",
    });
    expect(opened.platform.calls).toHaveLength(1);
  });

  test("an expired token is fetched anew, and the call repeated once", async () => {
    const opened = open((path, n) =>
      n === 1 ? { status: 401, json: { code: "InvalidAuthentication" } } : anything(path),
    );
    await send(opened, GROUP, hello);
    expect(opened.platform.calls.map(({ headers }) => headers["x-acs-dingtalk-access-token"])).toEqual([
      "tok-1",
      "tok-2",
    ]);
  });

  test("throttled: not executed, so it is tried again and nobody sees it", async () => {
    const code = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi";
    const opened = open((path, n) => (n === 1 ? { status: 403, json: { code } } : anything(path)));
    expect((await send(opened, GROUP, hello)).id).toBe("pqk-1");
    expect(opened.platform.calls).toHaveLength(2);
  });
});

describe("a no of the session webhook", () => {
  const hello: Outbound = { kind: "markdown", text: "hello" };

  test.each([
    ["throttled", { json: { errcode: 90_018 } }],
    ["muted", { json: { errcode: 130_101 } }],
    ["a type it does not take", { json: { errcode: 401_102 } }],
    ["an unlisted no", { json: { errcode: 999_999 } }],
    ["not reached", { fails: unanswered("not_sent") }],
  ])("the session webhook says no, %s: the robot interface answers, whatever the clock says", async (_, no) => {
    const opened = open((path) => (path.startsWith("/v1.0") ? anything(path) : no));
    expect((await send(opened, GROUP, hello, reply())).id).toBe("pqk-1");
    expect(opened.platform.calls.at(-1)?.path).toBe("/v1.0/robot/groupMessages/send");
  });

  test.each([
    ["an address that is blocked", { json: { status: 1111, wait: 5 } }, "rate_limited"],
    ["a gateway on the way", { text: "<html>" }, "rate_limited"],
    ["too long a text", { json: { errcode: 460_101 } }, "too_large"],
    ["an unsafe text", { json: { errcode: 430_102 } }, "content_rejected"],
    ["an unknown outcome", { json: { errcode: -1 } }, "platform_refused"],
    ["an answer without errcode", { json: {} }, "platform_refused"],
  ])("%s is no reason to try the other way", async (_, no, code) => {
    const opened = open(() => no);
    expect(await failure(send(opened, GROUP, hello, reply()))).toMatchObject({ code });
    expect(opened.platform.calls.every(({ path }) => path.includes("sendBySession"))).toBe(true);
  });
});

describe("the robot interface", () => {
  const hello: Outbound = { kind: "markdown", text: "hello" };

  test("a direct answer goes by the person's id, in the name of the bot that was asked", async () => {
    const opened = open(anything);
    const late = { ...session, expiresAt: NOW };
    await send(opened, PERSON, hello, reply({ direct: true, session: late, robotCode: "another-robot" }));
    expect(opened.platform.calls.map(({ path, json }) => [path, json["userIds"], json["robotCode"]])).toEqual([
      ["/v1.0/robot/oToMessages/batchSend", ["staff-001"], "another-robot"],
    ]);
  });

  test("an encrypted id is nobody whom the robot interface knows: said before anything is sent", async () => {
    const opened = open(anything);
    const to = { ...PERSON, id: "$:LWCP_v1:$x" };
    expect(await failure(send(opened, to, hello))).toMatchObject({ code: "target_unknown", outcome: "refused" });
    expect(opened.platform.calls).toHaveLength(0);
  });

  test("everybody, people and bots are notified through the session webhook; the robot interface only names them", async () => {
    const cases: readonly (readonly [readonly string[] | "all", unknown, string])[] = [
      ["all", { isAtAll: true }, "hi"],
      [["a", "$:b"], { atUserIds: ["a"], atDingtalkIds: ["$:b"], isAtAll: false }, "@a @$:b hi"],
      [["$:b"], { atDingtalkIds: ["$:b"], isAtAll: false }, "@$:b hi"],
    ];
    for (const [mentions, at, text] of cases) {
      const opened = open(anything);
      await send(opened, GROUP, { kind: "text", text: "hi", mentions }, reply());
      expect(opened.platform.calls[0]?.json).toEqual({ msgtype: "text", text: { content: text }, at });
      await send(opened, GROUP, { kind: "text", text: "hi", mentions });
      expect(opened.platform.calls[1]?.json).not.toHaveProperty("at");
      expect(JSON.parse(String(opened.platform.calls[1]?.json["msgParam"]))).toEqual({ content: text });
    }
  });

  test("more than the platform takes is too_large before anything is sent", async () => {
    const opened = open(anything);
    const text = "字".repeat(7_000);
    expect(await failure(send(opened, GROUP, { kind: "text", text }))).toMatchObject({
      code: "too_large",
      outcome: "not_sent",
    });
    expect(opened.platform.calls).toHaveLength(0);
  });
});

describe("several people", () => {
  const text: Outbound = { kind: "text", text: "The report is out." };
  const to = (id: string): Address => ({ ...PERSON, id });

  test("equal sends of one tick share a call, and each has its own result", async () => {
    const json = {
      processQueryKey: "pqk-9",
      invalidStaffIdList: ["staff-404"],
      flowControlledStaffIdList: ["staff-429"],
    };
    const opened = open(() => ({ json }));
    const ids = ["staff-001", "staff-404", "staff-429"];
    const results = await Promise.allSettled(ids.map((id) => send(opened, to(id), text)));
    expect(opened.platform.calls.map((call) => call.json["userIds"])).toEqual([ids]);
    expect(results[0]).toMatchObject({ status: "fulfilled", value: { id: "pqk-9" } });
    expect(results[1]).toMatchObject({ status: "rejected", reason: { code: "target_unknown", outcome: "refused" } });
    expect(results[2]).toMatchObject({
      status: "rejected",
      reason: { code: "rate_limited", verdict: { kind: "retryLater" } },
    });
  });

  test("at most 20 in one call; another text is another call", async () => {
    const opened = open(() => ({ json: { processQueryKey: "pqk" } }));
    const many = Array.from({ length: 45 }, (_, at) => `staff-${at}`);
    await Promise.all([
      ...many.map((id) => send(opened, to(id), text)),
      send(opened, PERSON, { kind: "text", text: "else" }),
    ]);
    const sizes = opened.platform.calls.map((call) => (call.json["userIds"] as readonly string[]).length);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([1, 5, 20, 20]);
  });

  test("the same text to the same person twice is two messages", async () => {
    const opened = open((_, n) => ({ json: { processQueryKey: `pqk-${n}` } }));
    const sent = await Promise.all([1, 2, 3].map(() => send(opened, PERSON, text)));
    expect(opened.platform.calls.map((call) => call.json["userIds"])).toEqual([
      ["staff-001"],
      ["staff-001"],
      ["staff-001"],
    ]);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(3);
  });

  test("one id that the platform dislikes spoils nobody else's message", async () => {
    const opened = open((_, n) =>
      n === 1 ? { status: 400, json: { code: "staffId.notExisted" } } : { json: { processQueryKey: `pqk-${n}` } },
    );
    const results = await Promise.allSettled(["staff-001", "staff-002"].map((id) => send(opened, to(id), text)));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    expect(opened.platform.calls.map((call) => call.json["userIds"])).toEqual([
      ["staff-001", "staff-002"],
      ["staff-001"],
      ["staff-002"],
    ]);
  });

  test("who leaves takes only their own place: the call ends when nobody wants it any more", async () => {
    const opened = open(() => ({ json: { processQueryKey: "pqk" } }));
    const leave = new AbortController();
    const sending = [to("staff-001"), to("staff-002")].map((place, n) =>
      opened.channel.send(place, text, { key: `k${n}`, signal: n === 0 ? leave.signal : calm() }),
    );
    leave.abort(new Error("called off"));
    expect((await Promise.all(sending)).map(({ id }) => id)).toEqual(["pqk", "pqk"]);
  });
});
