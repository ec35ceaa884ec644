/** Nobody knows whether a reply arrived: repeated where that is the same message, otherwise as `unknownReply` says. */
import { describe, expect, test } from "vitest";
import type { BotOptions } from "../../src/index.ts";
import { message } from "../fixtures.ts";
import { type Stage, type StageOptions, stages } from "../stage/stage.ts";

const { open, folder } = stages();
const NOTICE = expect.stringContaining("may not have arrived") as string;
const executed = { outcome: "unknown", executed: true } as const;
const lost = { outcome: "unknown", executed: false } as const;

/** The answer of the platform is lost; what people see in the end. */
async function answered(options: StageOptions, ...faults: readonly (typeof executed | typeof lost)[]): Promise<Stage> {
  const stage = await open({ handler: () => "answer", ...options });
  stage.platform.fault("send", ...faults);
  await stage.say("x");
  await stage.idle(100);
  return stage;
}

describe("the answer of the platform is lost", () => {
  test.each<[string, BotOptions["unknownReply"], typeof executed | typeof lost, readonly string[]]>([
    ["notice is the default; it had arrived", undefined, executed, ["answer", NOTICE]],
    ["notice; it had not", "notice", lost, [NOTICE]],
    ["resend; it had arrived", "resend", executed, ["answer", "answer"]],
    ["resend; it had not", "resend", lost, ["answer"]],
    ["silent; it had arrived", "silent", executed, ["answer"]],
    ["silent; it had not", "silent", lost, []],
  ])("%s", async (_name, unknownReply, fault, texts) => {
    const { platform } = await answered(unknownReply === undefined ? {} : { unknownReply }, fault);
    expect(platform.texts()).toEqual(texts);
  });

  test("a platform that knows repeats gets it again with the same key: one message, no notice", async () => {
    for (const fault of [executed, lost]) {
      const { platform } = await answered({ channel: { repeatMs: 3_600_000 } }, fault, fault, fault);
      expect(platform.texts()).toEqual(["answer"]);
      expect(new Set(platform.calls.filter((call) => call.startsWith("send"))).size).toBe(1);
    }
  });

  test("after the platform has forgotten the key it is no repeat any more", async () => {
    const stage = await open({ channel: { repeatMs: 60_000 }, handler: () => "answer" });
    let away = true;
    stage.platform.judge = (name, key) => (away && name === "send" && !key.includes("!") ? lost : undefined);
    await stage.say("x");
    await stage.clock.advance(200_000);
    away = false;
    await stage.idle(1_000);
    expect(stage.platform.texts()).toEqual([NOTICE]);
  });

  test("resend goes on until it is confirmed, also over attempts", async () => {
    const stage = await open({ unknownReply: "resend", handler: () => "answer" });
    let away = true;
    stage.platform.judge = (name) => (away && name === "send" ? lost : undefined);
    await stage.say("x");
    await stage.clock.advance(900_000);
    away = false;
    await stage.idle(1_000);
    expect(stage.platform.texts()).toEqual(["answer"]);
  });

  test("the handler learns it by code, and is not apologised for", async () => {
    const errors: unknown[] = [];
    const codes: unknown[] = [];
    const { platform } = await answered(
      {
        handler: async (turn) => {
          await turn.reply("answer").catch((error: unknown) => {
            codes.push((error as { code: unknown }).code);
            throw error;
          });
        },
        onError: (error) => void errors.push(error),
      },
      executed,
    );
    expect(codes).toEqual(["outcome_unknown"]);
    expect(errors).toEqual([]);
    expect(platform.texts()).toEqual(["answer", NOTICE]);
  });

  test("a handler that goes on regardless goes on", async () => {
    const { platform } = await answered(
      {
        handler: async (turn) => {
          await turn.reply("first").catch(() => "so be it");
          return "second";
        },
      },
      executed,
    );
    expect(platform.texts()).toEqual(["first", NOTICE, "second"]);
  });

  test("a notice whose own fate is unknown is the end of it", async () => {
    const { platform, trace } = await answered({}, executed, executed);
    expect(platform.texts()).toEqual(["answer", NOTICE]);
    expect(platform.calls.filter((call) => call.startsWith("send"))).toHaveLength(2);
    const key = platform.posts[0]?.key.split("/")[0] ?? "";
    expect(await trace(key)).toContain("turn done");
  });

  test("a notice the platform cannot take now is delivered when it can", async () => {
    const stage = await open({ handler: () => "answer" });
    let away = true;
    stage.platform.fault("send", executed);
    stage.platform.judge = (name) => (away && name === "send" ? { outcome: "not_sent" } : undefined);
    await stage.say("x");
    await stage.clock.advance(900_000);
    away = false;
    await stage.idle(1_000);
    expect(stage.platform.texts()).toEqual(["answer", NOTICE]);
  });

  test("of a split answer one piece is in doubt: the rest follows, and one notice tells of it", async () => {
    const text = Array.from({ length: 12 }, (_, n) => `Sentence number ${n}.`).join(" ");
    for (const fault of [executed, lost]) {
      const stage = await open({ channel: { can: { text: { maxChars: 100 } } }, handler: () => text });
      stage.platform.fault("send", undefined, fault);
      await stage.say("x");
      await stage.idle(100);
      const texts = stage.platform.texts();
      expect(texts.filter((shown) => shown.includes("may not have arrived"))).toHaveLength(1);
      expect(texts[0]).toContain("number 0.");
      expect(texts.at(-1)).toContain("number 11.");
    }
  });
});

describe("the process dies with a request under way", () => {
  const states: [string, (() => Promise<string>) | undefined][] = [
    ["in memory", undefined],
    ["in a file", folder],
  ];
  test.each(states)(
    "%s: the next one finds it in flight: notice, resend or silent; the handler is not run again",
    async (_name, make) => {
      for (const [unknownReply, texts] of [
        ["notice", ["answer", NOTICE]],
        ["resend", ["answer", "answer"]],
        ["silent", ["answer"]],
      ] as const) {
        const settings = make === undefined ? {} : { folder: await make() };
        const first = await open({ ...settings, handler: () => "answer", unknownReply });
        const dying = Promise.withResolvers<void>();
        first.platform.onStep = (step) => {
          if (step !== "after send") return;
          first.die();
          dying.resolve();
        };
        await first.say("x");
        await dying.promise;
        first.platform.onStep = undefined;
        const second = await open({ ...(await first.crash()), handler: () => "another", unknownReply });
        await second.idle(1_000);
        expect(second.platform.texts()).toEqual(texts);
      }
    },
  );

  test("one that an earlier attempt found unknown counts as done: it is neither repeated nor apologised for", async () => {
    const errors: unknown[] = [];
    const dying = Promise.withResolvers<void>();
    const first = await open({
      handler: async (turn) => {
        await turn.reply("answer").catch(() => "so be it");
        dying.resolve();
        await new Promise(() => undefined);
      },
    });
    first.platform.fault("send", executed);
    const inbound = message({ text: "x" });
    await first.offer(inbound);
    await dying.promise;
    const second = await open({
      ...(await first.crash()),
      handler: async (turn) => {
        await turn.reply("answer");
      },
      onError: (error) => void errors.push(error),
    });
    await second.idle(1_000);
    expect(second.platform.texts()).toEqual(["answer", NOTICE]);
    expect(errors).toEqual([]);
    expect(await second.trace(inbound.id)).toContain("turn done");
  });
});
