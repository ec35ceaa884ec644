/** Text and files of a message by its type. Pure; what cannot be read becomes a note in brackets, never an exception. */
import type { FileRef } from "@openclaw-china/core";
import { timeOf } from "../wire/envelope.ts";
import { type Content, type Fields, fieldsOf, type FileHandle, listOf, stringOf } from "./fields.ts";
import { ALL, type Mentions, withNames } from "./mention.ts";
import { postOf } from "./post.ts";

/** Of `content`, which is JSON. */
export function contentOf(type: string, content: unknown, mentions: Mentions): Content {
  const fields = fieldsOf(content);
  const files = attachmentsOf(type, fields);
  if (files !== undefined) return { text: "", attachments: files, mentionsAll: false };
  if (type === "text") {
    const text = stringOf(fields["text"]);
    return { text: withNames(text, mentions).trim(), attachments: [], mentionsAll: text.includes(ALL) };
  }
  if (type === "post") return postOf(fields, mentions);
  return { text: noteOf(type, fields), attachments: [], mentionsAll: false };
}

/** Undefined: not a message that is a file. */
function attachmentsOf(type: string, fields: Fields): readonly FileRef[] | undefined {
  switch (type) {
    case "image":
      return fileOf("image", { key: stringOf(fields["image_key"]), type: "image" });
    case "file":
      return fileOf("file", { key: stringOf(fields["file_key"]), type: "file" }, fields);
    case "audio":
      return fileOf("voice", { key: stringOf(fields["file_key"]), type: "file" }, fields);
    case "media":
      return fileOf("video", { key: stringOf(fields["file_key"]), type: "file" }, fields);
    default:
      return undefined;
  }
}

function fileOf(media: FileRef["media"], handle: FileHandle, fields: Fields = {}): readonly FileRef[] {
  if (handle.key === "") return [];
  const name = stringOf(fields["file_name"]);
  const durationMs = timeOf(fields["duration"]);
  return [
    {
      media,
      ...(name === "" ? {} : { name: baseName(name) }),
      ...(durationMs === undefined ? {} : { durationMs }),
      handle,
    },
  ];
}

/** The last part of whatever the sender called it; still untrusted. */
function baseName(name: string): string {
  const last = name
    .split(/[/\\]/)
    .at(-1)
    ?.replaceAll(/\p{Cc}/gu, "")
    .trim();
  return last === undefined || /^\.*$/.test(last) ? "file" : last;
}

/** What stands for a message whose content is no text of its own. */
function noteOf(type: string, fields: Fields): string {
  const text = (key: string): string => stringOf(fields[key]);
  switch (type) {
    case "folder":
      return `[folder: ${text("file_name")}]`;
    case "share_chat":
      return `[chat card: ${text("chat_id")}]`;
    case "share_user":
      return `[user card: ${text("user_id")}]`;
    case "merge_forward":
      return "[forwarded messages]";
    case "interactive":
      return cardText(fields);
    case "location":
      return `[location: ${[text("name"), `${text("latitude")},${text("longitude")}`].filter((part) => part !== "").join(" ")}]`;
    case "system":
      return systemText(fields);
    case "share_calendar_event":
    case "calendar":
    case "general_calendar":
      return [`[calendar] ${text("summary")}`.trim(), spanOf(fields)].filter((line) => line !== "").join("\n");
    case "video_chat":
      return `[meeting] ${text("topic")}`.trim();
    case "todo":
      return `[task] ${todoText(fields)}`.trim();
    case "vote":
      return [`[vote] ${text("topic")}`.trim(), ...listOf(fields["options"]).map((one) => `- ${stringOf(one)}`)].join(
        "\n",
      );
    case "hongbao":
      return `[red packet] ${text("text")}`.trim();
    default:
      return `[${type}]`;
  }
}

/** Of the simplified card that bots receive: title, and each text on a line of its own. */
function cardText(fields: Fields): string {
  const lines = listOf(fields["elements"])
    .flatMap(listOf)
    .map((element) => stringOf(fieldsOf(element)["text"]));
  return [stringOf(fields["title"]), ...lines].filter((line) => line !== "").join("\n") || "[interactive]";
}

/** `{from_user} invited {to_chatters}`, with the names filled in. */
function systemText(fields: Fields): string {
  const template = stringOf(fields["template"]);
  const filled = template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = fields[name];
    return Array.isArray(value) ? value.map(stringOf).join(", ") : stringOf(value) || whole;
  });
  return filled || "[system]";
}

function spanOf(fields: Fields): string {
  const ends = [fields["start_time"], fields["end_time"]].map(timeOf).filter((at) => at !== undefined);
  return ends.map((at) => new Date(at).toISOString()).join(" – ");
}

function todoText(fields: Fields): string {
  const summary = fieldsOf(fields["summary"]);
  const words = listOf(summary["content"])
    .flatMap(listOf)
    .map((part) => stringOf(fieldsOf(part)["text"]));
  return [stringOf(summary["title"]), words.join("")].filter((line) => line !== "").join("\n");
}
