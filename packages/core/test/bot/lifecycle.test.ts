/** Starting, stopping, and what is opened when. A channel is a description that several bots may open. */
import { describe, expect, test } from "vitest";
import { createBot, memoryState, type Runtime } from "../../src/index.ts";
import { channelError } from "../../src/errors.ts";
import { errorOf } from "../stage/desk.ts";
import { fakePlatform } from "../stage/platform.ts";
import { stages } from "../stage/stage.ts";

const { open } = stages();
const user = { channel: "test", kind: "user", id: "u1" } as const;

describe("start and stop", () => {
  test("creating a bot opens nothing", async () => {
    const platform = fakePlatform();
    const opened: Runtime[] = [];
    const bot = createBot({ channels: [platform.channel({ onOpen: (runtime) => opened.push(runtime) })] });
    expect(bot.status()).toMatchObject({ ready: false, channels: [{ state: "idle", channel: "test" }] });
    await bot.stop();
    expect(opened).toEqual([]);
    expect(platform.listening()).toBe(0);
  });

  test("start is idempotent, also at once; stop too, and stops what was started", async () => {
    const { bot, platform } = await open({ start: false });
    await Promise.all([bot.start(), bot.start()]);
    await bot.start();
    expect(platform.listening()).toBe(1);
    expect(bot.status().ready).toBe(true);
    await Promise.all([bot.stop(), bot.stop()]);
    await bot.stop();
    expect(platform.listening()).toBe(0);
  });

  test("a stopped bot says so, by code", async () => {
    const { bot } = await open();
    await bot.stop();
    const calls = [() => bot.start(), () => bot.send(user, "x"), () => bot.trace("x"), () => bot.probe()];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "closed" });
  });

  test("stop closes the state it was given, also when nothing was ever started", async () => {
    let closed = 0;
    const state = { ...memoryState(), close: () => Promise.resolve(void (closed += 1)) };
    const bot = createBot({ channels: [fakePlatform().channel()], state });
    await bot.stop();
    await bot.stop();
    expect(closed).toBe(1);
  });

  test("await using stops it", async () => {
    const platform = fakePlatform();
    {
      await using bot = createBot({ channels: [platform.channel()] });
      await bot.start();
      expect(platform.listening()).toBe(1);
    }
    expect(platform.listening()).toBe(0);
  });

  test("start resolves when each channel is live or retries what time can heal", async () => {
    const { bot } = await open({
      channels: (platform) => [
        platform.channel({ account: "a" }),
        platform.channel({ account: "b", connects: () => Promise.resolve("waiting") }),
      ],
    });
    expect(bot.status()).toMatchObject({ ready: false, channels: [{ state: "live" }, { state: "waiting" }] });
  });

  test("start rejects with what only a person can heal, and leaves nothing open", async () => {
    const platform = fakePlatform();
    const refusal = channelError({
      code: "credentials_rejected",
      kind: "platform",
      message: "the secret is wrong",
      outcome: "refused",
      fix: { en: "Look at the console.", zh: "请查看控制台。" },
    });
    const bot = createBot({
      channels: [
        platform.channel({ account: "good" }),
        platform.channel({ account: "bad", connects: () => Promise.reject(refusal) }),
      ],
    });
    await expect(bot.start()).rejects.toMatchObject({ code: "credentials_rejected" });
    expect(platform.listening()).toBe(0);
    await expect(bot.start()).rejects.toMatchObject({ code: "credentials_rejected" });
  });

  test("a start that is called off rejects, whether it was called off before or meanwhile", async () => {
    for (const early of [true, false]) {
      const { bot, platform } = await open({ start: false, channel: { connects: () => new Promise(() => undefined) } });
      const calling = new AbortController();
      if (early) calling.abort(new Error("never mind"));
      const starting = bot.start({ signal: calling.signal });
      calling.abort(new Error("never mind"));
      await expect(starting).rejects.toThrow("never mind");
      expect(platform.listening()).toBe(0);
    }
  });
});

