/** `ask`: a card, a press of somebody who may, and a conversation that goes on meanwhile. */
import { describe, expect, test } from "vitest";
import type { ActionInbound, Answer, AskOptions, Card, Handler } from "../../src/index.ts";
import { pressAsk } from "../../src/bot/ask.ts";
import { message, press } from "../fixtures.ts";
import { type Stage, stages } from "../stage/stage.ts";

const { open, folder } = stages();

const CARD = {
  kind: "card",
  title: "Deploy?",
  buttons: [
    { id: "yes", label: "Approve" },
    { id: "no", label: "Reject" },
    { url: "https://example.org", label: "Look" },
  ],
} as const satisfies Card;

const told = (answer: Answer): string =>
  answer.outcome === "timeout" ? "timeout" : `${answer.button} by ${answer.by.id}: ${JSON.stringify(answer.values)}`;

const asking =
  (options?: AskOptions): Handler =>
  async (turn) => {
    if (turn.text !== "deploy") return `also ${turn.text}`;
    return told(await turn.ask(CARD, options));
  };

/** The newest card on the screen is pressed. */
async function pressed(stage: Stage, button: string, over: Partial<ActionInbound> = {}): Promise<string> {
  const card = stage.platform.posts.findLast(({ kind }) => kind === "card");
  const inbound = press({ button, message: { channel: "test", account: "default", id: card?.id ?? "" }, ...over });
  await stage.offer(inbound);
  await stage.until(async () => (await stage.trace(inbound.id)).includes("turn done"));
  return inbound.id;
}

async function asked(stage: Stage): Promise<void> {
  const inbound = message({ text: "deploy" });
  await stage.offer(inbound);
  await stage.until(async () => (await stage.trace(inbound.id)).includes("ask waiting"));
}

describe("an ask", () => {
  test("resolves with the button, the values, and who pressed", async () => {
    const stage = await open({ handler: asking() });
    await asked(stage);
    await pressed(stage, "yes", { values: { why: "it works" } });
    await stage.idle();
    expect(stage.platform.texts()).toEqual(["Deploy? [Approve] [Reject] [Look]", 'yes by u1: {"why":"it works"}']);
  });

  test("gives the lane back: later messages are answered, and the turn goes on in its place", async () => {
    const stage = await open({ handler: asking() });
    await asked(stage);
    await stage.say("one");
    await stage.say("two");
    await stage.until(() => stage.platform.texts().includes("also two"));
    await pressed(stage, "no");
    await stage.idle();
    expect(stage.platform.texts().slice(1)).toEqual(["also one", "also two", "no by u1: {}"]);
  });

  test("takes its place ahead of what waits, and never beside a turn that runs", async () => {
    const release = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    const stage = await open({
      handler: async (turn) => {
        if (turn.text === "deploy") {
          const answer = await turn.ask(CARD);
          most = Math.max(most, running);
          return told(answer);
        }
        running += 1;
        await turn.reply(`begun ${turn.text}`);
        if (turn.text === "one") await release.promise;
        running -= 1;
        return `done ${turn.text}`;
      },
    });
    await asked(stage);
    await stage.say("one");
    await stage.until(() => stage.platform.texts().includes("begun one"));
    await stage.say("two");
    await pressed(stage, "yes");
    expect(stage.platform.texts()).not.toContain("yes by u1: {}");
    release.resolve();
    await stage.idle();
    expect(most).toBe(0);
    expect(stage.platform.texts().slice(1)).toEqual([
      "begun one",
      "done one",
      "yes by u1: {}",
      "begun two",
      "done two",
    ]);
  });
});

