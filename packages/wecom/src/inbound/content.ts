/** Text and files of a bot message by its type. Pure; an unknown type has neither, and stays in `raw`. */
import type { FileRef } from "@openclaw-china/core";
import { parseJson } from "../wire/envelope.ts";

export interface Content {
  readonly text: string;
  readonly attachments: readonly FileRef[];
}

/**
 * `handle` of our FileRefs: what `download` needs. An address of a bot's file, sealed with `aesKey` (with the callback's own
 * key where there is none), or an id of the media interface, asked with the token of the application or of customer service.
 */
export type FileHandle =
  | { readonly url: string; readonly aesKey?: string }
  | { readonly mediaId: string; readonly of: "app" | "kf" };

export type Fields = Readonly<Record<string, unknown>>;

/** How long an address of a bot's file is valid. */
const ADDRESS_MS = 300_000;

const MEDIA = { image: "image", file: "file", video: "video" } as const;

/** Used for messages and for what they quote. `receivedAt`: the life of an address is counted from there. */
export function contentOf(message: Fields, receivedAt: number): Content {
  const type = stringOf(message["msgtype"]);
  const body = fieldsOf(message[type]);
  switch (type) {
    case "text":
    case "voice": // already put into words; the sound itself is not handed over
    case "markdown":
      return { text: stringOf(body["content"]).trim(), attachments: [] };
    case "mixed":
      return mixed(body, receivedAt);
    case "image":
    case "file":
    case "video":
      return { text: "", attachments: filesOf(MEDIA[type], body, receivedAt) };
    default:
      return { text: "", attachments: [] };
  }
}

/** The platform hands over nothing of it. */
export function isUnreadable({ text, attachments }: Content, type: string): boolean {
  return text === "" && attachments.length === 0 && !["text", "voice", "mixed"].includes(type);
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

/** Texts are joined by line breaks; pictures keep their order. */
function mixed(body: Fields, receivedAt: number): Content {
  const items = body["msg_item"];
  const parts = (Array.isArray(items) ? (items as unknown[]) : []).map((item) => contentOf(fieldsOf(item), receivedAt));
  return {
    text: parts
      .map(({ text }) => text)
      .filter((text) => text !== "")
      .join("\n"),
    attachments: parts.flatMap(({ attachments }) => attachments),
  };
}

/** Neither name nor size is told; they come with the file. */
function filesOf(media: FileRef["media"], body: Fields, receivedAt: number): readonly FileRef[] {
  const url = stringOf(body["url"]);
  if (url === "") return [];
  const aesKey = stringOf(body["aeskey"]);
  const handle: FileHandle = { url, ...(aesKey === "" ? {} : { aesKey }) };
  return [{ media, expiresAt: receivedAt + ADDRESS_MS, handle }];
}
