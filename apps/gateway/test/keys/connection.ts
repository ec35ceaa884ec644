/** How the account is connected, and how its answers look. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ChannelError, Clock, Turn } from "@openclaw-china/core";
import { createDingTalkSimulator, type Shown, type SimulatedBot } from "@openclaw-china/testkit";
import { expect, onTestFinished, vi } from "vitest";
import { startProxy } from "../proxy.ts";
import { PATIENCE, type Stage } from "./stage.ts";
import type { Effects } from "./table.ts";

const TOKEN = "tokenA1b2";
const AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const WEBHOOK = "/webhooks/dingtalk";

async function failure(work: Promise<unknown>): Promise<ChannelError> {
  return work.then(
    () => expect.unreachable("it did not fail"),
    (error: unknown) => error as ChannelError,
  );
}

/** Status of an unsigned bot message with that `token` header, as a legacy outgoing robot sends it. */
async function unsigned(address: string, token: string): Promise<number> {
  const body = JSON.stringify({ msgId: "m", msgtype: "text", conversationId: "c", conversationType: "1" });
  const answer = await fetch(`${address}${WEBHOOK}`, { method: "POST", headers: { token }, body });
  await answer.arrayBuffer();
  return answer.status;
}

/** What is tried again is tried at once. */
const HASTY: Clock = {
  now: Date.now,
  random: () => 0.5,
  sleep: (ms, signal) => sleep(ms < 10_000 ? 0 : ms, undefined, { signal }),
};

/** Credentials of a further bot. */
function keysOf({ app }: SimulatedBot): object {
  return { app_key: app.appKey, app_secret: app.appSecret };
}

function callsOf({ sim }: Stage): readonly string[] {
  return sim.calls.map(({ name }) => name);
}

