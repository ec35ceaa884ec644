/**
 * The neutral card as a template card, and what a pressed card becomes. Pure. Cards show plain text and clients cut long
 * lines: what does not fit is said in a message in front of the card, so that nobody decides on half of a text.
 */
import type { Card, CardButton, CardInput } from "@openclaw-china/core";
import type { Pressed } from "@openclaw-china/core/internal";
import { wecomError } from "../errors.ts";
import { checkCard, type TemplateCard } from "./card-schema.ts";
import { plainOf, type Textual } from "./render.ts";

/** What clients show; beyond, a bot's card is cut. */
export const CARD_LIMITS = {
  buttons: 6,
  rows: 6,
  selects: 3,
  options: 10,
  checks: 20,
  textChars: 112,
  valueChars: 26,
} as const;

type Press = Extract<CardButton, { readonly id: string }>;
type Link = Extract<CardButton, { readonly url: string }>;
type Select = Extract<CardInput, { readonly kind: "select" }>;

/** A card with something to press, drawn. */
export interface DrawnCard {
  readonly card: TemplateCard;
  /** Goes in front of it: what the card cannot show. */
  readonly lead: Textual | undefined;
}

const REFUSED = "⛔ 这张卡片等待其他人处理。 This card waits for somebody else.";
const OVER = "⌛ 已结束 Over";
/** Key of the one button that a decided card keeps: a card of buttons must have one. */
const DECIDED_KEY = "oc-decided";
const STYLES = { primary: 1, danger: 2 } as const;
const GREY = 4;

/** Undefined: nothing to press, so words say it all. Throws `too_large` or `content_rejected` (not sent). */
export function drawCard(card: Card, taskId: string): DrawnCard | undefined {
  const buttons = card.buttons ?? [];
  if (buttons.length > CARD_LIMITS.buttons) throw tooMany(buttons.length);
  const presses = buttons.filter((button) => "id" in button);
  const links = buttons.filter((button) => "url" in button);
  if (buttons.length === 0) return undefined;
  const { lead, text, rows } = fitted(card, links, presses);
  const head = { main_title: { title: card.title }, task_id: taskId };
  const said = {
    ...(text === "" ? {} : { sub_title_text: text }),
    ...(rows.length === 0 ? {} : { horizontal_content_list: rows }),
  };
  const form = formOf(card, presses);
  const drawn =
    presses.length === 0
      ? notice(card, links, said)
      : { ...head, ...(form.carriesText ? said : titled(card.title, text)), ...form.members };
  return { card: checkCard(drawn), lead };
}

/** Title, text, fields and choices in words: where no card can be shown, or nothing is to be pressed. */
export function cardWords(card: Card): Textual {
  const { title, image, text, fields = [], inputs = [], buttons = [] } = card;
  const blocks = [
    `### ${title}`,
    image === undefined ? "" : imageText(image.alt, image.file),
    text ?? "",
    fields.map(({ name, value }) => `**${name}**:${value}`).join("\n"),
    inputs.map(inputHint).join("\n"),
    buttons.map((button) => ("url" in button ? `[${button.label}](${button.url})` : `▫️ ${button.label}`)).join("\n"),
  ];
  const shown = blocks.filter((block) => block !== "").join("\n\n");
  return { kind: "markdown", text: shown, ...(card.mentions === undefined ? {} : { mentions: card.mentions }) };
}

/** A pressed card anew: who chose what, for everybody; or a notice for the one who may not. Undefined: it stays as it is. */
export function pressUpdate(
  card: TemplateCard,
  pressed: Pressed,
): { readonly card: TemplateCard; readonly words: string; readonly isPrivate: boolean } | undefined {
  if (pressed.outcome === "unclaimed") return undefined;
  if (pressed.outcome === "refused") {
    const title = { ...(card["main_title"] as object), desc: REFUSED };
    return { card: { ...card, main_title: title }, words: REFUSED, isPrivate: true };
  }
  const { label, by } = pressed;
  const who = by?.name ?? by?.id;
  const words =
    label === undefined ? OVER : `✅ ${label}${who === undefined ? "" : ` · ${who.replaceAll(/\s+/g, " ")}`}`;
  return { card: decided(card, words), words, isPrivate: false };
}

/** Title and text stay; one button that says what was decided is left, since such a card must have one. */
export function decided(card: TemplateCard, words: string): TemplateCard {
  const { main_title: title, sub_title_text: text, horizontal_content_list: rows, task_id: taskId } = card;
  return {
    card_type: "button_interaction",
    main_title: title,
    ...(text === undefined ? {} : { sub_title_text: text }),
    ...(rows === undefined ? {} : { horizontal_content_list: rows }),
    button_list: [{ text: words, style: GREY, key: DECIDED_KEY }],
    task_id: taskId,
  };
}

interface Fitted {
  readonly lead: Textual | undefined;
  readonly text: string;
  readonly rows: readonly object[];
}

