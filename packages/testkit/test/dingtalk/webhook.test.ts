/** HTTP mode of the simulator, with a server that knows only what DingTalk's documentation says. */
import { createDecipheriv, createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createDingTalkSimulator, fakeClock } from "@openclaw-china/testkit";
import { expect, onTestFinished, test, vi } from "vitest";

const EVENTS = { token: "tokenA1b2", aesKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG" };

interface Heard {
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: Readonly<Record<string, unknown>>;
}

/** Answers with what `answer` says, and keeps what it has heard. */
async function listen(answer: (heard: Heard, n: number) => { readonly status: number; readonly body?: string }) {
  const heard: Heard[] = [];
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = JSON.parse(await text(request)) as Heard["body"];
    const one = { url: new URL(request.url ?? "", "http://here"), headers: request.headers, body };
    const { status, body: sent = "{}" } = answer(one, heard.push(one));
    response.writeHead(status).end(sent);
  };
  const server = createServer((request, response) => void reply(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { heard, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback?tenant=1` };
}

test("a message is posted as the documentation says: signed by the secret, the body as in Stream Mode", async () => {
  const clock = fakeClock();
  await using sim = await createDingTalkSimulator({ clock });
  const { heard, address } = await listen(() => ({ status: 200 }));
  const posts = sim.webhook({ address });
  await sim.user("Lin").say("hello");
  const [{ headers, body, url } = expect.unreachable("nothing was heard")] = heard;
  const timestamp = String(clock.now());
  const sign = createHmac("sha256", sim.app.appSecret).update(`${timestamp}\n${sim.app.appSecret}`).digest("base64");
  expect(headers).toMatchObject({ timestamp, sign, "content-type": "application/json; charset=utf-8" });
  expect(url.search).toBe("?tenant=1");
  expect(body).toMatchObject({ msgtype: "text", text: { content: "hello" }, senderNick: "Lin", conversationType: "1" });
  expect(posts.calls).toEqual([{ kind: "message", status: 200, body: "{}" }]);
});

test("an event is sealed for the app, and its answer is opened", async () => {
  await using sim = await createDingTalkSimulator();
  const echo = await listen(({ url, body }) => {
    const [timestamp = "", nonce = ""] = ["timestamp", "nonce"].map((name) => url.searchParams.get(name) ?? "");
    const four = [EVENTS.token, timestamp, nonce, String(body["encrypt"])].toSorted((a, b) => (a < b ? -1 : 1));
    const digest = createHash("sha1").update(four.join("")).digest("hex");
    expect(url.searchParams.get("signature")).toBe(digest);
    // What was sealed for the app is a well-formed answer as well.
    const sent = { msg_signature: digest, timeStamp: timestamp, nonce, encrypt: body["encrypt"] };
    return { status: 200, body: JSON.stringify(sent) };
  });
  const posts = sim.webhook({ address: echo.address, events: EVENTS });
  expect(await posts.event({ EventType: "x", note: "新员工" })).toBe('{"EventType":"x","note":"新员工"}');
  const key = Buffer.from(`${EVENTS.aesKey}=`, "base64");
  const aes = createDecipheriv("aes-256-cbc", key, key.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([aes.update(String(echo.heard[0]?.body["encrypt"]), "base64"), aes.final()]);
  const padBytes = plain.at(-1) ?? 0;
  expect(plain.subarray(20 + plain.readUInt32BE(16), plain.length - padBytes).toString()).toBe(sim.app.appKey);
});

test("an answer to an event that is not signed and sealed is an error of whoever gave it", async () => {
  await using sim = await createDingTalkSimulator();
  const { address } = await listen(() => ({ status: 200, body: "success" }));
  const posts = sim.webhook({ address, events: EVENTS });
  await expect(posts.event({ EventType: "check_url" })).rejects.toThrow("not signed as it must be");
});

test("what is not answered with 200 comes again after a minute, with the same id", async () => {
  const clock = fakeClock();
  await using sim = await createDingTalkSimulator({ clock });
  const { heard, address } = await listen((_, n) => ({ status: n < 3 ? 503 : 200 }));
  const posts = sim.webhook({ address });
  let acknowledged = false;
  const said = sim
    .user("Lin")
    .say("hello")
    .then(() => (acknowledged = true));
  for (const statuses of [[503], [503, 503], [503, 503, 200]]) {
    await vi.waitFor(() => expect(posts.calls.map(({ status }) => status)).toEqual(statuses), { timeout: 15_000 });
    await clock.advance(60_000);
  }
  await said;
  expect(acknowledged).toBe(true);
  expect(new Set(heard.map(({ body }) => body["msgId"])).size).toBe(1);
});

test("an address where nobody listens is no answer; disposed, the app is in Stream Mode again", async () => {
  await using sim = await createDingTalkSimulator();
  const { heard, address } = await listen(() => ({ status: 200 }));
  const lin = sim.user("Lin");
  {
    using nobody = sim.webhook({ address: "http://127.0.0.1:1/" });
    void lin.say("into the void");
    await vi.waitFor(() => expect(nobody.calls).toEqual([{ kind: "message", status: 0, body: "" }]));
    void lin.say("over a connection", { bot: sim.bot("Another") }); // only one app is in HTTP mode
  }
  void lin.say("over a connection");
  sim.webhook({ address });
  await lin.say("posted");
  expect(heard.map(({ body }) => body["text"])).toEqual([{ content: "posted" }]);
});
