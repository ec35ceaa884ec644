/** Webhook mode: the console's check, people as in the other mode, and calls that mean no good. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Bot, type BotOptions, type Card, createBot, toNodeHandler } from "@openclaw-china/core";
import { createFeishuSimulator, type FeishuSimulator } from "@openclaw-china/testkit";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createFeishu, type FeishuOptions } from "../src/index.ts";

const PATIENCE = { timeoutMs: 15_000 };
const KEYS = { encryptKey: "kudryavka-Encrypt-Key", verificationToken: "verify-me" };
vi.setConfig({ testTimeout: 60_000 });

interface Check {
  readonly name: string;
  readonly rawBody: string;
  readonly config: { readonly encryptKey?: string; readonly verificationToken?: string };
  readonly expectStatus: number;
  readonly expectBody?: object;
}
const { urlVerification } = JSON.parse(
  readFileSync(new URL("vectors/feishu-crypto.json", import.meta.url), "utf8"),
) as { readonly urlVerification: readonly Check[] };

let sim: FeishuSimulator;
beforeEach(async () => {
  sim = await createFeishuSimulator();
});
afterEach(() => sim.close());

async function serve(
  settings: Partial<Record<"mode" | "encryptKey" | "verificationToken", string>> = KEYS,
  options: Omit<BotOptions, "channels"> = {},
): Promise<{ readonly bot: Bot; readonly address: string }> {
  const channel = createFeishu({ ...sim.app, mode: "webhook", ...settings } as FeishuOptions);
  const bot = createBot({ channels: [channel], handler: (turn) => `You said: ${turn.text}`, ...options });
  const server = createServer(toNodeHandler((request) => bot.webhook(request)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    await bot.stop({ timeoutMs: 0 });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { bot, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/feishu` };
}

const post = (address: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(address, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });

test.each(["encrypted and signed", "by token alone"])("people are answered as ever: %s", async (how) => {
  const keys = how === "by token alone" ? { verificationToken: "verify-me" } : KEYS;
  const { bot, address } = await serve(keys);
  await bot.start();
  const hook = sim.webhook({ address, ...keys });
  expect(await hook.verify()).toBe(true);
  const lin = sim.user("Lin");
  const group = sim.group("Team", [lin]);
  await lin.say("hello");
  expect((await lin.screen().next(PATIENCE)).text).toContain("You said: hello");
  await lin.say("all", { group });
  expect((await lin.screen({ group }).next(PATIENCE)).text).toContain("You said: all");
  const ended = hook.calls.filter(({ status }) => status !== 0); // our own reactions may be under way
  expect(ended.every(({ status }) => status === 200)).toBe(true);
  expect(sim.connections()).toBe(0);
});

test("a card is pressed by the webhook as well", async () => {
  const card = { kind: "card", title: "Deploy?", buttons: [{ id: "yes", label: "Yes" }] } as const satisfies Card;
  const { bot, address } = await serve(KEYS, {
    async handler(turn) {
      const answer = await turn.ask(card);
      return answer.outcome === "timeout" ? "late" : `pressed ${answer.button}`;
    },
  });
  await bot.start();
  sim.webhook({ address, ...KEYS });
  const lin = sim.user("Lin");
  await lin.say("deploy");
  const shown = await lin.screen().next(PATIENCE);
  await lin.press(shown, "yes");
  expect((await lin.screen().next(PATIENCE)).text).toContain("pressed yes");
});

test("both ways at once: one answer", async () => {
  const { bot, address } = await serve({ mode: "both", ...KEYS });
  await bot.start();
  sim.webhook({ address, ...KEYS, twice: true });
  const lin = sim.user("Lin");
  await lin.say("hello");
  await lin.screen().next(PATIENCE);
  await lin.say("again");
  expect((await lin.screen().next(PATIENCE)).text).toContain("You said: again");
  expect(lin.screen().messages.filter(({ from }) => from !== lin.id)).toHaveLength(2);
});

test.each(urlVerification)("the console's check of the address: $name", async ({ config, rawBody, ...expected }) => {
  const { bot, address } = await serve(config);
  await bot.start();
  const answer = await post(address, rawBody);
  expect(answer.status).toBe(expected.expectStatus);
  if (expected.expectBody !== undefined) expect(await answer.json()).toEqual(expected.expectBody);
});

describe("calls that mean no good", () => {
  const event = JSON.stringify({
    schema: "2.0",
    header: { event_id: "e1", event_type: "im.message.receive_v1", token: "wrong" },
    event: {},
  });
  const stale = { "x-lark-request-timestamp": "1", "x-lark-request-nonce": "n", "x-lark-signature": "0".repeat(64) };
  test.each([
    ["not signed", event, {}, 401],
    ["signed by another", event, { ...stale, "x-lark-request-timestamp": String(Math.floor(Date.now() / 1_000)) }, 401],
    ["signed long ago", event, stale, 401],
    ["encrypted with another key", JSON.stringify({ encrypt: "AAAA" }), {}, 400],
    ["no JSON", "{", {}, 401],
    ["another type", event, { "content-type": "text/plain" }, 415],
    ["far too long", "x".repeat(1_048_577), {}, 413],
  ])("%s", async (_, body, headers, status) => {
    const { bot, address } = await serve();
    await bot.start();
    expect((await post(address, body, headers)).status).toBe(status);
  });

  test("another method, and a wrong token", async () => {
    const { bot, address } = await serve({ verificationToken: "verify-me" });
    await bot.start();
    expect((await fetch(address)).status).toBe(405);
    expect((await post(address, event)).status).toBe(401);
  });
});
