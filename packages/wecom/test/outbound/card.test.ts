/** Neutral cards as template cards: what is drawn, what is said in front, what a press makes of it. */
import type { Card } from "@openclaw-china/core";
import type { Pressed } from "@openclaw-china/core/internal";
import { describe, expect, test } from "vitest";
import { cardWords, drawCard, pressUpdate } from "../../src/outbound/card-params.ts";
import { checkCard } from "../../src/outbound/card-schema.ts";

const base: Card = { kind: "card", title: "部署?" };
const yes = { id: "yes", label: "批准", style: "primary" } as const;
const no = { id: "no", label: "拒绝", style: "danger" } as const;
const city = {
  kind: "select",
  id: "city",
  label: "城市",
  options: [
    { id: "sh", label: "上海" },
    { id: "bj", label: "北京" },
  ],
} as const;
const docs = { url: "https://example.com/a", label: "文档" };

function drawn(card: Partial<Card>): ReturnType<typeof drawCard> {
  return drawCard({ ...base, ...card }, "oc-1");
}

describe("what is drawn", () => {
  test("buttons with ids: a card of buttons, with text and fields", () => {
    const fields = [{ name: "环境", value: "prod" }];
    expect(drawn({ text: "版本 **1.2**", fields, buttons: [yes, no] })).toEqual({
      lead: undefined,
      card: {
        card_type: "button_interaction",
        main_title: { title: "部署?" },
        task_id: "oc-1",
        sub_title_text: "版本 1.2",
        horizontal_content_list: [{ keyname: "环境", value: "prod" }],
        button_list: [
          { text: "批准", style: 1, key: "yes" },
          { text: "拒绝", style: 2, key: "no" },
        ],
      },
    });
  });

  test("links beside buttons are lines of the card", () => {
    const rows = drawn({ buttons: [yes, docs] })?.card["horizontal_content_list"];
    expect(rows).toEqual([{ keyname: "链接", value: "文档", type: 1, url: docs.url }]);
  });

  test("links alone: a notice that leads there", () => {
    expect(drawn({ text: "看看", buttons: [docs] })?.card).toMatchObject({
      card_type: "text_notice",
      card_action: { type: 1, url: docs.url },
      sub_title_text: "看看",
    });
  });

  test("a picture with a public address, where nothing is pressed", () => {
    const image = { file: new URL("https://example.com/p.png"), alt: "图" };
    expect(drawn({ image, text: "看看", buttons: [docs] })?.card).toMatchObject({
      card_type: "news_notice",
      card_image: { url: "https://example.com/p.png" },
      vertical_content_list: [{ title: "图", desc: "看看" }],
    });
  });

  test("one question stands above the buttons; several, or several answers, are sent by the only button", () => {
    expect(drawn({ inputs: [city], buttons: [yes, no] })?.card).toMatchObject({
      card_type: "button_interaction",
      button_selection: { question_key: "city", title: "城市", option_list: [{ id: "sh" }, { id: "bj" }] },
    });
    const size = { ...city, id: "size", options: [{ id: "l", label: "大" }] };
    expect(drawn({ inputs: [city, size], buttons: [yes] })?.card).toMatchObject({
      card_type: "multiple_interaction",
      select_list: [{ question_key: "city" }, { question_key: "size" }],
      submit_button: { text: "批准", key: "yes" },
    });
    expect(drawn({ inputs: [{ ...city, multiple: true }], buttons: [yes] })?.card).toMatchObject({
      card_type: "vote_interaction",
      checkbox: { question_key: "city", mode: 1 },
      submit_button: { key: "yes" },
    });
  });

  test("a text input is asked for in words", () => {
    const input = { kind: "text", id: "why", label: "原因" } as const;
    expect(drawn({ inputs: [input], buttons: [yes] })?.card["sub_title_text"]).toContain("原因");
  });

  test("nothing to press is no card", () => {
    expect(drawn({ text: "好" })).toBeUndefined();
    const words = cardWords({ ...base, text: "好", fields: [{ name: "a", value: "b" }], mentions: ["u"] });
    expect(words).toEqual({ kind: "markdown", text: "### 部署?\n\n好\n\n**a**:b", mentions: ["u"] });
  });
});

