/** The neutral card as card JSON 2.0, and what a pressed card becomes. Pure. */
import type { Card, CardButton, CardInput, Localized } from "@openclaw-china/core";
import { type Pressed, unsupportedError } from "@openclaw-china/core/internal";
import { feishuError } from "../errors.ts";
import { cardMarkdown, summaryOf } from "./render.ts";

/** What a card may hold. Buttons: the contract's; bytes: the platform's 30 KB, less what is added when it is pressed. */
export const CARD_LIMITS = { buttons: 6, maxBytes: 29_000 } as const;

/** Card JSON 2.0. */
export interface CardJson {
  readonly schema: "2.0";
  readonly config: object;
  readonly header?: object;
  readonly body: { readonly elements: readonly object[] };
}

/** A card as it is shown, and as it is once nobody can press it any more. */
export interface DrawnCard {
  readonly shown: object;
  /** Absent: a native card, which stays as it is. */
  readonly over?: CardJson;
}

const REFUSED: Localized = { en: "This card waits for somebody else.", zh: "这张卡片等待其他人处理。" };
const OVER = "⌛ 已结束,按钮不再有效。 This is over; the buttons have no effect any more.";

/** `picture`: the `img_…` of its image; without one its description stands for it. Throws `too_large` (not sent). */
export function drawCard(card: Card, picture: string | undefined): DrawnCard {
  const native = card.native?.["feishu"];
  if (native !== undefined) return { shown: nativeCard(native) };
  const { buttons = [], inputs = [] } = card;
  if (buttons.length > CARD_LIMITS.buttons) {
    throw tooMuch(`${buttons.length} buttons`, `${CARD_LIMITS.buttons} buttons`);
  }
  const still = staticElements(card, picture);
  const over = cardJson(card, still);
  const shown = cardJson(card, [...still, ...actionElements(buttons, inputs)]);
  const bytes = Buffer.byteLength(JSON.stringify(shown));
  if (bytes > CARD_LIMITS.maxBytes) throw tooMuch(`${bytes} bytes`, `${CARD_LIMITS.maxBytes} bytes (JSON)`);
  return { shown, over };
}

/** A card whose text is replaced: the title stays, the buttons go. */
export function replacedCard(text: string, header: object | undefined): CardJson {
  const card: CardJson = {
    schema: "2.0",
    config: { update_multi: true, summary: { content: summaryOf(text) } },
    ...(header === undefined ? {} : { header }),
    body: { elements: [markdown(cardMarkdown(text))] },
  };
  const bytes = Buffer.byteLength(JSON.stringify(card));
  if (bytes > CARD_LIMITS.maxBytes) throw tooMuch(`${bytes} bytes`, `${CARD_LIMITS.maxBytes} bytes (JSON)`);
  return card;
}

/** What a press answers with: a notice for the person who may not, or the card for everybody: who chose what, buttons gone. */
export function pressUpdate(pressed: Pressed, over: CardJson | undefined): object {
  if (pressed.outcome === "refused") return toast("warning", REFUSED);
  const card = pressedCard(pressed, over);
  if (card !== undefined) return { card: { type: "raw", data: card } };
  if (pressed.outcome === "unclaimed") return {};
  const line = lineOf(pressed);
  return toast("info", { en: line, zh: line });
}

/** Undefined: it stays as it is. */
export function pressedCard(pressed: Pressed, over: CardJson | undefined): CardJson | undefined {
  if (over === undefined || pressed.outcome === "refused" || pressed.outcome === "unclaimed") return undefined;
  return { ...over, body: { elements: [...over.body.elements, markdown(cardMarkdown(lineOf(pressed)))] } };
}

function lineOf({ label, by }: Exclude<Pressed, { readonly outcome: "refused" | "unclaimed" }>): string {
  if (label === undefined) return OVER;
  const who = by?.name ?? by?.id;
  return `✅ ${label}${who === undefined ? "" : ` · ${who.replace(/\s+/g, " ")}`}`;
}

function toast(type: "info" | "warning", { en, zh }: Localized): object {
  const i18n = { zh_cn: zh, en_us: en };
  return { toast: { type, content: en === zh ? zh : `${zh} ${en}`, ...(en === zh ? {} : { i18n }) } };
}

