/** Text and files of a message by its type. Pure; an unknown type has neither, and stays in `raw`. */
import type { FileRef } from "@openclaw-china/core";
import { parseJson } from "../wire/envelope.ts";

export interface Content {
  readonly text: string;
  readonly attachments: readonly FileRef[];
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

type Fields = Readonly<Record<string, unknown>>;

/** `msgtype` with its `text` and `content`; used for messages and for what they quote. */
export function contentOf(msgtype: string, text: unknown, content: unknown): Content {
  const fields = fieldsOf(content);
  switch (msgtype) {
    case "text":
      return {
        text: stringOf(fieldsOf(text)["content"] ?? fields["content"] ?? fields["text"]).trim(),
        attachments: [],
      };
    case "markdown":
      return { text: stringOf(fields["text"]), attachments: [] };
    case "richText":
      return richText(fields["richText"]);
    case "picture":
      return { text: "", attachments: filesOf("image", fields) };
    case "audio":
      return { text: stringOf(fields["recognition"]), attachments: filesOf("voice", fields) };
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

function fieldsOf(value: unknown): Fields {
  const parsed = typeof value === "string" ? parseJson(value) : value;
  return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? (parsed as Fields) : {};
}

function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Parts are joined without a separator: they carry their own line breaks. Quotes use `msgType`/`content`. */
function richText(parts: unknown): Content {
  let text = "";
  const pictures = new Map<string, FileRef>();
  for (const part of Array.isArray(parts) ? parts.map(fieldsOf) : []) {
    const kind = part["type"] ?? part["msgType"] ?? "text";
    if (kind === "picture") {
      for (const file of filesOf("image", part)) pictures.set(String((file.handle as FileHandle).downloadCode), file);
    } else if (kind === "at") {
      text += `@${stringOf(part["atName"])}`;
    } else {
      text += stringOf(part["text"] ?? part["content"]);
    }
  }
  return { text: text.trim(), attachments: [...pictures.values()] };
}

function filesOf(media: FileRef["media"], fields: Fields): readonly FileRef[] {
  const text = (name: string): string | undefined => (typeof fields[name] === "string" ? fields[name] : undefined);
  const code = text("downloadCode") ?? text("pictureDownloadCode");
  if (code === undefined) return [];
  const fallback = text("pictureDownloadCode");
  const handle: FileHandle = {
    downloadCode: code,
    ...(fallback === undefined || fallback === code ? {} : { fallbackDownloadCode: fallback }),
    ...(text("spaceId") === undefined ? {} : { spaceId: String(text("spaceId")) }),
    ...(text("fileId") === undefined ? {} : { fileId: String(text("fileId")) }),
  };
  const name = text("fileName");
  const durationMs = durationOf(media, fields["duration"]);
  return [
    {
      media,
      ...(name === undefined ? {} : { name: baseName(name) }),
      ...(durationMs === undefined ? {} : { durationMs }),
      handle,
    },
  ];
}

/** A voice's duration is in milliseconds, a video's in seconds; both may be strings. */
function durationOf(media: FileRef["media"], duration: unknown): number | undefined {
  const value = duration === undefined || duration === null || duration === "" ? Number.NaN : Number(duration);
  if (!Number.isFinite(value)) return undefined;
  return media === "video" ? value * 1_000 : value;
}

/** The last part of whatever the sender called it; still untrusted. */
function baseName(name: string): string {
  return name.split(/[/\\]/).at(-1) || "file";
}

function chatRecord(fields: Fields): string {
  const raw = fields["chatRecord"] ?? fields["records"] ?? fields["messages"];
  const records = typeof raw === "string" ? parseJson(raw) : raw;
  const lines = (Array.isArray(records) ? records.map(fieldsOf) : []).map((record) => {
    const who = stringOf(record["senderName"] ?? record["senderNick"]);
    const content = record["content"];
    const said = typeof content === "string" ? content : stringOf(fieldsOf(content)["text"] ?? record["text"]);
    return `${who}: ${said}`;
  });
  return lines.length === 0 ? "" : [`[${stringOf(fields["title"])}]`, ...lines].join("\n");
}

/** A document shared into the chat; other cards have no readable text. */
function documentOf(fields: Fields): readonly FileRef[] {
  const address = stringOf(fields["biz_custom_action_url"]);
  const query = new URLSearchParams(address.split("?")[1] ?? "");
  const spaceId = query.get("spaceId");
  const fileId = query.get("fileId");
  if (query.get("route") !== "previewDentry" || spaceId === null || fileId === null) return [];
  return [{ media: "file", handle: { spaceId, fileId } satisfies FileHandle }];
}
