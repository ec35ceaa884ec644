/** `bot.send`: unasked, patient, in pieces; with a key once, however often it is called. */
import { describe, expect, test } from "vitest";
import type { Address } from "../../src/index.ts";
import { type StageOptions, stages } from "../stage/stage.ts";

const { open, folder } = stages();
const to: Address = { channel: "test", kind: "user", id: "u1" };
const executed = { outcome: "unknown", executed: true } as const;
const idle = (options: StageOptions = {}): ReturnType<typeof open> => open({ start: false, ...options });

describe("send", () => {
  test("resolves with evidence when the platform has confirmed; a string is markdown", async () => {
    const { bot, platform } = await idle();
    const sent = await bot.send(to, "*hello*");
    expect(sent).toMatchObject({ channel: "test", account: "default", id: "p1", parts: [] });
    expect(JSON.parse(JSON.stringify(sent))).toEqual(sent);
    expect(platform.posts[0]?.message).toEqual({ kind: "markdown", text: "*hello*" });
  });

  test("a stream is sent whole, a long text in pieces with the ids of all", async () => {
    const { bot, platform } = await idle({ channel: { can: { text: { maxChars: 60 } } } });
    const words = async function* () {
      for (let n = 0; n < 30; n += 1) yield `word${n} `;
    };
    const sent = await bot.send(to, words());
    expect(platform.posts.length).toBeGreaterThan(2);
    expect([sent.id, ...sent.parts]).toEqual(platform.posts.map(({ id }) => id));
    expect(
      platform
        .texts()
        .map((text) => text.trim())
        .join(" "),
    ).toMatch(/^word0 .* word29$/);
  });

  test("waits for a platform that is away for a moment, and rejects with its last word when it is away for long", async () => {
    const { bot, platform, clock } = await idle();
    platform.fault(
      "send",
      { outcome: "not_sent" },
      { outcome: "refused", verdict: { kind: "retryLater", afterMs: 1_000 } },
    );
    const sending = bot.send(to, "patience");
    await clock.advance(5_000);
    await sending;
    expect(platform.texts()).toEqual(["patience"]);
    platform.judge = () => ({ outcome: "not_sent" });
    const hopeless = bot.send(to, "never").catch((error: unknown) => error);
    await clock.advance(120_000);
    expect(await hopeless).toMatchObject({ code: "unreachable", outcome: "not_sent" });
  });

  test("a definite no rejects at once, with what to do", async () => {
    const { bot, platform } = await idle();
    platform.fault("send", { outcome: "refused", code: "target_unknown" });
    await expect(bot.send(to, "x")).rejects.toMatchObject({ code: "target_unknown", outcome: "refused" });
    expect(platform.calls).toHaveLength(1);
  });

  test("an unknown outcome is told, not guessed: nothing is repeated where a repeat would be a second message", async () => {
    const { bot, platform } = await idle();
    platform.fault("send", executed);
    await expect(bot.send(to, "x")).rejects.toMatchObject({ outcome: "unknown" });
    expect(platform.texts()).toEqual(["x"]);
  });

  test("where the platform knows repeats it is repeated with the same key", async () => {
    const { bot, platform, clock } = await idle({ channel: { repeatMs: 60_000 } });
    platform.fault("send", executed, executed);
    const sending = bot.send(to, "x");
    await clock.advance(5_000);
    await sending;
    expect(platform.texts()).toEqual(["x"]);
  });

  test("its signal ends the wait", async () => {
    const { bot, platform, clock } = await idle();
    const calling = new AbortController();
    const held = platform.hold("send");
    const sending = bot.send(to, "x", { signal: calling.signal }).catch((error: unknown) => error);
    await held.entered;
    calling.abort(new Error("never mind"));
    await clock.advance(0);
    expect(await sending).toMatchObject({ code: "aborted" });
    expect(platform.texts()).toEqual([]);
  });

  test("each of many gets its own result", async () => {
    const { bot, platform } = await idle();
    platform.judge = (name, key) => (name === "send" && key.includes("second") ? { outcome: "refused" } : undefined);
    const results = await Promise.allSettled(
      ["first", "second", "third"].map((key) => bot.send({ ...to, id: key }, key, { key })),
    );
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });
});

