/** The order of a turn: access, stop word, listeners as registered, routes, handler; the first that keeps it has it. */
import { describe, expect, test } from "vitest";
import { createBot } from "../../src/index.ts";
import { inGroup, message } from "../fixtures.ts";
import { fakePlatform } from "../stage/platform.ts";
import { stages } from "../stage/stage.ts";

const { open, folder } = stages();

describe("the order of a turn", () => {
  test("use, command, hears and on in the order they were registered; then routes; then the handler", async () => {
    const seen: string[] = [];
    const passing = (name: string) => async (_turn: unknown, next: () => Promise<void>) => {
      seen.push(name);
      await next();
    };
    const stage = await open({
      agents: { report: passing("route") },
      routes: [{ when: { text: "add" }, agent: "report" }],
      handler: () => void seen.push("handler"),
      register: (bot) =>
        bot
          .on("message", passing("on message"))
          .use(passing("use"))
          .hears("add", passing("hears"))
          .command("add", passing("command"))
          .use(passing("last use")),
    });
    await stage.say("/add 1 2");
    await stage.idle();
    expect(seen).toEqual(["on message", "use", "hears", "command", "last use", "route", "handler"]);
  });

  test("the first that does not call next() has handled it: nothing behind it runs", async () => {
    const seen: string[] = [];
    const stage = await open({
      handler: () => void seen.push("handler"),
      register: (bot) => bot.use(() => void seen.push("use")).command("add", () => "three"),
    });
    await stage.say("/add 1 2");
    await stage.idle();
    expect(seen).toEqual(["use"]);
    expect(stage.platform.texts()).toEqual([]);
  });

  test("an answer around next() is given as well, the inner one first", async () => {
    const stage = await open({
      handler: () => "inner",
      register: (bot) =>
        bot.use(async (_turn, next) => {
          await next();
          return "outer";
        }),
    });
    await stage.say("x");
    await stage.idle();
    expect(stage.platform.texts()).toEqual(["inner", "outer"]);
  });

  test("next() twice is an error that names the listener", async () => {
    const errors: unknown[] = [];
    const stage = await open({
      handler: () => "once",
      onError: (error) => void errors.push(error),
      register: (bot) =>
        bot.command("twice", async (_turn, next) => {
          await next();
          await next();
        }),
    });
    await stage.say("/twice");
    await stage.idle();
    expect(stage.platform.texts()).toEqual(["once"]);
    expect(String(errors[0])).toContain("next() was called twice by command twice");
  });

  test("access comes before everything: a stranger's message reaches no listener, and no inbox", async () => {
    const seen: string[] = [];
    const stage = await open({
      channel: { access: { dmPolicy: "allowlist", allowFrom: ["boss"] } },
      register: (bot) => bot.use((turn) => void seen.push(turn.id)),
    });
    const stranger = message({ text: "hello" });
    expect(await stage.offer(stranger)).toBe("refused");
    expect(await stage.say("/stop")).toBe("refused");
    await stage.idle();
    expect(seen).toEqual([]);
    expect(await stage.trace(stranger.id)).toEqual(["admit refused"]);
    expect(stage.platform.texts()).toEqual([]);
  });

  test("a stop word comes before the listeners, which do not hear of it", async () => {
    const seen: string[] = [];
    const stage = await open({ register: (bot) => bot.use((turn) => void seen.push(turn.text)) });
    await stage.say(" 停止 ");
    await stage.idle();
    expect(seen).toEqual([]);
    expect(stage.platform.texts()).toEqual([expect.stringContaining("Nothing is running")]);
  });

  test("a stop word inside a sentence, or with a file, is a message like others", async () => {
    const seen: string[] = [];
    const stage = await open({ register: (bot) => bot.use((turn) => void seen.push(turn.text)) });
    await stage.say("how do I write /stop?");
    await stage.say("/stop", { attachments: [{ media: "file", handle: "f" }] });
    await stage.idle();
    expect(seen).toEqual(["how do I write /stop?", "/stop"]);
  });

  test("nobody took it: nothing is sent, and the trace says unhandled", async () => {
    const stage = await open({ folder: await folder(), register: (bot) => bot.command("help", () => "help") });
    const inbound = message({ text: "hello" });
    await stage.offer(inbound);
    await stage.idle();
    expect(stage.platform.calls.filter((call) => call.startsWith("send"))).toEqual([]);
    expect(await stage.trace(inbound.id)).toEqual(["claim accepted", "turn started", "route unhandled", "turn done"]);
  });

  test("a middleware that only passes on does not make a turn handled", async () => {
    const stage = await open({ register: (bot) => bot.use((_turn, next) => next()) });
    const inbound = message({ text: "hello" });
    await stage.offer(inbound);
    await stage.idle();
    expect(await stage.trace(inbound.id)).toContain("route unhandled");
  });
});

