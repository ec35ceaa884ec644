/** `gateway start` in webhook mode, as a process of its own that the simulated DingTalk calls. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { createDingTalkSimulator, type DingTalkSimulator } from "@openclaw-china/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Command, ECHO, makePlace, type Place } from "../process.ts";

vi.setConfig({ testTimeout: 120_000 });

const TOKEN = "tokenA1b2-of-the-webhook";
const AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const PATIENCE = { timeoutMs: 15_000 };

let sim: DingTalkSimulator;
let place: Place;
beforeEach(async () => {
  sim = await createDingTalkSimulator();
  place = await makePlace();
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await sim.close();
});

/** Two apps: the default one in webhook mode, `sales` both ways. Returns the gateway's address and what it prints. */
async function start() {
  const sales = sim.bot("Sales");
  const { appKey: app_key, appSecret } = sim.app;
  await place.secrets({ DINGTALK_APP_SECRET: appSecret, DINGTALK_WEBHOOK_TOKEN: TOKEN });
  const own = { app_key: sales.app.appKey, app_secret: sales.app.appSecret, mode: "both" };
  await place.write({
    agents: { main: ECHO },
    http: { port: 0 },
    channels: {
      dingtalk: {
        endpoints: sim.app.endpoints,
        default_agent: "main",
        aes_key: AES_KEY,
        accounts: { default: { mode: "webhook", app_key }, sales: own },
      },
    },
  });
  const gateway = place.run(["start"], { LOG_LEVEL: "debug" });
  return { sales, gateway, address: await gateway.address() };
}

test("ready without a call; each account is called at its own address; secrets are nowhere", async () => {
  const { sales, gateway, address } = await start();
  await vi.waitFor(async () => expect((await fetch(`${address}/readyz`)).status).toBe(200), {
    timeout: 15_000,
    interval: 50,
  });
  const { channels } = (await (await fetch(`${address}/readyz`)).json()) as { readonly channels: readonly object[] };
  expect(channels).toMatchObject([
    { account: "default", state: "live", via: "webhook" },
    { account: "sales", state: "live" },
  ]);
  expect(sim.connections()).toBe(1);
  const events = { token: TOKEN, aesKey: AES_KEY };
  const first = sim.webhook({ address: `${address}/webhooks/dingtalk`, events });
  const second = sim.webhook({ address: `${address}/webhooks/dingtalk/sales`, events, bot: sales, twice: true });
  const lin = sim.user("Lin");
  await lin.say("hello");
  expect((await lin.screen().next(PATIENCE)).text).toBe("You said: hello");
  await lin.say("to sales, both ways", { bot: sales });
  expect((await lin.screen({ bot: sales }).next(PATIENCE)).text).toBe("You said: to sales, both ways");
  expect(await first.event({ EventType: "check_url" })).toBe("success");
  expect(await second.event({ EventType: "user_add_org", UserId: ["u1"] })).toBe("success");
  expect([...first.calls, ...second.calls].map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  for (const secret of [sim.app.appSecret, sales.app.appSecret, TOKEN, AES_KEY]) {
    expect(gateway.out() + gateway.err()).not.toContain(secret);
  }
});

test("hostile calls are refused at once, whatever they are, and the next message is answered", async () => {
  const { address } = await start();
  const url = `${address}/webhooks/dingtalk`;
  const call = async (path: string, headers: Record<string, string>, body: string): Promise<number> => {
    const answer = await fetch(path, { method: "POST", headers, body });
    await answer.arrayBuffer();
    return answer.status;
  };
  const forged = { timestamp: String(Date.now()), sign: "forged" };
  for (let round = 0; round < 25; round += 1) {
    expect(await call(url, {}, "{}")).toBe(401);
    expect(await call(url, forged, "{}")).toBe(401);
    expect(await call(url, {}, '{"encrypt":"AAAA"}')).toBe(401);
    expect(await call(`${url}?signature=x&timestamp=${Date.now()}&nonce=n`, {}, '{"encrypt":"AAAA"}')).toBe(401);
    expect(await call(url, { token: TOKEN }, "no json")).toBe(400);
    expect(await declare(url, 64 * 1_048_576)).toBe(413);
    expect(await call(`${url}/nobody`, { token: TOKEN }, "{}")).toBe(404);
    expect(await call(`${address}/webhooks/other`, { token: TOKEN }, "{}")).toBe(404);
    expect((await fetch(url)).status).toBe(405);
  }
  sim.webhook({ address: url });
  const lin = sim.user("Lin");
  await lin.say("still there?");
  expect((await lin.screen().next(PATIENCE)).text).toBe("You said: still there?");
});

test("killed: what was answered with 200 is answered by the next process, and what was not is posted again", async () => {
  const { gateway, address } = await start();
  const posts = sim.webhook({ address: `${address}/webhooks/dingtalk` });
  const again = async (from: Command): Promise<Command> => {
    from.child.kill("SIGKILL");
    await from.ended;
    return place.run(["start", "--port", new URL(address).port]);
  };
  const lin = sim.user("Lin");
  const screen = lin.screen();
  await lin.say("one");
  const second = await again(gateway);
  await second.address();
  expect((await screen.next(PATIENCE)).text).toBe("You said: one");
  second.child.kill("SIGKILL");
  await second.ended;
  const said = lin.say("two");
  await vi.waitFor(() => expect(posts.calls.at(-1)).toMatchObject({ status: 0 }), { timeout: 15_000 });
  await (await again(second)).address();
  await sim.redeliver();
  await said;
  expect((await screen.next(PATIENCE)).text).toBe("You said: two");
  const answers = screen.messages.filter(({ from, state }) => from !== lin.id && state === "finished");
  expect(answers.map(({ text }) => text)).toEqual(["You said: one", "You said: two"]);
});

/** Says how large its body is, and waits for the answer before it sends any of it. */
async function declare(url: string, bytes: number): Promise<number> {
  const call = request(url, { method: "POST", headers: { "content-length": bytes } });
  call.on("error", () => "the other side has gone, as it should");
  call.flushHeaders();
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  call.destroy();
  return answer.statusCode ?? 0;
}
