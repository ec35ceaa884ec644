/** Quotes that the callback does not carry, from what the bot has heard and sent; and messages that nobody can read. */
import type { MessageInbound, Quote, Store } from "@openclaw-china/core";
import { memoryStateAt } from "@openclaw-china/core/internal";
import { fakeClock, recorder, type SimulatedUser } from "@openclaw-china/testkit";
import { describe, expect, test } from "vitest";
import { createQuotes } from "../src/quotes.ts";
import { answersOn, type Stage, stage } from "./edge/stage.ts";

const MESSAGE: MessageInbound = {
  kind: "message",
  id: "m1",
  channel: "dingtalk",
  account: "default",
  receivedAt: 0,
  raw: {},
  conversation: { kind: "direct", id: "cid", key: "dingtalk:default:cid" },
  sender: { id: "staff-001", isBot: false },
  text: "",
  mentions: [],
  mentionsSelf: true,
  mentionsAll: false,
  attachments: [],
};
const FILE = { media: "file", name: "a.pdf", handle: { downloadCode: "dl-1", robotCode: "r" } } as const;

describe("the index", () => {
  const clock = fakeClock();
  const storeOf = (): Store => memoryStateAt(clock).store;
  const quotesOf = (store = storeOf(), account = "default"): ReturnType<typeof createQuotes> =>
    createQuotes({ store, log: recorder(), account });
  const asking = (quote: Partial<Quote>, raw: object = {}): MessageInbound => ({
    ...MESSAGE,
    id: "m9",
    raw,
    quote: { text: "", attachments: [], ...quote },
  });

  test("a file without its code, and a bare reply, by the id of what was heard", async () => {
    const quotes = quotesOf();
    await quotes.enrich({ ...MESSAGE, id: "file", attachments: [FILE] });
    await quotes.enrich({ ...MESSAGE, id: "words", text: "部署失败" });
    expect((await quotes.enrich(asking({ id: "file" }))).quote).toMatchObject({ text: "", attachments: [FILE] });
    expect((await quotes.enrich(asking({ id: "words" }))).quote).toMatchObject({ text: "部署失败", attachments: [] });
  });

  test("the bot's own card, by its key; the key counts before the id", async () => {
    const quotes = quotesOf();
    await quotes.noteSent("pqk-1", "the answer");
    await quotes.enrich({ ...MESSAGE, id: "same", text: "heard" });
    const { quote } = await quotes.enrich(asking({ id: "same" }, { originalProcessQueryKey: "pqk-1" }));
    expect(quote?.text).toBe("the answer");
  });

  test("what the callback carries is left as it is; what nobody knows too", async () => {
    const quotes = quotesOf();
    await quotes.enrich({ ...MESSAGE, id: "q", text: "old" });
    for (const given of [{ id: "q", text: "carried" }, { id: "q", attachments: [FILE] }, { id: "unknown" }, {}]) {
      const message = asking(given);
      expect((await quotes.enrich(message)).quote).toEqual(message.quote);
    }
    const bare: MessageInbound = { ...MESSAGE, text: "no quote" };
    expect(await quotes.enrich(bare)).toBe(bare);
  });

  test("accounts do not see each other's, and a week is enough", async () => {
    const store = storeOf();
    await quotesOf(store, "one").enrich({ ...MESSAGE, id: "q", text: "of one" });
    expect((await quotesOf(store, "two").enrich(asking({ id: "q" }))).quote?.text).toBe("");
    await clock.advance(7 * 86_400_000);
    expect((await quotesOf(store, "one").enrich(asking({ id: "q" }))).quote?.text).toBe("");
  });

  test("the number of places is fixed: a newer message takes an older one's, and is never taken for it", async () => {
    const store = storeOf();
    const quotes = quotesOf(store);
    for (let n = 0; n < 3_000; n += 1) await quotes.enrich({ ...MESSAGE, id: `m${n}`, text: `text ${n}` });
    let wrong = 0;
    let known = 0;
    for (let n = 0; n < 3_000; n += 1) {
      const text = (await quotes.enrich(asking({ id: `m${n}` }))).quote?.text;
      if (text === `text ${n}`) known += 1;
      else if (text !== "") wrong += 1;
    }
    expect(wrong).toBe(0);
    expect(known).toBeGreaterThan(2_800);
    expect(known).toBeLessThan(3_000); // some places were taken: that is the bound
  });

  test("a state that fails harms nothing", async () => {
    const broken: Store = { ...storeOf(), put: () => Promise.reject(new Error("the disk is full")) };
    const log = recorder();
    const quotes = createQuotes({ store: broken, log, account: "default" });
    const message = { ...MESSAGE, text: "hello" };
    expect(await quotes.enrich(message)).toBe(message);
    await quotes.noteSent("pqk", "x");
    expect(log.lines.map(({ level }) => level)).toEqual(["debug", "debug"]);
  });
});

