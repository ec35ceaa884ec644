/** The way in: accepted, duplicate, refused or busy; safe before it is acknowledged; in order; and told in the trace. */
import { describe, expect, test } from "vitest";
import type { Inbound, InboxEntry, State } from "../../src/index.ts";
import { memoryStateAt } from "../../src/state/memory.ts";
import { fakeClock } from "@openclaw-china/testkit";
import { inGroup, message, recall } from "../fixtures.ts";
import { type Stage, stages } from "../stage/stage.ts";

const { open, folder } = stages();
const HOUR_MS = 3_600_000;

/** A state whose offers can be made to fail, hang, or find the inbox full. */
function moody(clock = fakeClock()): {
  readonly state: State;
  readonly clock: typeof clock;
  mood: "well" | "full" | "away" | "slow";
  release(): void;
} {
  const real = memoryStateAt(clock);
  const held = Promise.withResolvers<void>();
  const it = {
    clock,
    mood: "well" as "well" | "full" | "away" | "slow",
    release: () => held.resolve(),
    state: {
      ...real,
      inbox: {
        ...real.inbox,
        async offer(entry: InboxEntry) {
          if (it.mood === "full") return "full" as const;
          if (it.mood === "away") throw new Error("the disk is away, password=hunter22");
          if (it.mood === "slow") await held.promise;
          return real.inbox.offer(entry);
        },
      },
    },
  };
  return it;
}

const detail = async ({ bot }: Stage, id: string): Promise<string> =>
  (await bot.trace(id)).map((line) => line.detail ?? "").join(" ");

describe("an offer", () => {
  test("resolves when the message is safe, not when it is answered", async () => {
    const stage = await open({ handler: () => new Promise(() => undefined) });
    expect(await stage.say("x")).toBe("accepted");
    expect((await stage.state.inbox.size()).active).toBe(1);
  });

  test("the same again is a duplicate, whether it waits, runs or is done, and after a restart", async () => {
    const go = Promise.withResolvers<void>();
    const first = await open({
      folder: await folder(),
      handler: async (turn) => {
        if (turn.text === "a") await go.promise;
        return `answer to ${turn.text}`;
      },
    });
    const running = message({ text: "a" });
    const waiting = message({ text: "b" });
    for (const inbound of [running, waiting]) expect(await first.offer(inbound)).toBe("accepted");
    for (const inbound of [running, waiting]) expect(await first.offer(inbound)).toBe("duplicate");
    go.resolve();
    await first.idle();
    expect(await first.offer(waiting)).toBe("duplicate");
    const second = await open({ ...(await first.crash()), handler: (turn) => `again ${turn.text}` });
    for (const inbound of [running, waiting]) expect(await second.offer(inbound)).toBe("duplicate");
    await second.idle();
    expect(second.platform.texts()).toEqual(["answer to a", "answer to b"]);
  });

  test("of many at the same moment one is accepted", async () => {
    for (const settings of [{}, { folder: await folder() }]) {
      const stage = await open({ ...settings, handler: (turn) => turn.text });
      const inbound = message({ text: "once" });
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => stage.offer(inbound)));
      expect(outcomes.filter((outcome) => outcome === "accepted")).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === "duplicate")).toHaveLength(19);
      await stage.idle();
      expect(stage.platform.texts()).toEqual(["once"]);
    }
  });

  test("the key holds channel and account: one id at two accounts is two messages", async () => {
    const stage = await open({
      channels: (on) => [on.channel(), on.channel({ account: "b" })],
      handler: (turn) => `${turn.account} answers`,
    });
    const inbound = inGroup("g", { text: "hello both", id: "same" });
    expect(await stage.offer(inbound)).toBe("accepted");
    expect(
      await stage.offer({ ...inbound, account: "b", conversation: { kind: "group", id: "g", key: "test:b:g" } }),
    ).toBe("accepted");
    await stage.idle();
    expect(stage.platform.texts("group:g").toSorted()).toEqual(["b answers", "default answers"]);
  });

  test("concurrent offers keep the order of their calls within a conversation, in memory and in a file", async () => {
    for (const settings of [{}, { folder: await folder() }]) {
      const seen: string[] = [];
      const stage = await open({
        ...settings,
        handler: (turn) => void seen.push(`${turn.conversation.id}${turn.text}`),
      });
      const offers = Array.from({ length: 60 }, (_, n) => inGroup(`g${n % 3}-`, { text: String(n) }));
      expect(new Set(await Promise.all(offers.map((inbound) => stage.offer(inbound))))).toEqual(new Set(["accepted"]));
      await stage.idle();
      for (const group of ["g0-", "g1-", "g2-"]) {
        const own = seen.filter((one) => one.startsWith(group));
        expect(own).toEqual(
          offers.filter(({ conversation }) => conversation.id === group).map((one) => `${group}${one.text}`),
        );
      }
    }
  });
});

