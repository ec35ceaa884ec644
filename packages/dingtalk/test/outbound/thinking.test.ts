/** What people see until the first words, and that it goes in every case. */
import type { OpenChannel } from "@openclaw-china/core";
import { describe, expect, test } from "vitest";
import { createDingTalk, type DingTalkOptions } from "../../src/index.ts";
import type { ReplyTo } from "../../src/inbound/normalise.ts";
import { answersOn, stage } from "../edge/stage.ts";
import { calm, instantClock, runtimeOf, type Scripted, type ScriptedPlatform, scriptedPlatform } from "../fixtures.ts";

const app = { appKey: "dingexampleappkey01", appSecret: "secret-example" };
const to = { channel: "dingtalk", kind: "user", id: "staff-1" } as const;
const reply: ReplyTo = { conversationId: "cid", direct: true, msgId: "m1", robotCode: "r", staffId: "staff-1" };

interface Opened {
  readonly platform: ScriptedPlatform;
  show(state: "working" | "done", replyTo?: unknown): Promise<"skipped" | void>;
}

function open(
  options: DingTalkOptions,
  answer: (n: number) => Scripted = () => ({ json: { processQueryKey: "pqk-1" } }),
): Opened {
  const platform = scriptedPlatform((_, n) => answer(n));
  const channel: OpenChannel = createDingTalk({ ...app, ...options }).open(runtimeOf(platform, instantClock()));
  return {
    platform,
    show: (state, replyTo = reply) =>
      channel.presence?.(to, state, { replyTo, signal: calm() }) ?? Promise.reject(new Error("no presence")),
  };
}

const paths = ({ platform }: Opened): readonly string[] => platform.calls.map(({ path }) => path);

describe("a reaction", () => {
  test("retried when the platform fails, given up when it refuses", async () => {
    const failing = open({}, (n) =>
      n < 3 ? { status: 500, json: { code: "system.err" } } : { json: { success: true } },
    );
    await failing.show("working");
    expect(paths(failing)).toHaveLength(3);
    const refusing = open({}, () => ({ status: 403, json: { code: "Forbidden.AccessDenied.X" } }));
    await expect(refusing.show("working")).rejects.toMatchObject({ code: "permission_missing" });
    expect(paths(refusing)).toHaveLength(1);
  });
});

describe("a text", () => {
  test("to a person: sent once, recalled once", async () => {
    const opened = open({ thinking: "text" });
    await opened.show("working");
    await opened.show("working");
    await opened.show("done");
    await opened.show("done");
    expect(paths(opened)).toEqual(["/v1.0/robot/oToMessages/batchSend", "/v1.0/robot/otoMessages/batchRecall"]);
    const [sent, recalled] = opened.platform.calls;
    expect(sent?.json).toMatchObject({ robotCode: "r", userIds: ["staff-1"], msgKey: "sampleText" });
    expect(recalled?.json).toEqual({ robotCode: "r", processQueryKeys: ["pqk-1"] });
  });

  test("in a group", async () => {
    const opened = open({ thinking: "text" });
    const inGroup = { ...reply, direct: false, conversationId: "cidG" };
    await opened.show("working", inGroup);
    await opened.show("done", inGroup);
    expect(paths(opened)).toEqual(["/v1.0/robot/groupMessages/send", "/v1.0/robot/groupMessages/recall"]);
    expect(opened.platform.calls[1]?.json).toMatchObject({ openConversationId: "cidG", processQueryKeys: ["pqk-1"] });
  });

  test("not to people outside, whom no recall reaches; and nothing to take away", async () => {
    const opened = open({ thinking: "text" });
    const { staffId: _, ...outside } = reply;
    await opened.show("working", outside);
    await opened.show("done", outside);
    expect(paths(opened)).toEqual([]);
  });

  test("a recall that fails is an error, and tried again", async () => {
    const opened = open({ thinking: "text" }, (n) =>
      n === 2
        ? { json: { successResult: [], failedResult: { "pqk-1": "expired" } } }
        : { json: { processQueryKey: "pqk-1" } },
    );
    await opened.show("working");
    await expect(opened.show("done")).rejects.toMatchObject({
      outcome: "refused",
      message: expect.stringContaining("expired") as string,
    });
    await opened.show("done");
    expect(paths(opened)).toHaveLength(3);
  });
});

describe("in a conversation", () => {
  test.each(["reaction", "text", "off"] as const)("%s: it is gone when the answer is there", async (thinking) => {
    const { sim, start, drive } = await stage();
    const words = Promise.withResolvers<string>();
    await start({ channels: [createDingTalk({ ...sim.app, thinking })], handler: () => words.promise });
    const lin = sim.user("Lin");
    await lin.say("hello");
    const question = (): string => lin.screen().messages[0]?.id ?? "";
    const signs = (): number =>
      sim.reactions(question()).length +
      lin.screen().messages.filter(({ from, state }) => from !== lin.id && state === "finished").length;
    if (thinking !== "off") await drive(() => signs() === 1, "a sign is seen");
    words.resolve("the answer");
    await drive(() => answersOn(lin).includes("the answer"), "it is answered");
    await drive(() => sim.reactions(question()).length === 0, "the reaction is gone");
    expect(answersOn(lin)).toEqual(["the answer"]);
    expect(lin.screen().messages.filter(({ state }) => state === "recalled")).toHaveLength(thinking === "text" ? 1 : 0);
    expect((await lin.screen().next()).text).toBe("the answer");
  });

  test.each([
    ["its handler fails", () => Promise.reject(new Error("model is down")), undefined],
    ["it says nothing", () => Promise.resolve(undefined), undefined],
    ["it is called off", () => new Promise<never>(() => undefined), "/stop"],
  ] as const)("the reaction goes in every case: %s", async (_, handler, then) => {
    const { sim, start, drive } = await stage();
    await start({ handler });
    const lin = sim.user("Lin");
    await lin.say("hello");
    const question = lin.screen().messages[0]?.id ?? "";
    const wasPutOn = (): boolean =>
      sim.calls.some(({ name, status }) => name === "robot/emotion/reply" && status === 200);
    await drive(wasPutOn, "it is put on");
    if (then !== undefined) await lin.say(then);
    await drive(() => sim.reactions(question).length === 0, "it is taken off");
  });

  test("a sign that cannot be shown harms nothing", async () => {
    for (const thinking of ["reaction", "text"] as const) {
      const { sim, start, drive } = await stage();
      using _reaction = sim.fault({ kind: "status", status: 400, on: "emotion/reply" });
      using _text = sim.fault({ kind: "status", status: 400, on: "oToMessages/batchSend" });
      await start({ channels: [createDingTalk({ ...sim.app, thinking })] });
      const lin = sim.user("Lin");
      await lin.say("hello");
      await drive(() => answersOn(lin).length === 1, "it is answered");
    }
  });
});
