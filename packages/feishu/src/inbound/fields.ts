/** What the contents of messages are read with, and read into. */
import type { FileRef } from "@openclaw-china/core";
import { parseJson } from "../wire/envelope.ts";

export interface Content {
  readonly text: string;
  readonly attachments: readonly FileRef[];
  readonly mentionsAll: boolean;
}

/** `handle` of our FileRefs. Which message it is part of is added by who knows that. */
export interface FileHandle {
  readonly key: string;
  /** Of the resource interface: pictures are `image`, everything else is `file`. */
  readonly type: "image" | "file";
  /** `om_…` of the message that carries it. */
  readonly messageId?: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** An object, or the same as JSON; nothing else has fields. */
export function fieldsOf(value: unknown): Fields {
  const parsed = typeof value === "string" ? parseJson(value) : value;
  return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? (parsed as Fields) : {};
}

/** A list; nothing else has members. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** Texts and numbers as text; "" for everything else. */
export function stringOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