describe("refused", () => {
  test("before anything is written, with the rule in the trace; again when it comes again", async () => {
    const stage = await open({ channel: { access: { groupPolicy: "disabled" } }, handler: () => "no" });
    const inbound = inGroup("g", { text: "x" });
    expect(await stage.offer(inbound)).toBe("refused");
    expect(await stage.offer(inbound)).toBe("refused");
    expect(await stage.state.inbox.size()).toEqual({ waiting: 0, active: 0, failed: 0 });
    expect(await detail(stage, inbound.id)).toContain("group_policy: disabled");
  });

  test("what is older than the limit when it arrives; what the platform does not date is never too old", async () => {
    const stage = await open({ handler: (turn) => turn.text });
    const sent = (agoMs: number): number => stage.clock.now() - agoMs;
    const old = message({ text: "old", sentAt: sent(8 * HOUR_MS + 1_000) });
    expect(await stage.offer(old)).toBe("refused");
    expect(await detail(stage, old.id)).toMatch(/max_age_ms: sent 28801 s ago/);
    expect(await stage.offer(message({ text: "just in time", sentAt: sent(8 * HOUR_MS) }))).toBe("accepted");
    expect(await stage.offer(message({ text: "undated", receivedAt: sent(100 * HOUR_MS) }))).toBe("accepted");
    expect(await stage.offer(message({ text: "of a clock that is ahead", sentAt: sent(-HOUR_MS) }))).toBe("accepted");
    const strict = await open({ handler: (turn) => turn.text, maxAgeMs: 1_000 });
    expect(await strict.say("x", { sentAt: strict.clock.now() - 2_000 })).toBe("refused");
  });

  test("events of every kind have an age; access is for messages and presses", async () => {
    const stage = await open({ channel: { access: { dmPolicy: "disabled" } } });
    const base = { channel: "test", account: "default", receivedAt: 0, raw: {} };
    const event: Inbound = { ...base, kind: "other", id: "e1", type: "novelty" };
    expect(await stage.offer(event)).toBe("accepted");
    expect(await stage.offer({ ...event, id: "e2", sentAt: stage.clock.now() - 9 * HOUR_MS })).toBe("refused");
    expect(await stage.offer(recall(message({ text: "x" })))).toBe("accepted");
  });
});

describe("busy", () => {
  test.each(["full", "away"] as const)(
    "the inbox is %s: busy, said in the trace; when it comes again it is accepted and answered",
    async (mood) => {
      const own = moody();
      const stage = await open({ state: own.state, clock: own.clock, handler: (turn) => turn.text });
      own.mood = mood;
      const inbound = message({ text: "x" });
      expect(await stage.offer(inbound)).toBe("busy");
      expect(await stage.offer(inbound)).toBe("busy");
      own.mood = "well";
      expect(await stage.offer(inbound)).toBe("accepted");
      await stage.idle();
      expect(stage.platform.texts()).toEqual(["x"]);
      const lines = await stage.trace(inbound.id);
      expect(lines.filter((line) => line === "claim busy")).toHaveLength(2);
      expect(await detail(stage, inbound.id)).not.toContain("hunter22");
    },
  );

  test("a write that takes too long is busy; what it wrote all the same is a duplicate later, answered once", async () => {
    const own = moody();
    const stage = await open({ state: own.state, clock: own.clock, handler: (turn) => turn.text });
    own.mood = "slow";
    const inbound = message({ text: "x" });
    const offering = stage.offer(inbound);
    await own.clock.advance(25_000);
    expect(await offering).toBe("busy");
    own.mood = "well";
    own.release();
    await stage.until(() => stage.platform.texts().length === 1);
    expect(await stage.offer(inbound)).toBe("duplicate");
    await stage.idle();
    expect(stage.platform.texts()).toEqual(["x"]);
  });

  test("a full inbox takes no more, and takes again when there is room", async () => {
    const stage = await open({ handler: () => new Promise(() => undefined), lanes: 1 });
    const offers = Array.from({ length: 20_500 }, () => inGroup("g", { text: "waits" }));
    const outcomes: string[] = [];
    for (let at = 0; at < offers.length; at += 500) {
      outcomes.push(...(await Promise.all(offers.slice(at, at + 500).map((inbound) => stage.offer(inbound)))));
    }
    expect(outcomes.filter((outcome) => outcome === "accepted")).toHaveLength(20_001); // one runs
    expect(outcomes.slice(20_001)).toEqual(Array.from({ length: 499 }, () => "busy"));
    expect(await stage.say("one too many")).toBe("busy");
    expect(await stage.offer(recall(offers[5_000] ?? message({ text: "" })))).toBe("busy");
    await stage.state.inbox.stop("test:default:g", "recalled", { id: offers[5_000]?.id ?? "" });
    expect(await stage.say("there is room")).toBe("accepted");
    expect(await stage.say("and no more")).toBe("busy");
  });
});

describe("what the trace tells", () => {
  test("each outcome is one line with its reason", async () => {
    const stage = await open({ folder: await folder(), handler: () => "answer" });
    const inbound = message({ text: "x" });
    await stage.offer(inbound);
    await stage.idle();
    await stage.offer(inbound);
    expect(await stage.trace(inbound.id)).toEqual([
      "claim accepted",
      "turn started",
      "route handler",
      "reply sent",
      "turn done",
      "claim duplicate",
    ]);
  });

  test("never the address a reply is sent to, nor a token that stands in an error", async () => {
    const session = "https://oapi.example.com/robot/sendBySession?session=0123456789abcdef";
    const stage = await open({
      handler: async (turn) => {
        await turn.reply("one").catch(() => "so be it");
        throw new Error(`the model said: Authorization: Bearer sk-abcdefgh12345678 at ${session}`);
      },
    });
    stage.platform.fault(
      "send",
      { outcome: "not_sent", message: `POST ${session} failed: ECONNRESET` },
      { outcome: "refused", message: "GET https://api.example.com/gettoken?access_token=secret-token-1 said no" },
    );
    const inbound = message({ text: "x", replyTo: { sessionWebhook: session }, raw: { sessionWebhook: session } });
    await stage.offer(inbound);
    await stage.idle(200);
    const lines = await stage.bot.trace(inbound.id);
    expect(lines.map(({ hop, outcome }) => `${hop} ${outcome}`)).toEqual(
      expect.arrayContaining(["reply retry", "reply refused", "turn failed", "turn done"]),
    );
    const text = JSON.stringify(lines);
    for (const secret of ["0123456789abcdef", "secret-token-1", "sk-abcdefgh12345678"])
      expect(text).not.toContain(secret);
  });
});
