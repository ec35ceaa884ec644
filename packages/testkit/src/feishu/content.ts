/** What people see of a message's content, and what the platform refuses. */
import type { Posted } from "../screen.ts";
import { type CardView, cardFault, markdownShown, MAX_CARD_BYTES, unescaped, viewCard } from "./card-json.ts";
import { asJson, type Json, listOf, objectIn, textIn } from "./json.ts";
import type { Bot } from "./tenant.ts";

const MAX_TEXT_BYTES = 153_600;

export type Readable = Pick<Posted, "kind" | "text"> &
  Partial<Pick<Posted, "file" | "buttons" | "state">> & {
    /** Of a card. */
    readonly view?: CardView;
    /** Of a card entity. */
    readonly cardId?: string;
  };

/** Something uploaded, by its key. */
export interface Uploaded {
  readonly appId: string;
  /** `image`, or the `file_type`. */
  readonly type: string;
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** As the upload says. */
  readonly durationMs?: number;
}

export interface ContentParts {
  readonly uploaded: (key: string) => Uploaded | undefined;
  /** A card entity: what it shows now, or the code of the refusal. */
  readonly entity: (cardId: string, bot: Bot) => CardView | string;
  readonly nameOf: (openId: string, bot: Bot) => string | undefined;
}

/** `shownOf(bot, type, content)`: what is seen, or the refusal, as `answers.ts` takes it. */
export type ShownOf = (bot: Bot, type: string, content: unknown) => Readable | string;

/** A content that is seen whatever it says; `230001` for a type that there is not. */
export function createContent(parts: ContentParts): ShownOf {
  return (bot, type, content) => {
    if (typeof content !== "string") return "230001 content is not a string";
    const limit = type === "text" ? MAX_TEXT_BYTES : MAX_CARD_BYTES;
    if (Buffer.byteLength(content) > limit) return "230025";
    const json = objectIn(content);
    if (json === undefined) return "230001 content is not in JSON format";
    const names = (id: string): string | undefined => parts.nameOf(id, bot);
    switch (type) {
      case "text":
        return textShown(json, names);
      case "post":
        return postShown(json, names, parts);
      case "interactive":
        return cardShown(json, bot, parts);
      case "image":
      case "file":
      case "audio":
      case "media":
      case "sticker":
        return mediaShown(type, json, { bot, ...parts });
      case "share_chat":
      case "share_user":
        return {
          kind: "text",
          text: `[${type}] ${String(json["share_chat_id"] ?? json["chat_id"] ?? json["user_id"])}`,
        };
      default:
        return "230001 invalid msg_type";
    }
  };
}

type Names = (openId: string) => string | undefined;

function textShown({ text }: Json, names: Names): Readable | string {
  if (typeof text !== "string" || text === "") return "230001 text is empty";
  return { kind: "text", text: plainShown(text, names) };
}

/** Mentions are names; what was escaped is what it was. */
export function plainShown(text: string, names: Names): string {
  const mentions = text.replaceAll(/<at user_id="([^"]*)">(.*?)<\/at>/g, (_, id: string, name: string) =>
    id === "all" ? "@all" : `@${names(id) ?? (name || id)}`,
  );
  return unescaped(mentions);
}

const ALONE = new Set(["md", "img", "media", "hr"]);

function postShown(json: Json, names: Names, { uploaded }: ContentParts): Readable | string {
  const post = asJson(json["zh_cn"] ?? json["en_us"] ?? json["ja_jp"]);
  const paragraphs = Array.isArray(post["content"]) ? post["content"].map(listOf) : undefined;
  if (paragraphs === undefined) return "230001 invalid post content";
  const isCrowded = paragraphs.some((one) => one.length > 1 && one.some(({ tag }) => ALONE.has(String(tag))));
  if (isCrowded) return "230001 md, img, media and hr stand alone in a paragraph";
  const keys = paragraphs.flat().flatMap(({ image_key: key }) => textIn(key) ?? []);
  if (keys.some((key) => uploaded(key) === undefined)) return "230001 invalid image_key";
  const lines = paragraphs.map((one) => one.map((element) => postElement(element, names)).join(""));
  const title = textIn(post["title"]);
  return { kind: "markdown", text: [...(title === undefined ? [] : [title]), ...lines].join("\n") };
}

function postElement(element: Json, names: Names): string {
  const text = String(element["text"] ?? "");
  switch (element["tag"]) {
    case "a":
      return `[${text}](${String(element["href"])})`;
    case "at": {
      const id = String(element["user_id"]);
      return id === "all" ? "@all" : `@${names(id) ?? id}`;
    }
    case "img":
      return "[image]";
    case "media":
      return "[video]";
    case "emotion":
      return `[${String(element["emoji_type"])}]`;
    case "code_block":
      return `\`\`\`${String(element["language"] ?? "")}\n${text}\n\`\`\``;
    case "hr":
      return "---";
    case "md":
      return markdownShown(text, names);
    default:
      return text;
  }
}

/** As a message: the card itself, a card entity, or a template. */
function cardShown(json: Json, bot: Bot, { uploaded, entity, nameOf }: ContentParts): Readable | string {
  const data = asJson(json["data"]);
  if (json["type"] === "card") {
    const cardId = String(data["card_id"]);
    const view = entity(cardId, bot);
    return typeof view === "string" ? view : { ...cardReadable(view), cardId };
  }
  if (json["type"] === "template") {
    const values = Object.values(asJson(data["template_variable"])).map(String);
    return { kind: "card", text: values.join("\n") };
  }
  const fault = cardFault(json, (key) => uploaded(key) !== undefined);
  if (fault !== undefined) return `230099 ${fault}`;
  return cardReadable(viewCard(json, (id) => nameOf(id, bot)));
}

export function cardReadable(view: CardView): Readable & { readonly view: CardView } {
  const buttons = view.buttons.map(({ id, label }) => ({ id, label }));
  return { kind: "card", text: view.text, buttons, state: view.isStreaming ? "growing" : "finished", view };
}

/** What the screen needs of it. */
export function boardPart(shown: Readable): Omit<Readable, "view" | "cardId"> & Pick<Required<Readable>, "state"> {
  const { view: _view, cardId: _cardId, state = "finished", ...rest } = shown;
  return { ...rest, state };
}

/** `file_type`s that go as that message. */
const FILE_TYPES: Readonly<Record<string, readonly string[]>> = {
  image: ["image"],
  audio: ["opus"],
  media: ["mp4"],
  file: ["stream", "pdf", "doc", "xls", "ppt"],
  sticker: ["image", "stream"],
};

function mediaShown(
  type: string,
  json: Json,
  { bot, uploaded }: ContentParts & { readonly bot: Bot },
): Readable | string {
  const name = type === "image" ? "image_key" : "file_key";
  const found = uploaded(String(json[name]));
  if (found === undefined) return `230001 invalid ${name}`;
  const cover = type === "media" ? textIn(json["image_key"]) : undefined;
  if (cover !== undefined && uploaded(cover)?.type !== "image") return "230001 invalid image_key";
  if (found.appId !== bot.appId) return "230017";
  if (FILE_TYPES[type]?.includes(found.type) !== true) return "230055";
  const file = new File([found.bytes], found.name, { type: found.contentType });
  return { kind: "media", text: found.name, file };
}
