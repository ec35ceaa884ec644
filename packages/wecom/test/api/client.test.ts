/** Tokens, repeats and bodies of the calls. The platform is scripted. */
import { describe, expect, test } from "vitest";
import { updateTemplateCard } from "../../src/api/cards.ts";
import { sendToCustomer, syncMessages } from "../../src/api/kf.ts";
import { uploadMedia } from "../../src/api/media.ts";
import { answerByUrl, recallMessage, sendAsApp, sendToAppChat } from "../../src/api/messages.ts";
import { createAppToken } from "../../src/api/token.ts";
import {
  API,
  calm,
  clientOf,
  failure,
  instantClock,
  runtimeOf,
  type ScriptedPlatform,
  scriptedPlatform,
  unanswered,
} from "../fixtures.ts";

const OK = { errcode: 0, errmsg: "ok", msgid: "m-1" };
const text = { msgtype: "text", text: { content: "你好" } };
const send = (platform: ScriptedPlatform, key = "k"): ReturnType<typeof sendAsApp> =>
  sendAsApp(clientOf(platform), { to: { touser: "lin.yi" }, agentId: 1_000_002, body: text, key }, calm());

describe("tokens", () => {
  test("a hundred sends at once, cold: one token", async () => {
    const platform = scriptedPlatform(() => OK);
    const client = clientOf(platform);
    const message = { to: { touser: "u" }, agentId: 1, body: text };
    await Promise.all(Array.from({ length: 100 }, (_, n) => sendAsApp(client, { ...message, key: `k${n}` }, calm())));
    expect(platform.tokens()).toBe(1);
    expect(platform.calls).toHaveLength(100);
  });

  test.each([40_014, 42_001, 40_001])("refused with %i: fetched anew, and the call made once more", async (errcode) => {
    const platform = scriptedPlatform((_, n) => (n === 1 ? { errcode, errmsg: "m" } : OK));
    await expect(send(platform)).resolves.toMatchObject({ msgId: "m-1" });
    expect(platform.calls.map(({ query }) => query.get("access_token"))).toEqual(["token-1", "token-2"]);
  });

  test("a new token that is refused as well is a no that time does not heal", async () => {
    const platform = scriptedPlatform(() => ({ errcode: 40_014, errmsg: "m" }));
    expect(await failure(send(platform))).toMatchObject({ outcome: "refused", verdict: { kind: "stop" } });
    expect(platform.calls).toHaveLength(2);
  });

  test("another secret is another token, also in the same Store", async () => {
    const platform = scriptedPlatform(() => OK);
    const runtime = runtimeOf(platform);
    const app = { corpId: "ww1", api: API, proxy: "off" } as const;
    const first = createAppToken(runtime, { ...app, corpSecret: "one" });
    const other = createAppToken(runtime, { ...app, corpSecret: "two" });
    const again = createAppToken(runtime, { ...app, corpSecret: "one" });
    expect(await first.get(calm())).toBe("token-1");
    expect(await other.get(calm())).toBe("token-2");
    expect(await again.get(calm())).toBe("token-1");
  });
});

