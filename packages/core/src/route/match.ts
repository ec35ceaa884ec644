/** Pure predicates of routes and listeners. `"*"` in a list of ids stands for any. */
import type { Route } from "../bot/types.ts";
import type { FileRef, MessageInbound } from "../model/inbound.ts";

type When = Route["when"];
type TextPattern = string | RegExp;

/** Result of a text pattern: the groups of a RegExp, or the text found. Undefined: no match. */
export function matchText(pattern: TextPattern | readonly TextPattern[], text: string): readonly string[] | undefined {
  for (const one of Array.isArray(pattern) ? (pattern as readonly TextPattern[]) : [pattern as TextPattern]) {
    const found = typeof one === "string" ? matchWord(one, text) : matchExpression(one, text);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** NFKC and case folded, so that full-width letters and capitals match too. */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

function matchWord(word: string, text: string): readonly string[] | undefined {
  return word !== "" && fold(text).includes(fold(word)) ? [word] : undefined;
}

function matchExpression(pattern: RegExp, text: string): readonly string[] | undefined {
  // The state of /g and /y belongs to whoever made the expression; ours must match the same text the same way each time.
  const stateless =
    pattern.global || pattern.sticky ? new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")) : pattern;
  const found = stateless.exec(text);
  return found === null ? undefined : [...found].map((group) => group ?? "");
}

/** All that are present must hold. */
export function matches(when: When, message: MessageInbound, now: Date): boolean {
  return (
    among(when.channel, message.channel) &&
    among(when.account, message.account) &&
    inGroup(when.group, message) &&
    among(when.sender, message.sender.id) &&
    ofKind(when.kind, message) &&
    (when.between === undefined || isBetween(when.between, now)) &&
    (when.text === undefined || matchText(when.text, message.text) !== undefined)
  );
}

function among(wanted: string | readonly string[] | undefined, actual: string): boolean {
  if (wanted === undefined || wanted === "*") return true;
  return typeof wanted === "string" ? wanted === actual : wanted.includes(actual) || wanted.includes("*");
}

function inGroup(wanted: string | readonly string[] | undefined, message: MessageInbound): boolean {
  if (wanted === undefined) return true;
  return message.conversation.kind === "group" && among(wanted, message.conversation.id);
}

function ofKind(kind: "text" | FileRef["media"] | undefined, message: MessageInbound): boolean {
  if (kind === undefined) return true;
  if (kind === "text") return message.attachments.length === 0;
  return message.attachments.some((attachment) => attachment.media === kind);
}

const WINDOW = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/;

/** True when `"HH:MM-HH:MM"` can be read. */
export function isWindow(between: string): boolean {
  return WINDOW.test(between);
}

/** Local time; the end is not part of the window; an end before the start passes midnight. */
export function isBetween(between: string, now: Date): boolean {
  const parts = WINDOW.exec(between);
  if (parts === null) return false;
  const [fromHour, fromMinute, toHour, toMinute] = parts.slice(1).map(Number) as [number, number, number, number];
  const from = fromHour * 60 + fromMinute;
  const to = toHour * 60 + toMinute;
  const minute = now.getHours() * 60 + now.getMinutes();
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}