describe("an orderly end", () => {
  test("stop waits for running turns, takes nothing new meanwhile, and aborts them after its time", async () => {
    const started = Promise.withResolvers<void>();
    const reasons: unknown[] = [];
    const { bot, say, clock, platform } = await open({
      handler: async (turn) => {
        started.resolve();
        await new Promise((resolve) => turn.signal.addEventListener("abort", resolve, { once: true }));
        reasons.push(turn.signal.reason);
      },
    });
    await say("x");
    await started.promise;
    let stopped = false;
    const stopping = bot.stop({ timeoutMs: 5_000 }).then(() => {
      stopped = true;
    });
    await clock.advance(4_000);
    expect([stopped, reasons.length, platform.listening()]).toEqual([false, 0, 0]);
    await clock.advance(2_000);
    await stopping;
    expect(reasons).toEqual([expect.objectContaining({ code: "closed" })]);
  });

  test("a running turn that ends by itself is answered before the stop is over", async () => {
    const started = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const { bot, say, platform } = await open({
      handler: async () => {
        started.resolve();
        await go.promise;
        return "done";
      },
    });
    await say("x");
    await started.promise;
    const stopping = bot.stop();
    go.resolve();
    await stopping;
    expect(platform.texts()).toEqual(["done"]);
  });

  test("installs no signal handlers: when to stop is the program's", async () => {
    const counts = (): readonly number[] =>
      ["SIGTERM", "SIGINT", "SIGHUP", "beforeExit", "exit", "uncaughtException", "unhandledRejection"].map((event) =>
        process.listenerCount(event),
      );
    const before = counts();
    const { say, idle } = await open({ handler: () => "answer" });
    await say("x");
    await idle();
    expect(counts()).toEqual(before);
  });

  test("no timer is left when it has stopped", async () => {
    const { bot, say, idle, clock } = await open({ handler: (turn) => turn.text });
    await say("x");
    await idle();
    await bot.stop();
    await clock.advance(0);
    expect(clock.sleeping()).toBe(0);
  });
});

describe("webhook and send start what they need", () => {
  test("webhook starts the bot at its first call, and finds the channel by the end of the path", async () => {
    const answer = (name: string) => (request: Request) => Promise.resolve(new Response(`${name} ${request.method}`));
    const { bot, platform } = await open({
      start: false,
      channels: (on) => [
        on.channel({ webhook: answer("default") }),
        on.channel({ account: "sales", webhook: answer("sales") }),
      ],
    });
    const call = async (path: string): Promise<string> => {
      const response = await bot.webhook(new Request(`https://example.org${path}`, { method: "POST" }));
      return response.status === 404 ? "404" : response.text();
    };
    expect(await call("/webhooks/test")).toBe("default POST");
    expect(await call("/webhooks/test/sales")).toBe("sales POST");
    expect(await call("/webhooks/other")).toBe("404");
    expect(platform.listening()).toBe(2);
  });

  test("webhook resolves when the message is safe; what waitUntil gets resolves when it is answered", async () => {
    const go = Promise.withResolvers<void>();
    const stage = await open({
      start: false,
      channel: {
        webhook: async () => new Response(await stage.say("by webhook")),
      },
      handler: async (turn) => {
        await go.promise;
        return `answer to ${turn.text}`;
      },
    });
    const work: Promise<unknown>[] = [];
    const request = new Request("https://example.org/webhooks/test", { method: "POST" });
    const response = await stage.bot.webhook(request, { waitUntil: (one) => void work.push(one) });
    expect(await response.text()).toBe("accepted");
    expect(stage.platform.texts()).toEqual([]);
    let done = false;
    const waiting = Promise.all(work).then(() => {
      done = true;
    });
    await stage.clock.advance(1_000);
    expect([work.length, done]).toEqual([1, false]);
    go.resolve();
    await stage.until(() => done, 100);
    await waiting;
    expect(stage.platform.texts()).toEqual(["answer to by webhook"]);
  });

  test("send opens the channel it needs and nothing else: no connection, no other channel's secrets", async () => {
    const opened: string[] = [];
    const { bot, platform } = await open({
      start: false,
      channels: (on) => [
        on.channel({ onOpen: () => opened.push("default") }),
        on.channel({
          account: "broken",
          onOpen: () => {
            throw errorOf({ outcome: "not_sent", code: "secret_missing" }, "open");
          },
        }),
      ],
    });
    const sent = await bot.send(user, "hello");
    expect(sent).toMatchObject({ channel: "test", account: "default" });
    expect(platform.texts()).toEqual(["hello"]);
    expect(platform.listening()).toBe(0);
    expect(opened).toEqual(["default"]);
    await expect(bot.send({ ...user, account: "broken" }, "hello")).rejects.toMatchObject({ code: "secret_missing" });
    await expect(bot.start()).rejects.toMatchObject({ code: "secret_missing" });
  });

  test("listeners may still be registered after a send, and each channel is opened once", async () => {
    let opened = 0;
    const { bot, say, idle, platform } = await open({ start: false, channel: { onOpen: () => void (opened += 1) } });
    await bot.send(user, "before");
    bot.command("hi", () => "hello");
    await bot.start();
    await say("/hi");
    await idle();
    expect(platform.texts()).toEqual(["before", "hello"]);
    expect(opened).toBe(1);
  });
});

