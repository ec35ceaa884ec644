/** What is quoted and what is forwarded reaches the handler; what cannot be read does not stop it. */
import { type AnyTurn, createBot, type Reply } from "@openclaw-china/core";
import { createFeishuSimulator, type FeishuSimulator } from "@openclaw-china/testkit";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { forwardText } from "../src/forwards.ts";
import { createFeishu } from "../src/index.ts";

const PATIENCE = { timeoutMs: 15_000 };

let sim: FeishuSimulator;
beforeEach(async () => {
  sim = await createFeishuSimulator();
});
afterEach(() => sim.close());

async function start(handler: (turn: AnyTurn) => Reply): Promise<void> {
  const bot = createBot({ channels: [createFeishu({ ...sim.app, thinking: "off" })], handler });
  onTestFinished(() => bot.stop({ timeoutMs: 0 }));
  await bot.start();
}

const quoted = (turn: AnyTurn): string => (turn.kind === "message" ? (turn.message.quote?.text ?? "none") : "none");

test("the quoted message is fetched; one that cannot be read is not", async () => {
  await start((turn) => ({ kind: "text", text: `${turn.text} on ${quoted(turn)}.` }));
  const lin = sim.user("Lin");
  await lin.say("first");
  const first = await lin.screen().next(PATIENCE);
  await lin.say("second", { quote: first });
  expect((await lin.screen().next(PATIENCE)).text).toContain("second on first on none..");
  using _refused = sim.fault({ kind: "platformError", code: "230011", on: "im/message/get" });
  await lin.say("third", { quote: first });
  expect((await lin.screen().next(PATIENCE)).text).toContain("third on .");
});

test("merged forwards come as the words in them", async () => {
  await start((turn) => ({ kind: "text", text: turn.text }));
  const lin = sim.user("Lin");
  await lin.say("disk full");
  const said = lin.screen().messages.find(({ from }) => from === lin.id);
  await lin.screen().next(PATIENCE);
  await lin.forward(said === undefined ? [] : [said]);
  expect((await lin.screen().next(PATIENCE)).text).toContain(": disk full");
});

test("a tree of forwards: by time, at most 50 messages and 5 levels deep", () => {
  const item = (id: string, upper: string, at: number, type = "text") => ({
    message_id: id,
    upper_message_id: upper,
    msg_type: type,
    create_time: String(at),
    sender: { id: "ou_1", sender_type: "user" },
    body: { content: JSON.stringify({ text: `says ${id}` }) },
  });
  const text = forwardText("r", [item("b", "r", 2), item("a", "r", 1)]);
  expect(text.split("\n").slice(1)).toEqual(["ou_1: says a", "ou_1: says b"]);
  const many = Array.from({ length: 80 }, (_, n) => item(`m${n}`, "r", n));
  expect(forwardText("r", many).split("\n")).toHaveLength(51);
  const deep = Array.from({ length: 9 }, (_, n) => item(`m${n}`, n === 0 ? "r" : `m${n - 1}`, n, "merge_forward"));
  expect(forwardText("r", deep).split("\n")).toHaveLength(6);
  expect(forwardText("r", [])).toBe("");
});
