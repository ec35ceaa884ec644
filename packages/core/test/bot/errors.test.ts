/** What handlers and operators see when something fails, and what the person is told. */
import { describe, expect, test } from "vitest";
import { ChannelError, type AnyTurn } from "../../src/index.ts";
import { message } from "../fixtures.ts";
import { stages } from "../stage/stage.ts";

const { open } = stages();

interface LogLine {
  readonly level: string;
  readonly facts: { readonly err?: unknown };
  readonly message: string;
}

function recorder(): {
  readonly lines: LogLine[];
  readonly log: Record<"debug" | "info" | "warn" | "error", (facts: object, message: string) => void>;
} {
  const lines: LogLine[] = [];
  const write = (level: string) => (facts: object, text: string) => void lines.push({ level, facts, message: text });
  return { lines, log: { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") } };
}

describe("a handler that throws", () => {
  test("what its own code throws stays what it is; the default is a short apology", async () => {
    const { lines, log } = recorder();
    const own = new TypeError("a defect of mine");
    const stage = await open({ handler: () => Promise.reject(own), log });
    const inbound = message({ text: "x" });
    await stage.offer(inbound);
    await stage.idle();
    expect(stage.platform.texts()).toEqual([expect.stringMatching(/抱歉.*Sorry/)]);
    expect(lines.filter(({ level }) => level === "error").map(({ facts }) => facts.err)).toEqual([own]);
    expect(await stage.trace(inbound.id)).toEqual(expect.arrayContaining(["turn failed", "turn done"]));
  });

  test("one that throws at once is like one that rejects", async () => {
    const stage = await open({
      handler: () => {
        throw new Error("at once");
      },
    });
    await stage.say("x");
    await stage.idle();
    expect(stage.platform.texts()).toEqual([expect.stringContaining("Sorry")]);
  });

  test("is not run again, and the next message is served", async () => {
    let runs = 0;
    const stage = await open({
      handler: (turn) => {
        runs += 1;
        if (turn.text === "bad") throw new Error("no");
        return "good";
      },
      onError: () => undefined,
    });
    await stage.say("bad");
    await stage.say("fine");
    await stage.idle();
    await stage.clock.advance(600_000);
    expect(runs).toBe(2);
    expect(stage.platform.texts()).toEqual(["good"]);
  });

  test("is not run again either when the apology itself has to wait for the platform", async () => {
    let runs = 0;
    const stage = await open({
      handler: () => {
        runs += 1;
        throw new Error("no");
      },
    });
    let away = true;
    stage.platform.judge = (name) => (away && name === "send" ? { outcome: "not_sent" } : undefined);
    await stage.say("x");
    await stage.clock.advance(1_200_000);
    away = false;
    await stage.idle(1_000);
    expect(runs).toBe(1);
    expect(stage.platform.texts()).toEqual([expect.stringContaining("Sorry")]);
  });
});

describe("onError", () => {
  test("gets the error and the turn; what it returns is what the person is told", async () => {
    const seen: [unknown, AnyTurn][] = [];
    const stage = await open({
      handler: () => Promise.reject(new Error("boom")),
      onError: async (error, turn) => {
        seen.push([error, turn]);
        await Promise.resolve();
        return { kind: "card", title: "Broken" };
      },
    });
    await stage.say("x");
    await stage.idle();
    expect(seen).toMatchObject([[{ message: "boom" }, { text: "x", kind: "message" }]]);
    expect(stage.platform.texts()).toEqual(["Broken"]);
  });

  test("that returns nothing says nothing", async () => {
    const stage = await open({ handler: () => Promise.reject(new Error("boom")), onError: () => undefined });
    await stage.say("x");
    await stage.idle();
    expect(stage.platform.texts()).toEqual([]);
  });

  test.each<[string, () => Promise<undefined>]>([
    ["that throws", () => Promise.reject(new Error("onError is broken too"))],
    ["that never returns", () => new Promise(() => undefined)],
  ])("%s leaves the default apology; the handler is not run again", async (_name, onError) => {
    let runs = 0;
    const { lines, log } = recorder();
    const stage = await open({
      handler: () => {
        runs += 1;
        return Promise.reject(new Error("boom"));
      },
      onError,
      log,
      turnTimeoutMs: 10_000,
    });
    await stage.say("x");
    await stage.idle(1_000);
    expect(runs).toBe(1);
    expect(stage.platform.texts()).toEqual([expect.stringContaining("Sorry")]);
    expect(lines.map(({ message: text }) => text)).toContain(
      "onError failed itself; the person gets the default apology",
    );
  });

  test("is not called for what somebody wished, nor for what the platform may still take", async () => {
    const errors: unknown[] = [];
    const stage = await open({
      handler: async (turn) => {
        if (turn.text === "wait")
          await new Promise((_, reject) => turn.signal.addEventListener("abort", () => reject(new Error("aborted"))));
        return "answer";
      },
      onError: (error) => void errors.push(error),
    });
    await stage.say("wait");
    await stage.clock.advance(0);
    await stage.say("/stop");
    await stage.idle(100);
    stage.platform.fault(
      "send",
      { outcome: "not_sent" },
      { outcome: "refused", verdict: { kind: "retryLater", afterMs: 5_000 } },
    );
    await stage.say("x");
    await stage.idle(100);
    expect(errors).toEqual([]);
    expect(stage.platform.texts().at(-1)).toBe("answer");
  });
});

describe("our errors", () => {
  test("a definite no of the platform reaches the handler as a ChannelError with what to do", async () => {
    const seen: unknown[] = [];
    const stage = await open({
      handler: async (turn) => {
        try {
          await turn.reply({ kind: "text", text: "hello" });
        } catch (error) {
          seen.push(error);
        }
        return { kind: "text", text: "something else" };
      },
    });
    stage.platform.fault("send", {
      outcome: "refused",
      code: "content_rejected",
      message: "the words are not allowed",
    });
    await stage.say("x");
    await stage.idle();
    const [error] = seen;
    expect(error).toBeInstanceOf(ChannelError);
    expect(error).toMatchObject({
      code: "content_rejected",
      kind: "platform",
      message: "the words are not allowed",
      outcome: "refused",
      verdict: { kind: "stop" },
      fix: { en: expect.stringMatching(/\S/) as string, zh: expect.stringMatching(/\S/) as string },
    });
    expect(stage.platform.texts()).toEqual(["something else"]);
  });

  test("a refusal nobody caught is told like any other failure, once", async () => {
    const errors: unknown[] = [];
    const stage = await open({
      handler: () => "hello",
      onError: (error) => {
        errors.push(error);
        return "sorry";
      },
    });
    stage.platform.fault("send", { outcome: "refused", code: "target_refused" });
    await stage.say("x");
    await stage.idle();
    expect(errors).toMatchObject([{ code: "target_refused" }]);
    expect(stage.platform.texts()).toEqual(["sorry"]);
  });

  test("an apology that is refused as well is logged, and the turn is over", async () => {
    const { lines, log } = recorder();
    const stage = await open({ handler: () => "hello", log });
    stage.platform.fault("send", { outcome: "refused" }, { outcome: "refused" });
    await stage.say("x");
    await stage.idle();
    expect(stage.platform.texts()).toEqual([]);
    expect(lines.map(({ message: text }) => text)).toContain("the person could not be told that the turn failed");
  });

  test("a defect of a channel is an unknown outcome with its cause, not a crash", async () => {
    const errors: unknown[] = [];
    const defect = new TypeError("undefined is not a function");
    const stage = await open({
      channels: (on) => {
        const channel = on.channel();
        return [{ ...channel, open: (runtime) => ({ ...channel.open(runtime), send: () => Promise.reject(defect) }) }];
      },
      handler: async (turn) => {
        await turn.reply("x").catch((error: unknown) => errors.push(error));
      },
      unknownReply: "silent",
    });
    await stage.say("x");
    await stage.idle();
    expect(errors).toMatchObject([{ code: "outcome_unknown", outcome: "unknown", cause: { cause: defect } }]);
  });

  test("attempts that end in the death of the process are used up: the person is told once, the lane goes on", async () => {
    let stage = await open({ handler: () => new Promise(() => undefined) });
    await stage.say("poison");
    for (let death = 0; death < 5; death += 1) {
      await stage.until(async () => (await stage.state.inbox.size()).active === 1, 1_000);
      const left = await stage.crash();
      stage = await open({
        ...left,
        handler: (turn) => (turn.text === "poison" ? new Promise(() => undefined) : `answer to ${turn.text}`),
      });
    }
    await stage.say("next");
    await stage.idle(1_000);
    expect(stage.platform.texts()).toEqual([expect.stringContaining("Sorry"), "answer to next"]);
    expect(await stage.state.inbox.size()).toMatchObject({ failed: 1 });
  });
});