describe("who may press", () => {
  test("only the person who asked may press, unless somebody else is listed", async () => {
    const stage = await open({ handler: asking() });
    await asked(stage);
    const stranger = await pressed(stage, "yes", { sender: { id: "u2", isBot: false } });
    expect(await stage.trace(stranger)).toContain("press refused");
    await pressed(stage, "no");
    await stage.idle();
    expect(stage.platform.texts().at(-1)).toBe("no by u1: {}");
  });

  test.each<[string, AskOptions["from"], string, string]>([
    ["those who are listed", ["boss", "deputy"], "deputy", "press taken"],
    ["and then not the one who asked", ["boss", "deputy"], "u1", "press refused"],
    ["anyone", "anyone", "u7", "press taken"],
  ])("%s may press", async (_name, from, id, outcome) => {
    const stage = await open({ handler: asking(from === undefined ? {} : { from }) });
    await asked(stage);
    expect(await stage.trace(await pressed(stage, "yes", { sender: { id, isBot: false } }))).toContain(outcome);
  });

  test("a button the card does not have is refused", async () => {
    const stage = await open({ handler: asking() });
    await asked(stage);
    expect(await stage.trace(await pressed(stage, "maybe"))).toContain("press refused");
  });

  test("a second press comes too late, and is told what was chosen", async () => {
    const stage = await open({ handler: asking({ from: "anyone" }) });
    await asked(stage);
    await pressed(stage, "yes");
    const late = press({ button: "no", message: { channel: "test", account: "default", id: "p1" } });
    expect(await pressAsk({ store: stage.state.store, clock: stage.clock }, late)).toEqual({
      outcome: "already",
      label: "Approve",
      by: { id: "u1", name: "Lin", isBot: false },
    });
    expect(await stage.trace(await pressed(stage, "no"))).toContain("press already");
    await stage.idle();
    expect(stage.platform.texts().at(-1)).toBe("yes by u1: {}");
  });

  test("of two presses at once one counts; the same press again is the same answer", async () => {
    const stage = await open({ handler: asking({ from: "anyone" }) });
    await asked(stage);
    const deps = { store: stage.state.store, clock: stage.clock };
    const card = { channel: "test", account: "default", id: "p1" };
    const first = press({ button: "yes", message: card });
    const second = press({ button: "no", message: card, sender: { id: "u2", isBot: false } });
    const outcomes = await Promise.all([pressAsk(deps, first), pressAsk(deps, second), pressAsk(deps, first)]);
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(["already", "taken", "taken"]);
    await stage.idle(1_000);
    expect(stage.platform.texts().at(-1)).toBe("yes by u1: {}");
  });
});

describe("where and how long", () => {
  test("no listener hears of a press somebody waits for, nor of one that was refused", async () => {
    const heard: string[] = [];
    const stage = await open({
      handler: asking(),
      register: (bot) => bot.on("action", (turn) => void heard.push(turn.action.button)),
    });
    await asked(stage);
    await pressed(stage, "no", { sender: { id: "u2", isBot: false } });
    await pressed(stage, "yes");
    await pressed(stage, "yes");
    await stage.idle();
    expect(heard).toEqual([]);
  });

  test("can be put elsewhere, through that place's channel", async () => {
    const stage = await open({
      channels: (on) => [on.channel(), on.channel({ id: "other", account: "hq" })],
      handler: asking({ to: { channel: "other", account: "hq", kind: "user", id: "boss" }, from: ["boss"] }),
    });
    await asked(stage);
    expect(stage.platform.texts("user:boss")).toEqual(["Deploy? [Approve] [Reject] [Look]"]);
    await pressed(stage, "yes", {
      channel: "other",
      account: "hq",
      sender: { id: "boss", isBot: false },
      message: { channel: "other", account: "hq", id: "p1" },
    });
    await stage.idle();
    expect(stage.platform.texts()).toEqual(["yes by boss: {}"]);
  });

  test("elsewhere where the bot has no channel is unsupported, by code", async () => {
    const errors: unknown[] = [];
    const stage = await open({
      handler: asking({ to: { channel: "nowhere", kind: "user", id: "boss" } }),
      onError: (error) => void errors.push(error),
    });
    await stage.say("deploy");
    await stage.idle();
    expect(errors).toEqual([expect.objectContaining({ code: "unsupported" })]);
  });

  test("the time-out is an answer, and the turn goes on", async () => {
    const stage = await open({ handler: asking({ timeoutMs: 60_000 }) });
    await asked(stage);
    await stage.clock.advance(59_000);
    expect(stage.platform.texts()).toHaveLength(1);
    await stage.clock.advance(1_500);
    await stage.idle();
    expect(stage.platform.texts().at(-1)).toBe("timeout");
    expect(await stage.trace(await pressed(stage, "yes"))).toContain("press already");
  });

  test("waits a day by default, and that time does not count as the turn's", async () => {
    const stage = await open({ handler: asking(), turnTimeoutMs: 60_000 });
    await asked(stage);
    await stage.clock.advance(3_600_000);
    await pressed(stage, "yes");
    await stage.idle();
    expect(stage.platform.texts().at(-1)).toBe("yes by u1: {}");
  });

  test("an answer after a long wait is delivered with the same patience as any other", async () => {
    const stage = await open({ handler: asking() });
    await asked(stage);
    await stage.clock.advance(3_600_000);
    stage.platform.fault("send", { outcome: "not_sent" }, { outcome: "not_sent" });
    await pressed(stage, "yes");
    await stage.idle(100);
    expect(stage.platform.texts().at(-1)).toBe("yes by u1: {}");
    const { id } = stage.platform.posts.at(-1) ?? { id: "" };
    expect(id).toBe("p2");
  });
});