describe("in a conversation", () => {
  test("people answer to a file, to the bot's card, and to its message; the handler sees what they mean", async () => {
    const { sim, start, drive } = await stage();
    const quoted: (Quote | undefined)[] = [];
    await start({
      handler(turn) {
        quoted.push(turn.message.quote);
        return turn.text === "plain"
          ? { kind: "text", text: "a plain answer" }
          : `answer to ${turn.text || "the file"}`;
      },
    });
    const lin = sim.user("Lin");
    await lin.sendFile(new File(["x"], "报告.pdf"));
    await lin.say("card");
    await lin.say("plain");
    await drive(() => answersOn(lin).length === 3, "all are answered");
    const [file, ...rest] = lin.screen().messages;
    const card = rest.find(({ text }) => text === "answer to card");
    if (file === undefined || card === undefined) throw new Error("both are on the screen");
    await lin.say("summarise that", { quote: file });
    await lin.say("go on", { quote: card });
    await drive(() => answersOn(lin).length === 5, "all are answered");
    expect(quoted.slice(0, 3)).toEqual([undefined, undefined, undefined]);
    expect(quoted[3]).toMatchObject({ text: "", attachments: [{ media: "file", name: "报告.pdf" }] });
    expect(quoted[4]).toMatchObject({ text: "answer to card", sender: { isBot: true } });
  });

  const placeholder = "用户发送了一条消息,机器人暂不支持接收。";
  const UNREADABLE = [
    { msgtype: "unknownMsgType", content: { unknownMsgType: placeholder } },
    { msgtype: "chatRecord", content: { title: "记录", chatRecord: "[]" } },
  ];

  async function hand({ sim, clock }: Stage, lin: SimulatedUser): Promise<void> {
    for (const [n, content] of UNREADABLE.entries()) {
      const about = { msgId: `m${n}`, conversationId: "cidDM", conversationType: "1", createAt: clock.now() };
      const data = { ...about, senderStaffId: lin.id, senderId: "$:x", robotCode: sim.botId, ...content };
      await sim.push({ type: "CALLBACK", topic: "/v1.0/im/bot/messages/get", data });
    }
  }

  test("what the platform does not hand over is answered with a hint: no agent is asked", async () => {
    const set = await stage();
    await set.start();
    const lin = set.sim.user("Lin");
    await hand(set, lin);
    await set.drive(() => answersOn(lin).length === 2, "both are answered");
    expect(set.handled).toEqual([]);
    for (const hint of answersOn(lin)) expect(hint).toMatch(/抱歉[^]*Sorry/);
    expect(answersOn(lin).join("\n")).not.toContain(placeholder);
  });

  test("a listener may take such a message all the same", async () => {
    const set = await stage();
    await set.start({}, (bot) =>
      bot.on("message", (turn) => (turn.message.unreadable === undefined ? undefined : "taken by a listener")),
    );
    const lin = set.sim.user("Lin");
    await hand(set, lin);
    await set.drive(() => answersOn(lin).length === 2, "both are answered");
    expect(new Set(answersOn(lin))).toEqual(new Set(["taken by a listener"]));
  });
});