describe("what does not fit is said in front, whole", () => {
  test.each([
    ["a long text", { text: "很长的内容。".repeat(40) }],
    ["a long value", { fields: [{ name: "路径", value: "/srv/".repeat(20) }] }],
    ["more than six fields", { fields: Array.from({ length: 8 }, (_, n) => ({ name: `n${n}`, value: `v${n}` })) }],
    ["who is named", { text: "短", mentions: ["lin.yi"] }],
  ] as const)("%s", (_, more) => {
    const { lead, card } = drawn({ ...more, buttons: [yes] }) ?? {};
    const whole = JSON.stringify(cardWords({ ...base, ...more }).text).slice(1, -1);
    expect(JSON.stringify(lead)).toContain(whole);
    expect(card?.card_type).toBe("button_interaction");
    expect(String(card?.["sub_title_text"] ?? "").length).toBeLessThanOrEqual(112);
    expect(((card?.["horizontal_content_list"] ?? []) as readonly object[]).length).toBeLessThanOrEqual(6);
  });

  test("fields of a form, which has no place for them", () => {
    const inputs = [{ ...city, multiple: true }];
    const { lead } = drawn({ inputs, fields: [{ name: "环境", value: "prod" }], buttons: [yes] }) ?? {};
    expect(lead?.text).toContain("prod");
  });
});

describe("what WeCom would refuse is refused before, with the member's name", () => {
  test.each([
    [{ card_type: "text_notice", main_title: { title: "x" } }, "card_action"],
    [{ card_type: "button_interaction", main_title: { title: "x" }, task_id: "t", button_list: [] }, "button_list"],
    [
      { card_type: "button_interaction", main_title: { title: "x" }, task_id: "a b", button_list: [{ text: "x" }] },
      "task_id",
    ],
    [{ card_type: "nothing" }, "card_type"],
  ])("%j", (card, member) => {
    expect(() => checkCard(card)).toThrow(member);
  });

  test("an option id of more than 128 bytes, a key of more than 1,024, a seventh button", () => {
    const long = { ...city, options: [{ id: "字".repeat(43), label: "x" }] };
    expect(() => drawn({ inputs: [long], buttons: [yes, no] })).toThrow(/128/);
    expect(() => drawn({ buttons: [{ id: "k".repeat(1_025), label: "x" }] })).toThrow(/1024/);
    const seven = Array.from({ length: 7 }, (_, n) => ({ id: `b${n}`, label: "x" }));
    expect(() => drawn({ buttons: seven })).toThrow(/at most 6 buttons/);
  });
});

describe("a pressed card", () => {
  const card = drawn({ text: "版本", buttons: [yes, no] })?.card;
  const by = { id: "lin.yi", name: "林\n一", isBot: false };
  const after = (pressed: Pressed): ReturnType<typeof pressUpdate> => pressUpdate(card ?? { card_type: "" }, pressed);

  test("says who chose what, keeps title and text, and has one button left", () => {
    const update = after({ outcome: "taken", label: "批准", by });
    expect(update).toMatchObject({ words: "✅ 批准 · 林 一", isPrivate: false });
    expect(update?.card).toMatchObject({ main_title: { title: "部署?" }, sub_title_text: "版本", task_id: "oc-1" });
    expect(update?.card["button_list"]).toHaveLength(1);
    expect(() => checkCard(update?.card)).not.toThrow();
  });

  test("says the same to who comes late, and that it is over where nobody pressed", () => {
    expect(after({ outcome: "already", label: "批准", by })?.words).toBe("✅ 批准 · 林 一");
    expect(after({ outcome: "already", label: undefined, by: undefined })?.words).toContain("已结束");
  });

  test("tells only who may not press, and stays as it is where nobody asked", () => {
    const update = after({ outcome: "refused" });
    expect(update?.isPrivate).toBe(true);
    expect(update?.card["button_list"]).toHaveLength(2);
    expect(after({ outcome: "unclaimed" })).toBeUndefined();
  });
});
