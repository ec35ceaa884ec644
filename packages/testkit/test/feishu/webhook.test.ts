/** Webhook mode as the platform has it, what else people do, and robots of groups. */
import { createDecipheriv, createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import {
  createFeishuSimulator,
  fakeClock,
  type FeishuSimulator,
  type FeishuSimulatorOptions,
} from "../../src/index.ts";
import { call, type Json, listen, payloadOf, until } from "./client.ts";

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});
async function simulator(options: FeishuSimulatorOptions = {}): Promise<FeishuSimulator> {
  const sim = await createFeishuSimulator(options);
  ends.push(() => sim.close());
  return sim;
}

interface Taken {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** An address that answers as told. */
async function address(
  answer: (taken: Taken) => { readonly status?: number; readonly body: string },
): Promise<{ readonly url: string; readonly taken: readonly Taken[] }> {
  const taken: Taken[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks).toString() };
      taken.push(one);
      const { status = 200, body } = answer(one);
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, taken };
}

const hex = (algorithm: string, ...parts: readonly (string | undefined)[]): string =>
  createHash(algorithm).update(parts.join("")).digest("hex");

function opened(body: string, encryptKey: string): Json {
  const data = Buffer.from(String((JSON.parse(body) as Json)["encrypt"]), "base64");
  const key = createHash("sha256").update(encryptKey).digest();
  const aes = createDecipheriv("aes-256-cbc", key, data.subarray(0, 16));
  return JSON.parse(Buffer.concat([aes.update(data.subarray(16)), aes.final()]).toString()) as Json;
}

test("with an Encrypt Key events are sealed and signed, and challenges are sealed only", async () => {
  const sim = await simulator();
  const { url, taken } = await address(({ body }) => ({
    body: JSON.stringify({ challenge: opened(body, "key")["challenge"] }),
  }));
  const webhook = sim.webhook({ address: url, encryptKey: "key", verificationToken: "token" });
  expect(await webhook.verify()).toBe(true);
  expect(taken[0]?.headers).not.toHaveProperty("x-lark-signature");
  await sim.user("Lin").say("hello");
  const { headers, body } = taken[1] ?? { headers: {}, body: "{}" };
  const time = String(headers["x-lark-request-timestamp"]);
  const nonce = String(headers["x-lark-request-nonce"]);
  expect(headers["x-lark-signature"]).toBe(hex("sha256", time, nonce, "key", body));
  expect(opened(body, "key")).toMatchObject({ header: { token: "token" } });
});

test("without one they are plain and carry the token; a wrong challenge cannot be saved", async () => {
  const sim = await simulator();
  const { url, taken } = await address(() => ({ body: "{}" }));
  const webhook = sim.webhook({ address: url, verificationToken: "token" });
  expect(await webhook.verify()).toBe(false);
  await sim.user("Lin").say("hello");
  expect(JSON.parse(taken[1]?.body ?? "{}")).toMatchObject({ schema: "2.0", header: { token: "token" } });
  expect(taken[1]?.headers).not.toHaveProperty("x-lark-signature");
});

test("what is not answered with 200 comes again on schedule, as the same event", async () => {
  const clock = fakeClock();
  const sim = await simulator({ clock });
  const { url, taken } = await address(() => ({ status: taken.length < 3 ? 500 : 200, body: "{}" }));
  const webhook = sim.webhook({ address: url, verificationToken: "token" });
  const said = sim.user("Lin").say("hello");
  await until(() => webhook.calls[0]?.status === 500, "the first call is answered");
  await clock.advance(15_000);
  await until(() => webhook.calls[1]?.status === 500, "the second call is answered");
  await clock.advance(300_000);
  await said;
  expect(new Set(taken.map(({ body }) => body)).size).toBe(1);
  expect(webhook.calls.map(({ status }) => status)).toEqual([500, 500, 200]);
});

test("a callback is answered at once or not at all, and old ones are signed with the token", async () => {
  const sim = await simulator();
  const { url, taken } = await address(() => ({ body: '{"toast":{"type":"info","content":"ok"}}' }));
  const webhook = sim.webhook({ address: "http://127.0.0.1:1/", callbackAddress: url, verificationToken: "token" });
  const call = await webhook.oldCallback({ open_id: "ou_1", action: { tag: "button", value: {} } });
  expect(call).toMatchObject({ kind: "callback", status: 200 });
  const { headers, body } = taken[0] ?? { headers: {}, body: "" };
  const time = String(headers["x-lark-request-timestamp"]);
  expect(headers["x-lark-signature"]).toBe(hex("sha1", time, String(headers["x-lark-request-nonce"]), "token", body));
});