describe("messages of an application", () => {
  test("a lost answer is asked for again with the same bytes, which are one message", async () => {
    const platform = scriptedPlatform((_, n) => (n === 1 ? unanswered("unknown") : OK));
    await send(platform);
    const [first, second] = platform.calls;
    expect(second?.json).toEqual(first?.json);
    expect(first?.json).toMatchObject({ touser: "lin.yi", agentid: 1_000_002, enable_duplicate_check: 1, ...text });
  });

  test("equal texts under different keys are different messages, checked for hours", async () => {
    const platform = scriptedPlatform(() => OK);
    await send(platform, "a");
    await send(platform, "b");
    const [a, b] = platform.calls.map(({ json }) => Number(json["duplicate_check_interval"]));
    expect(a).not.toBe(b);
    for (const seconds of [a, b]) {
      expect(seconds).toBeGreaterThan(10_800);
      expect(seconds).toBeLessThanOrEqual(14_400);
    }
  });

  test("recipients that do not exist are named, of all lists", async () => {
    const platform = scriptedPlatform(() => ({ ...OK, invaliduser: "a|b", invalidparty: "7", unlicenseduser: "c" }));
    expect((await send(platform)).invalid).toEqual(["a", "b", "7", "c"]);
  });

  test("an answer without a message id may have been done, or not", async () => {
    expect(await failure(send(scriptedPlatform(() => ({ errcode: 0 }))))).toMatchObject({ outcome: "unknown" });
  });

  test("a group's message has no check, so a lost answer is not asked for again", async () => {
    const platform = scriptedPlatform(() => unanswered("unknown"));
    const work = sendToAppChat(clientOf(platform), { chatId: "g", body: text }, calm());
    expect(await failure(work)).toMatchObject({ outcome: "unknown" });
    expect(platform.calls).toHaveLength(1);
  });

  test("recalls and changes of cards name what they are about", async () => {
    const platform = scriptedPlatform(() => OK);
    const client = clientOf(platform);
    await recallMessage(client, "m-1", calm());
    const change = { userIds: ["lin.yi"], agentId: 7, responseCode: "code", to: { replaceName: "已批准" } };
    await updateTemplateCard(client, change, calm());
    expect(platform.calls.map(({ path, json }) => [path, json])).toEqual([
      ["/cgi-bin/message/recall", { msgid: "m-1" }],
      [
        "/cgi-bin/message/update_template_card",
        { userids: ["lin.yi"], agentid: 7, response_code: "code", button: { replace_name: "已批准" } },
      ],
    ]);
  });
});

describe("customer service", () => {
  test("a page is asked for with cursor and token; an empty one may have more behind it", async () => {
    const platform = scriptedPlatform(() => ({ errcode: 0, next_cursor: "c2", has_more: 1, msg_list: [] }));
    const page = await syncMessages(clientOf(platform), { openKfId: "wk1", cursor: "c1", token: "t" }, calm());
    expect(page).toEqual({ nextCursor: "c2", hasMore: true, messages: [] });
    expect(platform.calls[0]?.json).toMatchObject({ cursor: "c1", token: "t", open_kfid: "wk1" });
  });

  test("a message has an id of ours, by which a repeat is the same", async () => {
    const platform = scriptedPlatform((_, n) => (n === 1 ? unanswered("unknown") : { errcode: 0, msgid: "oc-1" }));
    const message = { customerId: "wm1", openKfId: "wk1", msgId: "oc-1", body: text };
    await expect(sendToCustomer(clientOf(platform), message, calm())).resolves.toBe("oc-1");
    expect(platform.calls.map(({ json }) => json["msgid"])).toEqual(["oc-1", "oc-1"]);
  });
});

test("an upload has one part named media, with its name in UTF-8", async () => {
  const platform = scriptedPlatform(() => ({ errcode: 0, media_id: "MID" }));
  const file = {
    type: "file",
    name: "报告.pdf",
    contentType: "application/pdf",
    bytes: new Uint8Array([1, 2, 3]),
  } as const;
  await expect(uploadMedia(clientOf(platform), file, calm())).resolves.toBe("MID");
  const [call] = platform.calls;
  expect(call?.query.get("type")).toBe("file");
  expect(Buffer.from(call?.bytes ?? []).toString()).toContain('name="media"; filename="报告.pdf"');
});

describe("response_url", () => {
  const caller = (http: ScriptedPlatform) => ({ http, clock: instantClock(), proxy: "off", api: API }) as const;
  const body = { msgtype: "markdown", markdown: { content: "x" } };
  const url = `${API}/cgi-bin/aibot/response?response_code=CODE-123456`;

  test("another host is not called, and nothing has been sent then", async () => {
    const platform = scriptedPlatform(() => OK);
    const work = answerByUrl(caller(platform), { url: "https://evil.example/?response_code=1", body }, calm());
    expect(await failure(work)).toMatchObject({ code: "address_not_allowed", outcome: "not_sent" });
    expect(platform.calls).toEqual([]);
  });

  test("a second use is over, whatever number the platform gives it; the code is in no text", async () => {
    const platform = scriptedPlatform(() => ({ errcode: 40_058, errmsg: "used response_code=CODE-123456" }));
    const error = await failure(answerByUrl(caller(platform), { url, body }, calm()));
    expect(error).toMatchObject({ code: "reply_expired", outcome: "refused" });
    expect(JSON.stringify([error.message, error.platform, error.fix])).not.toContain("CODE-123456");
  });
});