describe("a channel is a description", () => {
  test("two bots open the same one, each with a listener of its own", async () => {
    const platform = fakePlatform();
    const channel = platform.channel();
    const bots = [createBot({ channels: [channel] }), createBot({ channels: [channel] })];
    await Promise.all(bots.map((bot) => bot.start()));
    expect(platform.listening()).toBe(2);
    await bots[0]?.stop();
    expect(platform.listening()).toBe(1);
    await bots[1]?.stop();
  });

  test("two with the same id and account in one bot are refused, with what to do", () => {
    const { channel } = fakePlatform();
    expect(() => createBot({ channels: [channel({ account: "a" }), channel({ account: "a" })] })).toThrowError(
      expect.objectContaining({ code: "config_invalid", message: "two channels are both test:a" }) as Error,
    );
    expect(() => createBot({ channels: [channel({ account: "a" }), channel({ account: "b" })] })).not.toThrow();
  });

  test("a policy that needs a host is refused rather than treated as open", () => {
    const { channel } = fakePlatform();
    expect(() => createBot({ channels: [channel({ access: { dmPolicy: "pairing" } })] })).toThrowError(
      expect.objectContaining({ code: "config_invalid" }) as Error,
    );
  });

  test("the channels of one bot share its store", async () => {
    const runtimes: Runtime[] = [];
    await open({
      channels: (on) =>
        ["a", "b"].map((account) => on.channel({ account, onOpen: (runtime) => runtimes.push(runtime) })),
    });
    await runtimes[0]?.store.put("token", "shared");
    expect((await runtimes[1]?.store.get("token"))?.value).toBe("shared");
  });
});

describe("status", () => {
  test("the present at once, then each change, until the end", async () => {
    const live = Promise.withResolvers<"live">();
    const { bot } = await open({ start: false, channel: { connects: () => live.promise } });
    const seen: string[] = [];
    const watching = (async () => {
      for await (const status of bot.statuses()) seen.push(status.channels[0]?.state ?? "");
    })();
    const starting = bot.start();
    live.resolve("live");
    await starting;
    await bot.stop();
    await watching;
    expect(seen[0]).toBe("idle");
    expect(seen).toContain("live");
    expect(seen.at(-1)).toBe("stopped");
  });

  test("probe asks each channel, says that memory forgets, and reports a check that fails", async () => {
    const { bot, platform } = await open();
    const channel = platform.channel({ account: "other" });
    const failing = createBot({
      channels: [
        {
          ...channel,
          open: (runtime) => ({ ...channel.open(runtime), probe: () => Promise.reject(new Error("broken")) }),
        },
      ],
    });
    expect((await bot.probe()).map(({ code }) => code)).toEqual(["state_volatile"]);
    expect((await failing.probe()).map(({ code }) => code)).toEqual(["state_volatile", "probe_failed"]);
    await failing.stop();
  });
});
