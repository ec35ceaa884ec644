/** A press nobody waits for: to `on("action")`; else to routes and handler as a message that says what the button says. */
import { describe, expect, test } from "vitest";
import { press } from "../fixtures.ts";
import { stages } from "../stage/stage.ts";

const { open } = stages();
const CARD = {
  kind: "card",
  title: "Menu",
  buttons: [
    { id: "b1", label: "订单" },
    { id: "b2", label: "Returns" },
  ],
} as const;
const on = (id: string) => ({ channel: "test", account: "default", id });

describe("a press nobody waits for", () => {
  test('goes to on("action"), with the label as text, and may edit the card that was pressed', async () => {
    const { say, offer, idle, platform } = await open({
      register: (bot) =>
        bot
          .command("menu", () => CARD)
          .on("action", async (turn) => {
            if (turn.action.message !== undefined) await turn.edit(turn.action.message, `chosen: ${turn.text}`);
            return `${turn.action.button} ${turn.action.source} ${JSON.stringify(turn.action.values)}`;
          }),
      handler: () => "the handler",
    });
    await say("/menu");
    await idle();
    await offer(press({ button: "b2", message: on("p1"), values: { n: "3" } }));
    await idle();
    expect(platform.texts()).toEqual(["chosen: Returns", 'b2 card {"n":"3"}']);
  });

  test("without such a listener it is a message for routes and handler, which keep to one shape", async () => {
    const { say, offer, idle, platform } = await open({
      register: (bot) => bot.command("menu", () => CARD).hears("订单", () => "hears does not hear it"),
      agents: { orders: (turn) => `${turn.kind} "${turn.message.text}" ${JSON.stringify(turn.message.action)}` },
      routes: [{ when: { text: "订单" }, agent: "orders" }],
      handler: (turn) => `handler: ${turn.text}`,
    });
    await say("/menu");
    await idle();
    await offer(press({ button: "b1", message: on("p1"), values: { n: "3" } }));
    await idle();
    await offer(press({ button: "b2", message: on("p1") }));
    await idle();
    expect(platform.texts().slice(1)).toEqual([
      'message "订单" {"button":"b1","values":{"n":"3"}}',
      "handler: Returns",
    ]);
  });

  test("labels of cards that were sent unasked are known too, and in the bot that comes after", async () => {
    const { bot, offer, idle, platform } = await open({ handler: (turn) => `handler: ${turn.text}` });
    await bot.send({ channel: "test", kind: "user", id: "u1" }, CARD);
    await offer(press({ button: "b1", message: on("p1") }));
    await idle();
    expect(platform.texts().at(-1)).toBe("handler: 订单");
  });

  test("a button nobody knows, and an entry of a menu, go by their ids", async () => {
    const { offer, idle, platform } = await open({ handler: (turn) => `handler: ${turn.text}` });
    await offer(press({ button: "unknown", message: on("gone") }));
    await offer(press({ button: "report", source: "menu" }));
    await idle();
    expect(platform.texts().toSorted()).toEqual(["handler: report", "handler: unknown"]);
  });

  test("a listener that passes it on leaves it to routes and handler", async () => {
    const { offer, idle, platform } = await open({
      register: (bot) => bot.on("action", (_turn, next) => next()),
      handler: (turn) => `handler: ${turn.text}`,
    });
    await offer(press({ button: "b1" }));
    await idle();
    expect(platform.texts()).toEqual(["handler: b1"]);
  });

  test("is handled while a turn of its conversation runs: its lane is the card", async () => {
    const running = Promise.withResolvers<void>();
    const { say, offer, idle, until, platform } = await open({
      register: (bot) => bot.on("action", () => "pressed"),
      handler: async () => {
        await running.promise;
        return "answered";
      },
    });
    await say("x");
    await offer(press({ button: "b1", message: on("p9") }));
    await until(() => platform.texts().includes("pressed"));
    running.resolve();
    await idle();
    expect(platform.texts()).toEqual(["pressed", "answered"]);
  });
});