describe("an ask that is called off", () => {
  test("a stop word ends the wait; its own signal too", async () => {
    const own = new AbortController();
    const stage = await open({
      handler: async (turn) => {
        const signal = turn.text === "own" ? own.signal : undefined;
        await turn.ask(CARD, signal === undefined ? {} : { signal });
        return "pressed";
      },
      onError: (error) => `ended: ${(error as { code?: string }).code ?? ""}`,
    });
    await asked(stage);
    await stage.say("/stop");
    await stage.idle();
    expect(stage.platform.texts().slice(1)).toEqual([expect.stringContaining("Stopped")]);
    await stage.say("own");
    await stage.until(() => stage.platform.posts.filter(({ kind }) => kind === "card").length === 2);
    await stage.until(async () => (await stage.state.inbox.size()).active === 1);
    own.abort(new Error("no longer needed"));
    await stage.idle();
    expect(stage.platform.texts().at(-1)).toBe("ended: aborted");
  });

  test("an ask that was called off while its conversation is busy leaves the lane to those who wait", async () => {
    const release = Promise.withResolvers<void>();
    const stage = await open({
      handler: async (turn) => {
        if (turn.text === "deploy") return told(await turn.ask(CARD));
        if (turn.text === "long") await release.promise;
        return `done ${turn.text}`;
      },
    });
    const place = { conversation: { kind: "group", id: "g", key: "test:default:g" } } as const;
    const inbound = message({ text: "deploy", ...place });
    await stage.offer(inbound);
    await stage.until(async () => (await stage.trace(inbound.id)).includes("ask waiting"));
    await stage.say("long", { ...place, sender: { id: "u2", isBot: false } });
    await stage.clock.advance(0);
    await stage.say("/stop", place); // of the person who asked: the other turn goes on
    await stage.until(async () => (await stage.trace(inbound.id)).includes("turn done"), 500);
    release.resolve();
    await stage.say("after", place);
    await stage.idle(100);
    expect(stage.platform.texts("group:g").slice(1)).toEqual([
      expect.stringContaining("Stopped"),
      "done long",
      "done after",
    ]);
  });

  test("the numbers of asks and replies are one row", async () => {
    const stage = await open({
      handler: async (turn) => {
        await turn.reply("first");
        await turn.ask(CARD);
        return "third";
      },
    });
    await asked(stage);
    await pressed(stage, "yes", { message: { channel: "test", account: "default", id: "p2" } });
    await stage.idle();
    expect(stage.platform.posts.map(({ key }) => key.split("/").at(-1))).toEqual(["1", "2", "3"]);
  });
});

