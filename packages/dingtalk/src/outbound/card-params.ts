/**
 * The neutral card as variables of a DingTalk template, and what a pressed card becomes. Pure. The template is the public
 * "markdown with buttons" of the official Python client, or one with the same roles; `sys_full_json_obj` is the platform's.
 */
import type { Card, CardButton, CardInput, Outbound } from "@openclaw-china/core";
import type { Pressed } from "@openclaw-china/core/internal";
import { dingtalkError } from "../errors.ts";
import type { CardUpdate } from "../api/cards.ts";
import { cardMarkdown, escapeMentions } from "./render.ts";

/** Names of the template's variables, by what they are for. */
export interface ButtonTemplate {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** One line below the text: who chose what. */
  readonly status: string;
}

/** What a card may hold. Buttons: the contract's; characters: a finished card beyond about 3,000 was reported blank. */
export const CARD_LIMITS = { buttons: 6, textChars: 2_800 } as const;

type Params = Readonly<Record<string, string>>;

const BUTTONS = "sys_full_json_obj";
const COLOURS = { primary: "blue", danger: "red" } as const;
const BY_KEY = { updateCardDataByKey: true, updatePrivateDataByKey: true } as const;
const REFUSED = "⛔ 这张卡片等待其他人处理。 This card waits for somebody else.";
const OVER = "⌛ 已结束,按钮不再有效。 This is over; the buttons have no effect any more.";

/**
 * All variables of a card. `picture`: the address of its image, or its media id; else its description stands for it.
 * Throws `too_large` (not sent).
 */
export function cardParams(card: Card, template: ButtonTemplate, picture: string | undefined): Params {
  const buttons = card.buttons ?? [];
  if (buttons.length > CARD_LIMITS.buttons)
    throw tooMuch(`${buttons.length} buttons`, `${CARD_LIMITS.buttons} buttons`);
  return {
    [template.title]: escapeMentions(card.title),
    ...textParams(shownText(card, picture), template),
    [BUTTONS]: JSON.stringify({ msgButtons: buttons.map(toButton) }),
  };
}

/** The variables of a card that was replaced by a text: the title stays, the buttons go. */
export function replacedParams(
  message: Extract<Outbound, { kind: "text" | "markdown" }>,
  template: ButtonTemplate,
): Params {
  return { ...textParams(escapeMentions(message.text), template), [BUTTONS]: JSON.stringify({ msgButtons: [] }) };
}

/** Image, text, fields, inputs as one markdown text, in this order. */
export function cardText({ image, text, fields = [], inputs = [] }: Omit<Card, "title" | "kind">): string {
  const blocks = [
    image === undefined ? "" : imageText(image.alt, image.file instanceof URL ? image.file.href : undefined),
    text ?? "",
    fields.map(({ name, value }) => `**${name}**:${value}`).join("\n"),
    inputs.map(inputHint).join("\n"),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

/** Mentions in it are harmless; a media id begins with an `@` of its own, which stays. */
function shownText({ image, ...rest }: Card, picture: string | undefined): string {
  const head = image === undefined ? "" : imageText(escapeMentions(image.alt), picture);
  return [head, escapeMentions(cardText(rest))].filter((block) => block !== "").join("\n\n");
}

/** The answer to a press: who chose what, for everybody, or a notice for the person who pressed. Nothing where nobody asked. */
export function pressUpdate(pressed: Pressed, { status }: ButtonTemplate): CardUpdate {
  if (pressed.outcome === "unclaimed") return {};
  if (pressed.outcome === "refused") {
    return { cardUpdateOptions: BY_KEY, userPrivateData: { cardParamMap: { [status]: REFUSED } } };
  }
  const line = pressed.label === undefined ? OVER : chosen(pressed.label, pressed.by?.name ?? pressed.by?.id);
  return {
    cardUpdateOptions: BY_KEY,
    cardData: { cardParamMap: { [status]: line, [BUTTONS]: JSON.stringify({ msgButtons: [] }) } },
    userPrivateData: { cardParamMap: { [status]: line } }, // an earlier notice of this person would hide it
  };
}

function chosen(label: string, who: string | undefined): string {
  return escapeMentions(`✅ ${label}${who === undefined ? "" : ` · ${who.replace(/\s+/g, " ")}`}`);
}

function textParams(text: string, template: ButtonTemplate): Params {
  return { [template.text]: cardMarkdown(fitting(text)), [template.status]: "" };
}

/** The text, where a card can hold it. Throws `too_large` (not sent). */
export function fitting(text: string): string {
  if (text.length <= CARD_LIMITS.textChars) return text;
  throw tooMuch(`${text.length} characters`, `${CARD_LIMITS.textChars} characters`);
}

function toButton(button: CardButton): object {
  if ("url" in button) return { text: button.label, color: "gray", url: button.url, iosUrl: button.url };
  const color = button.style === undefined ? "gray" : COLOURS[button.style];
  return { text: button.label, color, id: button.id, request: true };
}

function imageText(alt: string, picture: string | undefined): string {
  return picture === undefined ? `🖼 *${alt}*` : `![${alt.replace(/[[\]]/g, "")}](${picture})`;
}

/** The public templates have no inputs. */
function inputHint(input: CardInput): string {
  const options = input.kind === "select" ? `(${input.options.map(({ label }) => label).join(" / ")})` : "";
  return `✏️ **${input.label}**${options}:请直接回复文字。 Please answer in words.`;
}

function tooMuch(has: string, most: string): Error {
  return dingtalkError("large", {
    message: `a card of DingTalk holds at most ${most}, and this one has ${has}`,
    outcome: "not_sent",
    fix: { en: "Send the text as a message of its own, and a short card.", zh: "请将长文本单独发送,卡片保持简短。" },
  });
}
