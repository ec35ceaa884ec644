/** Bodies of HTTP callbacks: the sealed envelope, the platform asking for a stream, messages of an application, a notice. */
import * as z from "zod/mini";
import type { CardPress } from "./event.ts";
import { optional } from "./message.ts";

const sealed = z.looseObject({ encrypt: optional(z.string()), Encrypt: optional(z.string()) });

/** The sealed text: bots write it small, applications do not. Undefined when the body has none. */
export function parseSealed(body: unknown): string | undefined {
  const parsed = sealed.safeParse(body);
  if (!parsed.success) return undefined;
  return parsed.data.encrypt || parsed.data.Encrypt || undefined;
}

const refresh = z.looseObject({
  msgtype: z.literal("stream"),
  stream: z.looseObject({ id: z.string().check(z.minLength(1)) }),
});

/** The stream the platform asks for. Undefined when it asks for none. */
export function parseRefresh(body: unknown): string | undefined {
  const parsed = refresh.safeParse(body);
  return parsed.success ? parsed.data.stream.id : undefined;
}

/** XML as a tree: elements by name, repeated ones as lists, an empty one as "". */
export type XmlNode = string | XmlElement;
export interface XmlElement {
  readonly [name: string]: XmlNode | readonly XmlNode[];
}

const digits = z.string().check(z.regex(/^\d{1,12}$/));
const app = z.looseObject({
  ToUserName: z.string(),
  FromUserName: z.string().check(z.minLength(1)),
  CreateTime: optional(digits),
  MsgType: z.string(),
  MsgId: optional(z.string()),
  AgentID: optional(z.string()),
});

/** A message or an event of an application, as its XML has it. */
export interface AppMessage {
  /** The corporation. */
  readonly ToUserName: string;
  readonly FromUserName: string;
  /** Seconds. */
  readonly CreateTime?: string | null | undefined;
  readonly MsgType: string;
  /** 64 bits. Events have none. */
  readonly MsgId?: string | null | undefined;
  readonly AgentID?: string | null | undefined;
  readonly [field: string]: unknown;
}

/** Undefined when a field that everything needs is missing. */
export function parseAppMessage(xml: XmlNode): AppMessage | undefined {
  const parsed = app.safeParse(xml);
  return parsed.success ? parsed.data : undefined;
}

const notice = z.looseObject({
  ToUserName: z.string(),
  CreateTime: optional(digits),
  Event: z.literal("kf_msg_or_event"),
  Token: z.string(),
  OpenKfId: z.string().check(z.minLength(1)),
});

/** Something is new for a customer service account; the content has to be fetched. */
export interface KfNotice {
  readonly corpId: string;
  readonly openKfId: string;
  /** For the fetch, ten minutes long. */
  readonly token: string;
  /** ms since 1970. */
  readonly sentAt: number | undefined;
}

/** Undefined when it is no such notice. */
export function parseKfNotice(xml: XmlNode): KfNotice | undefined {
  const parsed = notice.safeParse(xml);
  if (!parsed.success) return undefined;
  const { ToUserName: corpId, CreateTime: at, Token: token, OpenKfId: openKfId } = parsed.data;
  return { corpId, openKfId, token, sentAt: at ? Number(at) * 1_000 : undefined };
}

const item = z.looseObject({
  msgid: z.string().check(z.minLength(1)),
  open_kfid: optional(z.string()),
  external_userid: optional(z.string()),
  send_time: optional(z.number()),
  origin: optional(z.number()),
  msgtype: z.string(),
  event: optional(z.record(z.string(), z.unknown())),
});

/** One entry of a fetched list. */
export interface KfItem {
  readonly msgid: string;
  readonly open_kfid?: string | null | undefined;
  readonly external_userid?: string | null | undefined;
  /** Seconds. */
  readonly send_time?: number | null | undefined;
  /** 3 the customer, 4 the system, 5 a member of the staff. */
  readonly origin?: number | null | undefined;
  readonly msgtype: string;
  /** Has the two ids of its own. */
  readonly event?: Readonly<Record<string, unknown>> | null | undefined;
  readonly [field: string]: unknown;
}

/** Undefined when it is no entry. */
export function parseKfItem(data: unknown): KfItem | undefined {
  const parsed = item.safeParse(data);
  return parsed.success ? parsed.data : undefined;
}

/** Of an application's card event. */
export function pressOf(message: AppMessage): CardPress {
  const items = field(field(message, "SelectedItems"), "SelectedItem");
  return {
    button: text(message["EventKey"]),
    taskId: text(message["TaskId"]) || undefined,
    selected: listOf(items).map((one) => ({
      question: text(field(one, "QuestionKey")),
      options: listOf(field(field(one, "OptionIds"), "OptionId")).map(text),
    })),
  };
}

/** What an element says; "" where it says nothing, or is not there. */
export function text(node: unknown): string {
  return typeof node === "string" ? node : "";
}

function field(node: unknown, name: string): unknown {
  return typeof node === "object" && node !== null ? (node as XmlElement)[name] : undefined;
}

function listOf(node: unknown): readonly unknown[] {
  if (node === undefined || node === "") return [];
  return Array.isArray(node) ? (node as readonly unknown[]) : [node];
}