describe("a press that is quicker than the platform's answer to our send", () => {
  const settings = (gate: Promise<void>): Parameters<typeof open>[0] => ({
    channels: (on) => {
      const channel = on.channel();
      return [
        {
          ...channel,
          open(runtime) {
            const opened = channel.open(runtime);
            return {
              ...opened,
              send: async (to, content, options) => {
                const sent = await opened.send(to, content, options);
                if (content.kind === "card") await gate;
                return sent;
              },
            };
          },
        },
      ];
    },
    handler: asking(),
  });
  const onCard = { message: { channel: "test", account: "default", id: "p1" } };

  test("counts all the same", async () => {
    const gate = Promise.withResolvers<void>();
    const stage = await open(settings(gate.promise));
    await stage.say("deploy");
    await stage.until(() => stage.platform.posts.length === 1);
    const inbound = press({ button: "yes", ...onCard });
    await stage.offer(inbound);
    await stage.clock.advance(1_000);
    gate.resolve();
    await stage.idle(1_000);
    expect(stage.platform.texts().slice(1)).toEqual(["yes by u1: {}"]);
    expect(await stage.trace(inbound.id)).toContain("press taken");
  });

  test("of another card waits for it no longer than a while", async () => {
    const stage = await open(settings(new Promise(() => undefined)));
    await stage.say("deploy");
    await stage.until(() => stage.platform.posts.length === 1);
    const inbound = press({ button: "yes", message: { ...onCard.message, id: "another" } });
    await stage.offer(inbound);
    await stage.until(() => stage.platform.texts().includes("also yes"), 1_000);
    expect(await stage.trace(inbound.id)).toContain("press unclaimed");
  });
});

describe("an ask and a restart", () => {
  test("survives: the card is not sent again, the press of the next process counts, the lane is free meanwhile", async () => {
    const first = await open({ folder: await folder(), handler: asking() });
    await asked(first);
    const second = await open({ ...(await first.crash()), handler: asking() });
    await second.say("meanwhile");
    await second.until(() => second.platform.texts().includes("also meanwhile"), 100);
    await pressed(second, "yes");
    await second.idle(100);
    expect(second.platform.texts()).toEqual(["Deploy? [Approve] [Reject] [Look]", "also meanwhile", "yes by u1: {}"]);
  });

  test("a press that came while nobody ran counts; so does the time-out that passed", async () => {
    for (const presses of [true, false]) {
      const first = await open({ folder: await folder(), handler: asking({ timeoutMs: 60_000 }) });
      await asked(first);
      const left = await first.crash();
      if (!presses) await first.clock.advance(120_000);
      const second = await open({ ...left, handler: asking({ timeoutMs: 60_000 }), start: false });
      if (presses) {
        const message = { channel: "test", account: "default", id: "p1" };
        await pressAsk({ store: second.state.store, clock: second.clock }, press({ button: "no", message }));
      }
      await second.bot.start();
      await second.idle(100);
      expect(second.platform.texts().at(-1)).toBe(presses ? "no by u1: {}" : "timeout");
    }
  });

  test("many restarts of a waiting turn do not use up its attempts", async () => {
    let stage = await open({ folder: await folder(), handler: asking() });
    await asked(stage);
    for (let restart = 0; restart < 4; restart += 1) {
      stage = await open({ ...(await stage.crash()), handler: asking() });
      await stage.until(async () => (await stage.state.inbox.size()).active === 1, 100);
      await stage.until(() => stage.bot.status().inbox.active === 1, 100);
    }
    await stage.clock.advance(2_000);
    await pressed(stage, "yes");
    await stage.idle(100);
    expect(stage.platform.texts()).toEqual(["Deploy? [Approve] [Reject] [Look]", "yes by u1: {}"]);
  });

  test("stop does not wait for a person, and does not end the ask: the next start goes on with it", async () => {
    const first = await open({ folder: await folder(), handler: asking() });
    await asked(first);
    await first.bot.stop();
    expect(first.platform.texts()).toHaveLength(1);
    const second = await open({ ...(await first.crash()), handler: asking() });
    await second.clock.advance(1_000);
    await pressed(second, "yes");
    await second.idle(100);
    expect(second.platform.texts().at(-1)).toBe("yes by u1: {}");
  });
});
