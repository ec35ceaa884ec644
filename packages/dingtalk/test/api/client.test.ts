/** Evidence, tokens, repeats and pace of the calls. The platform is scripted. */
import { ChannelError, type Clock } from "@openclaw-china/core";
import { describe, expect, test } from "vitest";
import { createAndDeliver } from "../../src/api/cards.ts";
import { type Client, createClient } from "../../src/api/client.ts";
import { sendBySession, sendToGroup, sendToUsers } from "../../src/api/messages.ts";
import { createAppToken, fetchToken } from "../../src/api/token.ts";
import { stage } from "../edge/stage.ts";
import {
  allowance,
  calm,
  type Call,
  failure,
  instantClock,
  runtimeOf,
  type Scripted,
  type ScriptedPlatform,
  scriptedPlatform,
  unanswered,
} from "../fixtures.ts";

const endpoints = { api: "https://api.dingtalk.com", oapi: "https://oapi.dingtalk.com" };
const app = { appKey: "ding", appSecret: "secret-example", endpoints, proxy: "off" } as const;

interface Opened {
  readonly client: Client;
  readonly platform: ScriptedPlatform;
}

function open(answer: (n: number, call: Call) => Scripted, clock: Clock = instantClock()): Opened {
  const platform = scriptedPlatform((call, n) => answer(n, call));
  const runtime = runtimeOf(platform, clock);
  const token = createAppToken(runtime, app);
  const { appSecret } = app;
  const own = { http: platform, clock, endpoints, proxy: "off", token, appSecret, ...allowance(runtime) };
  return { platform, client: createClient(own) };
}

const message = { robotCode: "r", msgKey: "sampleText", msgParam: { content: "x" } };
const toGroup = ({ client }: Opened): Promise<string> =>
  sendToGroup(client, { ...message, openConversationId: "cid" }, calm());
const toUsers = ({ client }: Opened, userIds: readonly string[]): ReturnType<typeof sendToUsers> =>
  sendToUsers(client, { ...message, userIds }, calm());
const bySession = ({ client }: Opened): Promise<void> =>
  sendBySession(client, "https://oapi.dingtalk.com/robot/sendBySession?session=0a1b2c3d", {}, calm());
const card = {
  cardTemplateId: "t",
  outTrackId: "c",
  cardParamMap: {},
  openSpaceId: "dtv1.card//IM_ROBOT.u",
  robotCode: "r",
};
const create = ({ client }: Opened): Promise<string> => createAndDeliver(client, card, calm());

const lost = unanswered("unknown");
const refused = unanswered("not_sent");

describe("a send resolves with evidence, never on hope", () => {
  test.each([[{}], [{ processQueryKey: "" }], [{ processQueryKey: null }], [{ processQueryKey: 5 }]])(
    "a robot message answered with %j may have arrived, or not",
    async (json) => {
      expect(await failure(toGroup(open(() => ({ json }))))).toMatchObject({ outcome: "unknown" });
      expect(
        await failure(
          toUsers(
            open(() => ({ json })),
            ["u"],
          ),
        ),
      ).toMatchObject({ outcome: "unknown" });
    },
  );

  test.each([[{}], [{ errmsg: "ok" }], [{ errcode: null }]])("a session webhook that answers %j too", async (json) => {
    expect(await failure(bySession(open(() => ({ json }))))).toMatchObject({ outcome: "unknown" });
  });

  test.each([[{ errcode: 0 }], [{ errcode: "0", errmsg: "ok" }]])("%j is a yes", async (json) => {
    await expect(bySession(open(() => ({ json })))).resolves.toBeUndefined();
  });

  test.each([
    [{ errcode: 0, success: false }],
    [{ errcode: 0, result: false }],
    [{ success: "false" }],
    [{ errcode: 310_000, errmsg: "sign not match" }],
  ])("%j is a no under status 200", async (json) => {
    expect(await failure(bySession(open(() => ({ json }))))).toMatchObject({
      outcome: "refused",
      verdict: { kind: "stop" },
    });
  });

  test("a no under status 200 keeps the code it names", async () => {
    const json = { success: false, code: "param.contentUnsafe", message: "content unsafe" };
    expect(await failure(create(open(() => ({ json }))))).toMatchObject({ code: "content_rejected" });
  });

  test("whom a direct message did not reach, as texts; nobody reached needs no key", async () => {
    const lists = { invalidStaffIdList: [7], flowControlledStaffIdList: null };
    const some = open(() => ({ json: { processQueryKey: "pqk", ...lists } }));
    expect(await toUsers(some, ["7", "8"])).toEqual({ processQueryKey: "pqk", invalid: ["7"], throttled: [] });
    const none = open(() => ({ json: lists }));
    expect(await toUsers(none, ["7"])).toEqual({ processQueryKey: "", invalid: ["7"], throttled: [] });
  });

  const delivered = (deliverResults: unknown): Opened =>
    open(() => ({ json: { success: true, result: { deliverResults } } }));

  test.each([
    [[{ success: false, errorMsg: "not in the group" }], "not in the group"],
    [[{ success: true, carrierId: "a" }, { success: false }], "delivered to nobody"],
    [[{ success: "false" }], "delivered to nobody"],
    [[{}], "delivered to nobody"],
    [[], "delivered to nobody"],
  ])("a card with the results %j is delivered to nobody", async (results, reason) => {
    const error = await failure(create(delivered(results)));
    expect(error).toMatchObject({ code: "target_unknown", outcome: "refused", verdict: { kind: "stop" } });
    expect(error.message).toContain(reason);
  });

  test.each([
    [[{ success: true, carrierId: "pqk" }], "pqk"],
    [[{ success: "true", carrierId: "" }], "c"],
    [undefined, "c"],
  ])("a card with the results %j is there", async (results, key) => {
    expect(await create(delivered(results))).toBe(key);
  });
});