/** What the card can show of itself, and the rest as words in front. */
function fitted(card: Card, links: readonly Link[], presses: readonly Press[]): Fitted {
  const { fields = [], inputs = [], image, mentions } = card;
  const drawn = presses.length === 0 ? [] : drawable(inputs, presses);
  const hints = inputs.filter((input) => !drawn.includes(input as Select)).map(inputHint);
  const full = [card.text ?? "", ...hints].filter((block) => block !== "").join("\n");
  const plain = plainOf(full);
  const isForm = drawn.length > 0 && presses.length === 1 && !isSelection(drawn);
  const rows = isForm
    ? []
    : [
        ...fields.map(({ name, value }) => ({ keyname: name, value: plainOf(value) })),
        ...(presses.length === 0
          ? []
          : links.map(({ label, url }) => ({ keyname: "链接", value: label, type: 1, url }))),
      ];
  const isTextLong = plain.length > (isForm ? 30 : CARD_LIMITS.textChars);
  const areRowsLong =
    rows.length > CARD_LIMITS.rows ||
    rows.some(({ value }) => value.length > CARD_LIMITS.valueChars) ||
    (isForm && fields.length > 0);
  const isSeen = image === undefined || (presses.length === 0 && image.file instanceof URL);
  const needsLead = isTextLong || areRowsLong || !isSeen || mentions !== undefined || (isForm && links.length > 0);
  const whole = cardWords({ ...card, text: full, inputs: [], buttons: links });
  return {
    lead: needsLead ? whole : undefined,
    text: isTextLong ? `${[...plain].slice(0, CARD_LIMITS.textChars - 8).join("")}…(见上文)` : plain,
    rows: rows.slice(0, CARD_LIMITS.rows),
  };
}

function titled(title: string, text: string): object {
  return { main_title: text === "" ? { title } : { title, desc: text } };
}

/** Nothing to press but links: the card itself leads to the first, the others stand below. */
function notice(card: Card, links: readonly Link[], said: object): object {
  const [first, ...others] = links;
  const action = { card_action: { type: 1, url: first?.url ?? "" } };
  const shown = links.length === 1 ? links : [first, ...others].filter((link) => link !== undefined);
  const jumps = shown.slice(0, 3).map(({ label, url }) => ({ type: 1, title: label, url }));
  const base = { main_title: { title: card.title }, ...action, jump_list: jumps };
  if (!(card.image?.file instanceof URL)) return { card_type: "text_notice", ...base, ...said };
  const { sub_title_text: text, ...rows } = said as { readonly sub_title_text?: string };
  const paragraph = text === undefined ? {} : { vertical_content_list: [{ title: card.image.alt, desc: text }] };
  return { card_type: "news_notice", ...base, ...rows, ...paragraph, card_image: { url: card.image.file.href } };
}

interface Form {
  readonly members: object;
  /** It has a place for text and fields. */
  readonly carriesText: boolean;
}

/** One question beside any buttons; more, or one with several answers, with a single button that sends them. */
function formOf({ inputs = [] }: Card, presses: readonly Press[]): Form {
  const selects = drawable(inputs, presses);
  const [first] = selects;
  const [only] = presses;
  if (first === undefined || isSelection(selects) || only === undefined) {
    const selection = first === undefined ? {} : { button_selection: questionOf(first) };
    const list = presses.map(({ id, label, style }) => ({ text: label, style: style ? STYLES[style] : GREY, key: id }));
    return { members: { card_type: "button_interaction", ...selection, button_list: list }, carriesText: true };
  }
  const submit = { submit_button: { text: only.label, key: only.id } };
  if (first.multiple === true) {
    const { question_key, option_list } = questionOf(first);
    const options = option_list.map((option) => ({ ...option, is_checked: false }));
    const checkbox = { question_key, mode: 1, option_list: options };
    return { members: { card_type: "vote_interaction", checkbox, ...submit }, carriesText: false };
  }
  const list = selects.map(questionOf);
  return { members: { card_type: "multiple_interaction", select_list: list, ...submit }, carriesText: false };
}

/** The inputs that a card with these buttons can show; the others are asked for in words. */
function drawable(inputs: readonly CardInput[], presses: readonly Press[]): readonly Select[] {
  const selects = inputs.filter((input) => input.kind === "select");
  const single = selects.filter(
    ({ multiple, options }) => multiple !== true && isBetween(options.length, CARD_LIMITS.options),
  );
  const [multiple] = selects.filter(
    (input) => input.multiple === true && isBetween(input.options.length, CARD_LIMITS.checks),
  );
  if (presses.length !== 1) return single.slice(0, 1);
  if (multiple !== undefined && single.length === 0) return [multiple];
  return single.slice(0, CARD_LIMITS.selects);
}

function isBetween(count: number, most: number): boolean {
  return count >= 1 && count <= most;
}

/** A single question that stands above the buttons. */
function isSelection(selects: readonly Select[]): boolean {
  return selects.length === 1 && selects[0]?.multiple !== true;
}

function questionOf({ id, label, options }: Select): {
  readonly question_key: string;
  readonly title: string;
  readonly option_list: readonly { readonly id: string; readonly text: string }[];
} {
  const list = options.map((option) => ({ id: option.id, text: option.label }));
  return { question_key: id, title: label, option_list: list };
}

function imageText(alt: string, file: Blob | URL): string {
  return file instanceof URL ? `![${alt.replaceAll(/[[\]]/g, "")}](${file.href})` : `🖼 *${alt}*`;
}

/** The platform's cards have no text inputs. */
function inputHint(input: CardInput): string {
  const options = input.kind === "select" ? `(${input.options.map(({ label }) => label).join(" / ")})` : "";
  return `✏️ **${input.label}**${options}:请直接回复文字。 Please answer in words.`;
}

function tooMany(count: number): Error {
  return wecomError("large", {
    message: `a card of WeCom holds at most ${CARD_LIMITS.buttons} buttons, and this one has ${count}`,
    outcome: "not_sent",
    fix: { en: "Leave some out, or ask with a select input.", zh: "请减少按钮,或改用下拉选择。" },
  });
}
