/** Text and files of a message by its type. Pure; an unknown type has neither, and stays in `raw`. */
import type { FileRef } from "@openclaw-china/core";
import { parseJson } from "../wire/envelope.ts";

export interface Content {
  readonly text: string;
  readonly attachments: readonly FileRef[];
}

/** What carries a message, or one that is quoted. */
export interface Carrier {
  readonly msgtype: string;
  readonly text?: unknown;
  readonly content?: unknown;
  /** The bot's encrypted id: its mention among the parts of a rich text is left out. */
  readonly selfId?: string | null | undefined;
}

/** `handle` of our FileRefs: what `download` needs. */
export interface FileHandle {
  readonly downloadCode?: string;
  /** The older variant, tried when the first is refused. */
  readonly fallbackDownloadCode?: string;
  readonly spaceId?: string;
  readonly fileId?: string;
  readonly robotCode?: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Used for messages and for what they quote. */
export function contentOf({ msgtype, text, content, selfId }: Carrier): Content {
  const fields = fieldsOf(content);
  switch (msgtype) {
    case "text":
    case "markdown":
      return { text: (wordsOf(text) || wordsOf(content)).trim(), attachments: [] };
    case "richText":
      return richText(content, selfId);
    case "picture":
      return { text: "", attachments: filesOf("image", fields) };
    case "audio":
      return { text: stringOf(fields["recognition"]).trim(), attachments: filesOf("voice", fields) };
    case "video":
      return { text: "", attachments: filesOf("video", fields) };
    case "file":
      return { text: "", attachments: filesOf("file", fields) };
    case "chatRecord":
      return { text: chatRecord(fields), attachments: [] };
    case "interactiveCard":
      return { text: "", attachments: documentOf(fields) };
    default:
      return { text: "", attachments: [] };
  }
}

/** The platform hands over nothing of it: the sentence in its place is the platform's, never the person's. */
export function isUnreadable(msgtype: string, { text }: Content): boolean {
  return msgtype === "unknownMsgType" || (msgtype === "chatRecord" && text === "");
}

/** An object, or the same as JSON; nothing else has fields. */
export function fieldsOf(value: unknown): Fields {
  const parsed = typeof value === "string" ? parseJson(value) : value;
  return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? (parsed as Fields) : {};
}

/** Texts and numbers as text; "" for everything else. */
export function stringOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** `{content}`, `{text}`, either as JSON, or the words themselves. */
function wordsOf(value: unknown): string {
  const fields = fieldsOf(value);
  const inner = fields["content"] ?? fields["text"];
  if (inner !== undefined) return typeof inner === "object" ? wordsOf(inner) : stringOf(inner);
  return typeof value === "string" && Object.keys(fields).length === 0 ? value : "";
}

/** Parts are joined without a separator: they carry their own line breaks. Quotes use `msgType`/`content`. */
function richText(content: unknown, selfId: Carrier["selfId"]): Content {
  let text = "";
  const pictures = new Map<string, FileRef>();
  for (const part of partsOf(content)) {
    const fields = fieldsOf(part);
    const kind = fields["type"] ?? fields["msgType"] ?? (fields["downloadCode"] === undefined ? "text" : "picture");
    if (kind === "picture") {
      for (const file of filesOf("image", fields)) {
        const code = (file.handle as FileHandle).downloadCode ?? "";
        if (!pictures.has(code)) pictures.set(code, file);
      }
    } else if (kind === "at") {
      const isSelf = Boolean(selfId) && fields["atUserId"] === selfId;
      if (!isSelf) text += `@${stringOf(fields["atName"])}`;
    } else {
      text += typeof part === "string" ? part : stringOf(fields["text"] ?? fields["content"]);
    }
  }
  return { text: text.trim(), attachments: [...pictures.values()] };
}

function partsOf(content: unknown): readonly unknown[] {
  const parsed = typeof content === "string" ? parseJson(content) : content;
  const parts = Array.isArray(parsed) ? (parsed as unknown) : fieldsOf(parsed)["richText"];
  return listOf(parts);
}

function listOf(value: unknown): readonly unknown[] {
  const parsed = typeof value === "string" ? parseJson(value) : value;
  return Array.isArray(parsed) ? (parsed as unknown[]) : [];
}

function filesOf(media: FileRef["media"], fields: Fields): readonly FileRef[] {
  const text = (name: string): string | undefined => stringOf(fields[name]) || undefined;
  const fallback = text("pictureDownloadCode");
  const downloadCode = text("downloadCode") ?? fallback;
  if (downloadCode === undefined) return [];
  const [spaceId, fileId] = [text("spaceId"), text("fileId")];
  const handle: FileHandle = {
    downloadCode,
    ...(fallback === undefined || fallback === downloadCode ? {} : { fallbackDownloadCode: fallback }),
    ...(spaceId === undefined ? {} : { spaceId }),
    ...(fileId === undefined ? {} : { fileId }),
  };
  const name = typeof fields["fileName"] === "string" ? { name: baseName(fields["fileName"]) } : {};
  return [{ media, ...name, ...durationOf(media, fields["duration"]), handle }];
}

/** A voice's duration is in milliseconds, a video's in seconds; both may be strings. */
function durationOf(media: FileRef["media"], duration: unknown): { readonly durationMs?: number } {
  const value = stringOf(duration).trim() === "" ? Number.NaN : Number(duration);
  if (!Number.isFinite(value)) return {};
  return { durationMs: media === "video" ? value * 1_000 : value };
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

/** One line for each message that was forwarded; "" when none of them can be read. */
function chatRecord(fields: Fields): string {
  const records = listOf(fields["chatRecord"] ?? fields["records"] ?? fields["messages"]).map((record) => {
    const { senderName, senderNick, content, text } = fieldsOf(record);
    return { who: stringOf(senderName ?? senderNick), said: wordsOf(content) || wordsOf(text) };
  });
  if (records.every(({ said }) => said.trim() === "")) return "";
  const title = stringOf(fields["title"]);
  const lines = records.map(({ who, said }) => (who === "" ? said : `${who}: ${said}`));
  return [...(title === "" ? [] : [`[${title}]`]), ...lines].join("\n");
}

/** A document shared into the chat; other cards have no readable text. */
function documentOf(fields: Fields): readonly FileRef[] {
  const [, search = ""] = stringOf(fields["biz_custom_action_url"]).split(/[?#]/);
  const query = new URLSearchParams(search);
  const [spaceId, fileId] = [query.get("spaceId"), query.get("fileId")];
  if (query.get("route") !== "previewDentry" || (query.get("type") ?? "file") !== "file") return [];
  if (!spaceId || !fileId) return [];
  return [{ media: "file", handle: { spaceId, fileId } satisfies FileHandle }];
}