describe("who hears what", () => {
  test("commands: any name of the list, any case, with arguments; not in the middle, not another word", async () => {
    const stage = await open({
      register: (bot) => bot.command(["help", "帮助"], (turn) => `args=${turn.args}`),
      handler: (turn) => `other: ${turn.text}`,
    });
    for (const text of ["/help", "/HELP  a  b ", "/帮助 甲\n乙", "/helpme", "see /help", "help"]) {
      await stage.say(text);
      await stage.idle();
    }
    expect(stage.platform.texts()).toEqual([
      "args=",
      "args=a  b",
      "args=甲\n乙",
      "other: /helpme",
      "other: see /help",
      "other: help",
    ]);
  });

  test("hears: a text anywhere in any case; a RegExp as written, with its groups; a stateful one every time", async () => {
    const stage = await open({
      register: (bot) =>
        bot
          .hears(["Invoice", "发票"], () => "invoice")
          .hears(/\border\s+(\d+)/gi, (turn) => `order ${turn.match[1] ?? ""}`)
          .hears(/^EXACT$/, () => "exact"),
      handler: () => "nobody",
    });
    for (const text of ["my INVOICE please", "开发票", "Order 12", "order 13", "exact", "EXACT"]) {
      await stage.say(text);
      await stage.idle();
    }
    expect(stage.platform.texts()).toEqual(["invoice", "invoice", "order 12", "order 13", "nobody", "exact"]);
  });

  test("the first route that matches answers, and the turn names its agent", async () => {
    const stage = await open({
      agents: { a: (turn) => `a as ${turn.agent ?? ""}`, b: (turn) => `b as ${turn.agent ?? ""}` },
      routes: [
        { when: { text: "report", group: "g" }, agent: "a" },
        { when: { text: /^rep/ }, agent: "b" },
      ],
      handler: (turn) => `handler as ${turn.agent ?? "nobody"}`,
    });
    for (const inbound of [
      inGroup("g", { text: "report" }),
      inGroup("h", { text: "report" }),
      inGroup("h", { text: "x" }),
    ]) {
      await stage.offer(inbound);
      await stage.idle();
    }
    expect(stage.platform.posts.map(({ text }) => text)).toEqual(["a as a", "b as b", "handler as nobody"]);
  });

  test("other kinds reach use and on, never routes or the handler", async () => {
    const seen: string[] = [];
    const stage = await open({
      agents: { all: () => "route" },
      routes: [{ when: {}, agent: "all" }],
      handler: () => "handler",
      register: (bot) =>
        bot
          .use(async (turn, next) => {
            seen.push(`use ${turn.kind}`);
            await next();
          })
          .on("membership", (turn) => `welcome, ${turn.membership.change}`),
    });
    const base = { channel: "test", account: "default", receivedAt: 0, raw: {} };
    const conversation = { kind: "direct", id: "c1", key: "test:default:c1" } as const;
    const sender = { id: "u1", isBot: false };
    await stage.offer({ ...base, kind: "membership", id: "e1", change: "opened", who: "self", conversation, sender });
    await stage.offer({ ...base, kind: "other", id: "e2", type: "novelty", conversation });
    await stage.offer({ ...base, kind: "reaction", id: "e3", change: "added", emoji: "👍", sender });
    await stage.idle();
    expect(seen).toEqual(["use membership", "use other", "use reaction"]);
    expect(stage.platform.texts()).toEqual(["welcome, opened"]);
    expect(await stage.trace("e3")).toContain("route unhandled");
  });
});

describe("registering", () => {
  const bot = createBot({ channels: [fakePlatform().channel()] });
  const late: [string, () => unknown][] = [
    ["use", () => bot.use(() => undefined)],
    ["command", () => bot.command("late", () => undefined)],
    ["hears", () => bot.hears("late", () => undefined)],
    ["on", () => bot.on("message", () => undefined)],
  ];
  test.each(late)("%s after start() throws, with what to do", async (name, register) => {
    await bot.start();
    expect(register).toThrowError(new RegExp(`${name}.* was registered after the bot had started`));
    expect(register).toThrowError(expect.objectContaining({ code: "config_invalid" }) as Error);
  });
});