export const CONNECTION: Effects<Stage> = {
  async enabled(stage) {
    expect(() => stage.resolve({ block: { enabled: false } })).toThrow(/no channel is enabled/);
    const second = stage.sim.bot("Second");
    const accounts = { a: { enabled: false }, b: keysOf(second) };
    await stage.start({ block: { app_key: undefined, app_secret: undefined, accounts } });
    expect([stage.sim.connections(), stage.sim.connections(second)]).toEqual([1, 1]);
    await stage.start({ block: { enabled: true } });
    expect((await stage.ask("hi")).text).toBe("main: hi");
  },

  async mode(stage) {
    const { sim } = stage;
    for (const mode of ["stream", undefined]) {
      const { address } = await stage.start({ block: { mode } });
      expect((await stage.ask("over the connection")).text).toBe("main: over the connection");
      expect((await fetch(`${address}${WEBHOOK}`, { method: "POST", body: "{}" })).status).toBe(404);
    }
    const opened = callsOf(stage).filter((name) => name === "gateway/connections/open").length;
    {
      const { address } = await stage.start({ block: { mode: "webhook" } });
      using posts = sim.webhook({ address: `${address}${WEBHOOK}` });
      expect((await stage.ask("posted")).text).toBe("main: posted");
      expect(posts.calls.map(({ status }) => status)).toEqual([200]);
      expect(callsOf(stage).filter((name) => name === "gateway/connections/open")).toHaveLength(opened);
    }
    const { address, bot } = await stage.start({ block: { mode: "both" } });
    await expect.poll(() => bot.status().ready, PATIENCE).toBe(true);
    using posts = sim.webhook({ address: `${address}${WEBHOOK}`, twice: true });
    const acks = sim.acks.length;
    expect((await stage.ask("both ways")).text).toBe("main: both ways");
    expect([posts.calls.length, sim.acks.length - acks]).toEqual([1, 1]);
  },

  async app_key(stage) {
    const { sim } = stage;
    const second = sim.bot("Second");
    const { app_key, app_secret } = keysOf(second) as { readonly app_key: string; readonly app_secret: string };
    await stage.start({ block: { app_key, app_secret } });
    expect((await stage.ask("to the second", { bot: second })).text).toBe("main: to the second");
    await stage.start({ block: { app_key: undefined, app_secret }, env: { DINGTALK_APP_KEY: app_key } });
    expect((await stage.ask("by the variable", { bot: second })).text).toBe("main: by the variable");
    expect(() => stage.resolve({ block: { app_key: undefined } })).toThrow(/app_key is missing, and DINGTALK_APP_KEY/);
  },

  async app_secret(stage) {
    const { appSecret } = stage.sim.app;
    const error = await failure(stage.start({ block: { app_secret: "another" } }));
    expect([error.code, error.message]).toEqual(["credentials_rejected", expect.not.stringContaining(appSecret)]);
    await stage.start({ block: { app_secret: undefined }, env: { DINGTALK_APP_SECRET: appSecret } });
    expect((await stage.ask("by the variable")).text).toBe("main: by the variable");
    expect(() => stage.resolve({ block: { app_secret: undefined } })).toThrow(/app_secret is missing/);
  },

  async robot_code(stage) {
    const { sim, lin } = stage;
    const to = { channel: "dingtalk", kind: "user", id: lin.id } as const;
    for (const robot_code of [undefined, sim.app.appKey]) {
      const { bot } = await stage.start({ block: { robot_code } });
      await bot.send(to, "news");
      expect((await lin.screen().next()).text).toBe("news");
    }
    const { bot } = await stage.start({ block: { robot_code: "dingOfAnotherApp" } });
    const error = await failure(bot.send(to, "never seen"));
    expect(error).toMatchObject({ code: "target_unknown", platform: { code: "invalidParameter.robotCode.auth" } });
  },

  async bot_name(stage) {
    const { sim, lin, team } = stage;
    const rich = async (msgId: string): Promise<string> => {
      const content = { richText: [{ text: "@小助手 " }, { text: "look" }] };
      const where = { conversationType: "2", conversationId: team.id, isInAtList: true, robotCode: sim.app.appKey };
      const data = { msgId, msgtype: "richText", content, createAt: Date.now(), senderStaffId: lin.id, ...where };
      const sender = { senderId: "$:LWCP_v1:$lin" };
      await sim.push({ type: "CALLBACK", topic: "/v1.0/im/bot/messages/get", data: { ...data, ...sender } });
      return (await lin.screen({ group: team }).next({ timeoutMs: 15_000 })).text;
    };
    const says = { main: (turn: { readonly text: string }) => `[${turn.text}]` };
    await stage.start({ agents: says });
    expect(await rich("m1")).toContain("小助手 look");
    await stage.start({ block: { bot_name: "小助手" }, agents: says });
    expect(await rich("m2")).toBe("[look]");
  },

  async "card_template.id"(stage) {
    stage.sim.template("own.schema", "body");
    const kindOf = async (id: string): Promise<string> => {
      await stage.start({ block: { card_template: { id, streaming_key: "body" } } });
      return (await stage.ask("hi")).kind;
    };
    expect([await kindOf("own.schema"), await kindOf("none.schema")]).toEqual(["card", "text"]);
  },

  async "card_template.streaming_key"(stage) {
    stage.sim.template("own.schema", "body");
    const answer = async (streaming_key: string): Promise<Shown> => {
      await stage.start({ block: { card_template: { id: "own.schema", streaming_key } }, clock: HASTY });
      return stage.ask("hi");
    };
    expect(await answer("body")).toMatchObject({ kind: "card", text: "main: hi", state: "finished" });
    expect(await answer("wrong")).toMatchObject({ kind: "text", text: "main: hi" });
  },

  "button_template.id": async (stage) => expect(await shownCard(stage, { text: "slot" })).toBe("The text."),
  "button_template.title": async (stage) => expect(await shownCard(stage, { title: "slot" })).toBe("The title"),
  "button_template.text": async (stage) => expect(await shownCard(stage, { text: "slot" })).toBe("The text."),
  async "button_template.status"(stage) {
    expect(await shownCard(stage, { status: "slot" })).toBe("");
    const { lin } = stage;
    await lin.press(lin.screen().messages.at(-1) ?? expect.unreachable("there is no card"), "yes");
    expect(lin.screen().messages.find(({ kind }) => kind === "card")?.text).toContain("Yes · Lin");
  },

  async "endpoints.api"(stage) {
    await using elsewhere = await createDingTalkSimulator();
    const { api, oapi } = { ...stage.sim.app.endpoints, api: elsewhere.app.endpoints.api };
    await stage.start({ block: { endpoints: { api, oapi } } });
    expect([elsewhere.connections(), stage.sim.connections()]).toEqual([1, 0]);
    expect(callsOf(stage)).toEqual([]);
  },

  async "endpoints.oapi"(stage) {
    await using elsewhere = await createDingTalkSimulator();
    const { api } = stage.sim.app.endpoints;
    const { bot } = await stage.start({ block: { endpoints: { api, oapi: elsewhere.app.endpoints.oapi } } });
    const to = { channel: "dingtalk", kind: "user", id: stage.lin.id } as const;
    await failure(bot.send(to, { kind: "media", file: new File(["x"], "a.txt") }));
    expect(elsewhere.calls.map(({ name }) => name)).toContain("media/upload");
    expect(callsOf(stage)).not.toContain("media/upload");
  },

  async token(stage) {
    const { address } = await stage.start({ block: { mode: "webhook", token: TOKEN } });
    expect([await unsigned(address, TOKEN), await unsigned(address, "another")]).toEqual([200, 401]);
    const env = { DINGTALK_WEBHOOK_TOKEN: "token-of-env" };
    const second = await stage.start({ block: { mode: "webhook" }, env });
    expect(await unsigned(second.address, "token-of-env")).toBe(200);
    const third = await stage.start({ block: { mode: "webhook", token: TOKEN, aes_key: AES_KEY } });
    const events = { address: `${third.address}${WEBHOOK}`, events: { token: TOKEN, aesKey: AES_KEY } };
    expect(await stage.sim.webhook(events).event({ EventType: "check_url" })).toBe("success");
  },

  async aes_key(stage) {
    const events = { token: TOKEN, aesKey: AES_KEY };
    const { address } = await stage.start({ block: { mode: "both", token: TOKEN, aes_key: AES_KEY } });
    using known = stage.sim.webhook({ address: `${address}${WEBHOOK}`, events });
    expect(await known.event({ EventType: "check_url" })).toBe("success");
    const { address: without } = await stage.start({ block: { mode: "webhook", token: TOKEN } });
    const unknown = stage.sim.webhook({ address: `${without}${WEBHOOK}`, events });
    void unknown.event({ EventType: "check_url" });
    await expect.poll(() => unknown.calls.map(({ status }) => status), PATIENCE).toEqual([401]);
    expect(() => stage.resolve({ block: { mode: "webhook", aes_key: "short" } })).toThrow(/a text of 43 characters/);
  },

  async proxy(stage) {
    const { sim } = stage;
    await using proxy = await startProxy();
    onTestFinished(() => void vi.unstubAllEnvs());
    const to = { channel: "dingtalk", kind: "user", id: stage.lin.id } as const;
    /** Where a message goes: to the platform, or to the proxy, which leads nowhere. */
    const way = async (setting: string | undefined): Promise<string> => {
      const { bot } = await stage.start({ block: { mode: "webhook", proxy: setting } });
      const over = new AbortController();
      const before = proxy.targets.length;
      const sent = bot.send(to, "news", { signal: over.signal }).then(
        () => "directly",
        () => "",
      );
      const asked = expect.poll(() => proxy.targets.slice(before), PATIENCE).not.toEqual([]);
      const found = await Promise.race([sent, asked.then(() => "by the proxy")]);
      over.abort();
      return found;
    };
    vi.stubEnv("HTTP_PROXY", "");
    vi.stubEnv("http_proxy", "");
    vi.stubEnv("no_proxy", "");
    vi.stubEnv("NO_PROXY", "");
    expect(await way(undefined)).toBe("directly");
    expect(await way(proxy.url)).toBe("by the proxy");
    vi.stubEnv("HTTP_PROXY", proxy.url);
    const calls = sim.calls.length;
    for (const setting of ["env", undefined]) expect(await way(setting)).toBe("by the proxy");
    expect(sim.calls.length).toBe(calls);
    expect(await way("off")).toBe("directly");
  },

  async thinking(stage) {
    const { sim, lin } = stage;
    const seen: Record<string, { readonly reactions: readonly string[]; readonly texts: readonly string[] }> = {};
    for (const thinking of ["reaction", "text", "off"]) {
      const held = Promise.withResolvers<void>();
      const agents = { main: async () => (await held.promise, "done") };
      await stage.start({ block: { thinking }, agents });
      await lin.say("think");
      const own = (): string => lin.screen().messages.findLast(({ from }) => from === lin.id)?.id ?? "";
      const sign = (): boolean => sim.reactions(own()).length > 0 || lin.screen().messages.at(-1)?.from !== lin.id;
      if (thinking !== "off") await expect.poll(sign, PATIENCE).toBe(true);
      const texts = lin.screen().messages.slice(lin.screen().messages.findIndex(({ id }) => id === own()) + 1);
      seen[thinking] = { reactions: sim.reactions(own()), texts: texts.map(({ text }) => text) };
      held.resolve();
      await expect.poll(() => lin.screen().messages.at(-1)?.text, PATIENCE).toBe("done");
      await expect.poll(() => sim.reactions(own()), PATIENCE).toEqual([]);
      const left = lin.screen().messages.filter(({ text, state }) => text.includes("思考中") && state !== "recalled");
      expect(left).toEqual([]);
    }
    expect(seen).toEqual({
      reaction: { reactions: ["🤔思考中"], texts: [] },
      text: { reactions: [], texts: ["🤔思考中…"] },
      off: { reactions: [], texts: [] },
    });
  },

  async streaming(stage) {
    const metered = async (streaming: string | undefined): Promise<readonly string[]> => {
      await stage.start({ block: { streaming, thinking: "off" } });
      const before = stage.sim.calls.length;
      await stage.ask("hi");
      const calls = stage.sim.calls.slice(before).map(({ name }) => name);
      return calls.filter((name) => name !== "oauth2/accessToken");
    };
    expect(await metered("off")).toEqual(["robot/sendBySession"]); // which is not metered
    for (const streaming of ["auto", undefined]) expect((await metered(streaming)).length).toBeGreaterThan(2);
  },

  async monthly_call_budget(stage) {
    for (const wrong of [0, "many"])
      expect(() => stage.resolve({ block: { monthly_call_budget: wrong } })).toThrow(/monthly_call_budget: expected/);
    await stage.start({ block: { monthly_call_budget: 10_000 } });
    expect((await stage.ask("hi")).text).toBe("main: hi");
  },

  async accounts(stage) {
    const { sim } = stage;
    const second = sim.bot("Second");
    const accounts = { sales: { default_agent: "other", ...keysOf(second) }, support: { robot_code: sim.app.appKey } };
    const { bot } = await stage.start({ block: { accounts } });
    expect(bot.status().channels.map(({ account }) => account)).toEqual(["sales", "support"]);
    expect((await stage.ask("hi", { bot: second })).text).toBe("other: hi");
    expect((await stage.ask("hi")).text).toBe("main: hi"); // by the keys above
  },
};

/** What a card with one button shows, when the template has but one variable, `slot`. */
async function shownCard({ sim, lin, start }: Stage, names: object): Promise<string> {
  sim.template("buttons.schema", "slot");
  const free = { title: "unseen1", text: "unseen2", status: "unseen3" };
  const card = { kind: "card", title: "The title", text: "The text.", buttons: [{ id: "yes", label: "Yes" }] } as const;
  const agents = { main: async (turn: Turn) => void (await turn.ask(card)) };
  await start({ block: { button_template: { id: "buttons.schema", ...free, ...names } }, agents });
  await lin.say("ask me");
  const shown = (): Shown | undefined => lin.screen().messages.find(({ kind }) => kind === "card");
  await expect.poll(shown, PATIENCE).toBeDefined();
  return shown()?.text ?? "";
}