test("reactions, recalls, reads, the menu, the open chat and memberships are events", async () => {
  const sim = await simulator();
  const link = await listen(sim.app);
  const lin = sim.user("Lin");
  const sales = sim.group("Sales", [lin]);
  await lin.say("hello");
  const message = lin.screen().messages[0]!;
  await lin.react(message, "OK");
  await lin.unreact(message, "OK");
  await lin.read(message);
  await lin.recall(message);
  await lin.enter();
  await lin.choose("help");
  await lin.expel(sales);
  await lin.invite(sales);
  expect(link.frames.map((frame) => (payloadOf(frame)["header"] as Json)["event_type"])).toEqual([
    "im.message.receive_v1",
    "im.message.reaction.created_v1",
    "im.message.reaction.deleted_v1",
    "im.message.message_read_v1",
    "im.message.recalled_v1",
    "im.chat.access_event.bot_p2p_chat_entered_v1",
    "application.bot.menu_v6",
    "im.chat.member.bot.deleted_v1",
    "im.chat.member.bot.added_v1",
  ]);
});

test("mentions are placeholders, numbered, with the ids that each app sees", async () => {
  const sim = await simulator();
  const other = sim.bot("other");
  const [link, second] = [await listen(sim.app), await listen(other.app)];
  const [lin, wang] = [sim.user("Lin"), sim.user("王五")];
  const sales = sim.group("Sales", [lin, wang]);
  await lin.say("请告诉 @王五", { group: sales, mention: [{ id: sim.botId }, other], people: [wang] });
  const messageOf = (link: { readonly frames: Parameters<typeof payloadOf>[0][] }): Json =>
    (payloadOf(link.frames[0]!)["event"] as Json)["message"] as Json;
  const message = messageOf(link as never);
  expect(message["content"]).toBe('{"text":"@_user_1 @_user_2 请告诉 @_user_3"}');
  const idsIn = (one: Json): unknown =>
    (one["mentions"] as readonly { readonly id: Json }[]).map(({ id }) => id["open_id"]);
  expect(idsIn(message)).toEqual([sim.botId, expect.not.stringContaining(other.id), wang.id]);
  expect(idsIn(messageOf(second as never))).toEqual([
    expect.not.stringContaining(sim.botId),
    other.id,
    sim.openId(wang, other),
  ]);
});

test("a robot of a group wants its signature, its keyword, its address, and no haste", async () => {
  const clock = fakeClock();
  const sim = await simulator({ clock });
  const lin = sim.user("Lin");
  const sales = sim.group("Sales", [lin]);
  const send = async (token: string, body: object): Promise<unknown> =>
    (await call(sim.app, { path: `bot/v2/hook/${token}`, body })).json["code"];
  const hi = { msg_type: "text", content: { text: "hi" } };
  const open = sim.robot(sales);
  expect(await send("no", hi)).toBe(19001);
  for (let n = 0; n < 5; n += 1) expect(await send(open.token, hi)).toBe(0);
  expect(await send(open.token, hi)).toBe(11232);
  expect(lin.screen({ group: sales, bot: open }).messages).toHaveLength(5);
  expect(await send(sim.robot(sales, { keywords: ["deploy"] }).token, hi)).toBe(19024);
  expect(await send(sim.robot(sales, { isAddressBarred: true }).token, hi)).toBe(19022);
  expect(await send(open.token, { ...hi, content: { text: "x".repeat(21_000) } })).toBe(9499);
  const closed = sim.robot(sales, { isSigned: true });
  expect(await send(closed.token, hi)).toBe(19021);
  const timestamp = String(Math.floor(clock.now() / 1_000));
  const sign = createHmac("sha256", `${timestamp}\n${closed.secret ?? ""}`).digest("base64");
  expect(await send(closed.token, { ...hi, timestamp, sign })).toBe(0);
  await clock.advance(3_700_000);
  expect(await send(closed.token, { ...hi, timestamp, sign })).toBe(19021);
});
