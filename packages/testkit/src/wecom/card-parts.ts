/** What a template card must have, what people read of it, and what they can press. */
import type { Shown } from "../simulator.ts";
import { asJson, asList, asText, type Json } from "./json.ts";

const INVALID = "40058";
const MAX_KEY_BYTES = 1_024;
const TASK_ID = /^[0-9A-Za-z_\-@]{1,128}$/;

/** The code of the error that this card gets; the platform does not say which member is wrong. */
export function cardFault(card: Json): string | undefined {
  const needed = NEEDS[String(card["card_type"])];
  if (needed === undefined || !needed(card)) return INVALID;
  const { task_id: taskId, action_menu: menu } = card;
  if (taskId !== undefined && !TASK_ID.test(String(taskId))) return INVALID;
  if (menu !== undefined && taskId === undefined) return INVALID;
  if (asList(card["horizontal_content_list"]).length > 6 || asList(card["jump_list"]).length > 3) return INVALID;
  const keys = controlsOf(card).map(({ id }) => id);
  const areKeysRight = keys.every((key) => key !== "" && Buffer.byteLength(key) <= MAX_KEY_BYTES);
  return areKeysRight && new Set(keys).size === keys.length ? undefined : INVALID;
}

const hasTitle = (card: Json): boolean => asText(asJson(card["main_title"])["title"]) !== undefined;
const hasLink = (card: Json): boolean => [1, 2].includes(Number(asJson(card["card_action"])["type"]));
const isBetween = (list: unknown, least: number, most: number): boolean =>
  asList(list).length >= least && asList(list).length <= most;
const hasTask = (card: Json): boolean => asText(card["task_id"]) !== undefined;
const hasSubmit = (card: Json): boolean => {
  const { text, key } = asJson(card["submit_button"]);
  return asText(text) !== undefined && asText(key) !== undefined;
};

const NEEDS: Readonly<Record<string, (card: Json) => boolean>> = {
  text_notice: (card) => hasLink(card) && (hasTitle(card) || asText(card["sub_title_text"]) !== undefined),
  news_notice: (card) =>
    hasTitle(card) && hasLink(card) && (card["card_image"] !== undefined || card["image_text_area"] !== undefined),
  button_interaction: (card) =>
    hasTitle(card) &&
    hasTask(card) &&
    isBetween(card["button_list"], 1, 6) &&
    asList(card["button_list"]).every(({ text }) => asText(text) !== undefined) &&
    (card["button_selection"] === undefined || isBetween(asJson(card["button_selection"])["option_list"], 1, 10)),
  vote_interaction: (card) =>
    hasTitle(card) && hasTask(card) && hasSubmit(card) && isBetween(asJson(card["checkbox"])["option_list"], 1, 20),
  multiple_interaction: (card) =>
    hasTitle(card) &&
    hasTask(card) &&
    hasSubmit(card) &&
    isBetween(card["select_list"], 1, 3) &&
    asList(card["select_list"]).every(({ option_list: options }) => isBetween(options, 1, 10)),
};

/** From top to bottom. */
export function cardText(card: Json): string {
  const { title, desc } = asJson(card["main_title"]);
  const emphasis = asJson(card["emphasis_content"]);
  const quote = asJson(card["quote_area"]);
  const rows = asList(card["horizontal_content_list"]).map(
    ({ keyname, value }) => `${String(keyname)}: ${String(value ?? "")}`,
  );
  const paragraphs = asList(card["vertical_content_list"]).flatMap((one) => [one["title"], one["desc"]]);
  const head = [asJson(card["source"])["desc"], title, desc, emphasis["title"], emphasis["desc"]];
  const rest = [quote["title"], quote["quote_text"], card["sub_title_text"], ...paragraphs, ...rows];
  return [...head, ...rest, card["replace_text"]].flatMap((text) => asText(text) ?? []).join("\n");
}

/** Buttons, menu and jumps, in order; what only opens an address has that as its id. */
export function controlsOf(card: Json): Shown["buttons"] {
  const button = ({ text, key, url }: Json): Shown["buttons"][number] => ({
    id: String(key ?? url ?? ""),
    label: String(text),
  });
  const submit = card["submit_button"] === undefined ? [] : [asJson(card["submit_button"])];
  const menu = asList(asJson(card["action_menu"])["action_list"]);
  const jumps = asList(card["jump_list"]).map(({ title, url, question, appid }) => ({
    id: String(url ?? question ?? appid ?? title),
    label: String(title),
  }));
  return [...asList(card["button_list"]).map(button), ...submit.map(button), ...menu.map(button), ...jumps];
}

/** Questions, and what is chosen before anybody chooses: option ids with commas. */
export function choicesOf(card: Json): readonly { readonly key: string; readonly chosen: string }[] {
  const lists = [card["button_selection"], ...asList(card["select_list"])].filter((one) => one !== undefined);
  const selections = lists.map(asJson).map(({ question_key: key, selected_id: id }) => ({
    key: String(key),
    chosen: asText(id) ?? "",
  }));
  if (card["checkbox"] === undefined) return selections;
  const { question_key: key, option_list: options } = asJson(card["checkbox"]);
  const checked = asList(options).filter(({ is_checked: isChecked }) => isChecked === true);
  return [...selections, { key: String(key), chosen: checked.map(({ id }) => String(id)).join(",") }];
}