describe("with a key", () => {
  test("once, however often, at the same time, and in the next process", async () => {
    const first = await idle({ folder: await folder() });
    const sends = await Promise.all([1, 2, 3].map(() => first.bot.send(to, "report", { key: "daily" })));
    sends.push(await first.bot.send(to, "report of another text", { key: "daily" }));
    const second = await idle(await first.crash());
    sends.push(await second.bot.send(to, "report", { key: "daily" }));
    expect(new Set(sends.map((sent) => JSON.stringify(sent))).size).toBe(1);
    expect(second.platform.texts()).toEqual(["report"]);
  });

  test("another key is another message; so is the same key on another account", async () => {
    const { bot, platform } = await idle({ channels: (on) => [on.channel(), on.channel({ account: "b" })] });
    await bot.send(to, "1", { key: "k1" });
    await bot.send(to, "2", { key: "k2" });
    await bot.send({ ...to, account: "b" }, "3", { key: "k1" });
    expect(platform.texts()).toEqual(["1", "2", "3"]);
  });

  test("a crash in the request: the repeat is told that nobody knows, instead of guessing; it stays so", async () => {
    const first = await idle({ folder: await folder() });
    const dying = Promise.withResolvers<void>();
    first.platform.onStep = (step) => {
      if (step !== "after send") return;
      first.die();
      dying.resolve();
    };
    void first.bot.send(to, "report", { key: "daily" });
    await dying.promise;
    first.platform.onStep = undefined;
    const second = await idle(await first.crash());
    for (const _ of [1, 2]) {
      await expect(second.bot.send(to, "report", { key: "daily" })).rejects.toMatchObject({
        code: "outcome_unknown",
        outcome: "unknown",
      });
    }
    expect(second.platform.texts()).toEqual(["report"]);
  });

  test("a crash in the request where the platform knows repeats: the repeat is the same message", async () => {
    const channel = { repeatMs: 3_600_000 };
    const first = await idle({ folder: await folder(), channel });
    const dying = Promise.withResolvers<void>();
    first.platform.onStep = (step) => {
      if (step !== "after send") return;
      first.die();
      dying.resolve();
    };
    void first.bot.send(to, "report", { key: "daily" });
    await dying.promise;
    first.platform.onStep = undefined;
    const second = await idle({ ...(await first.crash()), channel });
    expect(await second.bot.send(to, "report", { key: "daily" })).toMatchObject({ id: "p1" });
    expect(second.platform.texts()).toEqual(["report"]);
  });

  test("a refusal, or a platform that could not be reached, does not use the key up", async () => {
    const { bot, platform } = await idle();
    platform.fault("send", { outcome: "refused" }, { outcome: "not_sent", verdict: { kind: "stop" } });
    await expect(bot.send(to, "x", { key: "k" })).rejects.toMatchObject({ outcome: "refused" });
    await expect(bot.send(to, "x", { key: "k" })).rejects.toMatchObject({ outcome: "not_sent" });
    await bot.send(to, "x", { key: "k" });
    expect(platform.texts()).toEqual(["x"]);
  });

  test("a lost answer uses it up: the repeat is told", async () => {
    const { bot, platform } = await idle();
    platform.fault("send", executed);
    await expect(bot.send(to, "x", { key: "k" })).rejects.toMatchObject({ outcome: "unknown" });
    await expect(bot.send(to, "x", { key: "k" })).rejects.toMatchObject({ code: "outcome_unknown" });
    expect(platform.texts()).toEqual(["x"]);
  });

  test("of a text in pieces those that were confirmed are not repeated; it goes on with the next", async () => {
    const text = Array.from({ length: 12 }, (_, n) => `Sentence number ${n}.`).join(" ");
    const { bot, platform } = await idle({ channel: { can: { text: { maxChars: 100 } } } });
    platform.fault("send", undefined, { outcome: "refused" });
    await expect(bot.send(to, text, { key: "k" })).rejects.toMatchObject({ outcome: "refused" });
    const sent = await bot.send(to, text, { key: "k" });
    expect(platform.texts().join(" ")).toBe(text);
    expect([sent.id, ...sent.parts]).toEqual(platform.posts.map(({ id }) => id));
  });
});
