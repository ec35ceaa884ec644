/** JSON as clients send it: nothing about it is sure. */
import { jsonOf } from "../server.ts";

export type Json = Readonly<Record<string, unknown>>;

/** An empty object for what is none. */
export function asJson(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** The members that are objects. */
export function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "object" && one !== null) : [];
}

/** Undefined when it is no text, or empty. */
export function textIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A text that holds an object; undefined when it does not. */
export function objectIn(text: unknown): Json | undefined {
  const value = typeof text === "string" ? jsonOf(Buffer.from(text)) : undefined;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
