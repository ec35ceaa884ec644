/** Rich texts (`post`): paragraphs of styled parts to markdown. Pure. */
import type { FileRef } from "@openclaw-china/core";
import { type Content, type Fields, fieldsOf, type FileHandle, listOf, stringOf } from "./fields.ts";
import { ALL, type Mentions, withNames } from "./mention.ts";

/** Styles of a part, innermost first. */
const MARKS: Readonly<Record<string, readonly [open: string, close: string]>> = {
  bold: ["**", "**"],
  italic: ["*", "*"],
  underline: ["<u>", "</u>"],
  lineThrough: ["~~", "~~"],
};

/** The post itself, or wrapped in one language or several, of which the first is taken. */
export function postOf(fields: Fields, mentions: Mentions): Content {
  const post = fields["content"] === undefined ? fieldsOf(Object.values(fields)[0]) : fields;
  const attachments: FileRef[] = [];
  let mentionsAll = false;
  const lines = listOf(post["content"]).map((paragraph) => {
    let line = "";
    let blankGoes = false;
    for (const part of listOf(paragraph).map(fieldsOf)) {
      attachments.push(...filesOf(part));
      if (part["tag"] === "at" && part["user_id"] === ALL) mentionsAll = true;
      const isSelf = part["tag"] === "at" && mentions.named(stringOf(part["user_id"]))?.isSelf === true;
      if (isSelf && line !== "") line = line.replace(/[ \t]$/, "");
      const text = partText(part, mentions);
      line += blankGoes ? text.replace(/^[ \t]/, "") : text;
      blankGoes = isSelf && line === "";
    }
    return line;
  });
  const title = stringOf(post["title"]);
  return { text: [...(title === "" ? [] : [`# ${title}`]), ...lines].join("\n").trim(), attachments, mentionsAll };
}

function partText(part: Fields, mentions: Mentions): string {
  const text = stringOf(part["text"]);
  switch (part["tag"]) {
    case "text":
      return styled(withNames(text, mentions), part);
    case "md":
      return withNames(text, mentions);
    case "a":
      return styled(`[${text}](${stringOf(part["href"])})`, part);
    case "at":
      return atText(part, mentions);
    case "img":
      return "[image]";
    case "media":
      return "[video]";
    case "emotion":
      return `[${stringOf(part["emoji_type"])}]`;
    case "code_block":
      return `\`\`\`${stringOf(part["language"]).toLowerCase()}\n${text.replace(/\n$/, "")}\n\`\`\``;
    case "hr":
      return "---";
    default:
      return text;
  }
}

/** `user_id` is the mention's key; in older payloads the open_id. */
function atText(part: Fields, mentions: Mentions): string {
  const id = stringOf(part["user_id"]);
  if (id === ALL) return "@all";
  const known = mentions.named(id);
  if (known?.isSelf === true) return "";
  return `@${known?.name || stringOf(part["user_name"])}`;
}

/** Blanks at the ends stay outside of the marks: within them markdown would not see marks at all. */
function styled(text: string, part: Fields): string {
  const [, before = "", inner = "", after = ""] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text) ?? [];
  if (inner === "") return text;
  const marked = listOf(part["style"]).reduce<string>((within, style) => {
    const [open, close] = MARKS[stringOf(style)] ?? ["", ""];
    return `${open}${within}${close}`;
  }, inner);
  return `${before}${marked}${after}`;
}

function filesOf(part: Fields): readonly FileRef[] {
  if (part["tag"] === "img" && stringOf(part["image_key"]) !== "") {
    const handle: FileHandle = { key: stringOf(part["image_key"]), type: "image" };
    return [{ media: "image", handle }];
  }
  if (part["tag"] === "media" && stringOf(part["file_key"]) !== "") {
    const handle: FileHandle = { key: stringOf(part["file_key"]), type: "file" };
    return [{ media: "video", handle }];
  }
  return [];
}