function cardJson({ title }: Card, elements: readonly object[]): CardJson {
  return {
    schema: "2.0",
    config: { update_multi: true, width_mode: "fill", summary: { content: summaryOf(title) } },
    header: { title: plain(title), template: "blue" },
    body: { elements },
  };
}

/** Image, text, fields, in this order; whom it calls stands in front. */
function staticElements({ image, text, fields = [], mentions }: Card, picture: string | undefined): readonly object[] {
  const called = mentions === undefined ? [] : mentions === "all" ? ["all"] : mentions;
  const blocks = [text ?? "", fields.map(({ name, value }) => `**${name}**:${value}`).join("\n")];
  return [
    ...(called.length === 0
      ? []
      : [markdown(called.map((id) => `<at id=${id.replaceAll(/[\s<>]/g, "")}></at>`).join(" "))]),
    ...(image === undefined ? [] : [imageElement(image, picture)]),
    ...blocks.filter((block) => block !== "").map((block) => markdown(cardMarkdown(block))),
  ];
}

function imageElement({ file, alt }: NonNullable<Card["image"]>, picture: string | undefined): object {
  if (picture !== undefined) return { tag: "img", img_key: picture, alt: plain(alt) };
  return markdown(cardMarkdown(file instanceof URL ? `[🖼 ${alt.replace(/[[\]]/g, "")}](${file.href})` : `🖼 *${alt}*`));
}

/** Inputs make a form, whose buttons send what was filled in; links stand below. */
function actionElements(buttons: readonly CardButton[], inputs: readonly CardInput[]): readonly object[] {
  if (inputs.length === 0) return buttonRow(buttons.map((one) => buttonElement(one, { inputs, submits: false })));
  const presses = buttons.flatMap((one) => ("id" in one ? [buttonElement(one, { inputs, submits: true })] : []));
  const links = buttons.flatMap((one) => ("url" in one ? [buttonElement(one, { inputs, submits: false })] : []));
  const elements = [...inputs.flatMap(inputElements), ...buttonRow(presses)];
  return [{ tag: "form", name: "form", elements }, ...buttonRow(links)];
}

function buttonRow(buttons: readonly object[]): readonly object[] {
  if (buttons.length === 0) return [];
  const columns = buttons.map((button) => ({ tag: "column", width: "auto", elements: [button] }));
  return [{ tag: "column_set", flex_mode: "flow", columns }];
}

function buttonElement(
  button: CardButton,
  { inputs, submits }: { readonly inputs: readonly CardInput[]; readonly submits: boolean },
): object {
  const text = plain(button.label);
  if ("url" in button) {
    return { tag: "button", text, type: "default", behaviors: [{ type: "open_url", default_url: button.url }] };
  }
  // Names of a card are unique; what was pressed is told by the value.
  const name = inputs.some(({ id }) => id === button.id) ? `${button.id}_button` : button.id;
  const behaviors = [{ type: "callback", value: { button: button.id } }];
  const form = submits ? { form_action_type: "submit" } : {};
  return { tag: "button", name, text, type: button.style ?? "default", ...form, behaviors };
}

function inputElements(input: CardInput): readonly object[] {
  const { id: name, label } = input;
  if (input.kind === "text") {
    const placeholder = input.placeholder === undefined ? {} : { placeholder: plain(input.placeholder) };
    return [{ tag: "input", name, label: plain(label), label_position: "top", ...placeholder }];
  }
  const tag = input.multiple === true ? "multi_select_static" : "select_static";
  const options = input.options.map((one) => ({ text: plain(one.label), value: one.id }));
  return [markdown(cardMarkdown(`**${label}**`)), { tag, name, placeholder: plain(label), options }];
}

function markdown(content: string): object {
  return { tag: "markdown", content };
}

function plain(content: string): object {
  return { tag: "plain_text", content };
}

/** Card JSON, `{ type: "template", data }` or `{ type: "card", data }`, as the platform takes it. */
function nativeCard(native: unknown): object {
  if (typeof native === "object" && native !== null && !Array.isArray(native)) return native;
  throw unsupportedError("feishu", "show a native card without native.feishu = card JSON");
}

function tooMuch(has: string, most: string): Error {
  return feishuError("large", {
    message: `a card of Feishu holds at most ${most}, and this one has ${has}`,
    outcome: "not_sent",
    fix: { en: "Send the text as a message of its own, and a short card.", zh: "请将长文本单独发送,卡片保持简短。" },
  });
}