describe("tokens", () => {
  const INVALID = { status: 401, json: { code: "InvalidAuthentication" } };
  const OLD = { json: { errcode: 88, sub_code: "40014", sub_msg: "不合法的access_token" } };

  test.each([
    ["401", INVALID],
    ["400, seen as well", { status: 400, json: { code: "InvalidAuthentication" } }],
    ["wrapped, under status 200", OLD],
    ["401 without a code", { status: 401, json: {} }],
  ])("%s: a new one, and the call once more", async (_, first) => {
    const opened = open((n) => (n === 1 ? first : { json: { processQueryKey: "pqk" } }));
    expect(await toGroup(opened)).toBe("pqk");
    expect(opened.platform.tokens()).toBe(2);
    expect(opened.platform.calls.map(({ headers }) => headers["x-acs-dingtalk-access-token"])).toEqual([
      "tok-1",
      "tok-2",
    ]);
  });

  test("the new one is refused as well: that is final", async () => {
    const opened = open(() => INVALID);
    expect(await failure(toGroup(opened))).toMatchObject({
      code: "credentials_rejected",
      outcome: "refused",
      verdict: { kind: "stop" },
    });
    expect(opened.platform.calls).toHaveLength(2);
  });

  test("many calls find it out at once: one new token for all of them", async () => {
    const opened = open((_, { headers }) =>
      headers["x-acs-dingtalk-access-token"] === "tok-1" ? INVALID : { json: { processQueryKey: "pqk" } },
    );
    await Promise.all(Array.from({ length: 10 }, () => toGroup(opened)));
    expect(opened.platform.tokens()).toBe(2);
  });

  test.each([[{}], [{ accessToken: "" }], [{ accessToken: null }]])("the answer %j holds none", async (json) => {
    const body = new Response(JSON.stringify(json)).body ?? new ReadableStream<Uint8Array>();
    const http = { request: () => Promise.resolve({ status: 200, headers: {}, body }) };
    const error = await failure(fetchToken({ http, clock: instantClock() }, app, calm()));
    expect(error.message).toContain("holds no accessToken");
  });

  test.each([
    [7_200, 7_200_000],
    ["600", 600_000],
    [undefined, 7_200_000],
    [0, 7_200_000],
    ["soon", 7_200_000],
  ])("a life of %j s", async (expireIn, lifeMs) => {
    const body = new Response(JSON.stringify({ accessToken: "t", expireIn })).body ?? new ReadableStream<Uint8Array>();
    const http = { request: () => Promise.resolve({ status: 200, headers: {}, body }) };
    expect((await fetchToken({ http, clock: instantClock() }, app, calm())).lifeMs).toBe(lifeMs);
  });
});

describe("repeats", () => {
  const THROTTLED = { status: 403, json: { code: "Forbidden.AccessDenied.QpsLimitForApi" } };
  const DONE = { json: { processQueryKey: "pqk", success: true, errcode: 0 } };

  test.each([
    ["throttled", THROTTLED],
    ["throttled, old form", { json: { errcode: 90_018 } }],
    ["the connection was refused", { fails: refused }],
  ])("a send is repeated when it was certainly not executed: %s", async (_, first) => {
    for (const send of [toGroup, bySession]) {
      const opened = open((n) => (n === 1 ? first : DONE));
      await send(opened);
      expect(opened.platform.calls).toHaveLength(2);
    }
  });

  test.each([
    ["no answer", { fails: lost }],
    ["504", { status: 504, json: { code: "ServiceTimeout" } }],
    ["busy", { json: { errcode: -1 } }],
    ["a time-out inside", { json: { errcode: 15, sub_code: "isp.top-remote-connection-timeout" } }],
    ["500 without JSON", { status: 500, text: "<html>" }],
  ])("a send is not repeated when nobody knows: %s", async (_, first) => {
    for (const send of [toGroup, bySession]) {
      const opened = open(() => first);
      expect(await failure(send(opened))).toMatchObject({ outcome: "unknown" });
      expect(opened.platform.calls).toHaveLength(1);
    }
  });

  test.each([
    ["a blocked address", { json: { status: 1111, wait: 5, punish: "deny" } }],
    ["a muted robot", { json: { errcode: 130_101 } }],
    ["a monthly quota", { status: 403, json: { code: "Forbidden.AccessDenied.ApiCountLimitForOrg" } }],
  ])("nobody waits minutes within a call: %s", async (_, first) => {
    const opened = open(() => first);
    expect(await failure(toGroup(opened))).toBeInstanceOf(ChannelError);
    expect(opened.platform.calls).toHaveLength(1);
  });
});

describe("pace", () => {
  /** The most calls in any second. */
  const densest = (times: readonly number[]): number =>
    Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));

  test("sends at once, in cards and as messages: the platform never has to say that it is too much", async () => {
    const { sim, start, drive } = await stage();
    const bot = await start();
    const group = { channel: "dingtalk", kind: "group", id: sim.group("Sales", []).id } as const;
    let sent = 0;
    for (let n = 0; n < 60; n += 1) {
      const content = n % 2 === 0 ? `**card ${n}**` : ({ kind: "text", text: `message ${n}` } as const);
      void bot.send(group, content).then(() => (sent += 1));
    }
    await drive(() => sent === 60, "all are sent");
    expect(sim.calls.filter(({ status }) => status !== 200)).toEqual([]);
    const timesOf = (start: string): readonly number[] =>
      sim.calls.filter(({ name }) => name.startsWith(start)).map(({ at }) => at);
    expect(densest(timesOf("robot/groupMessages"))).toBeLessThanOrEqual(20);
    expect(densest(timesOf("card/"))).toBeLessThanOrEqual(20);
  });
});
