/** Messages as the platform hands them over by their id, and merged forwards, whose parts come in one list. Pure. */
import type { Person } from "@openclaw-china/core";
import { contentOf } from "./inbound/content.ts";
import { type Content, type Fields, fieldsOf, listOf, stringOf } from "./inbound/fields.ts";
import { mentionsOf } from "./inbound/mention.ts";

const MAX_MESSAGES = 50;
const MAX_DEPTH = 5;

interface ReadMessage {
  readonly type: string;
  readonly sender: Person | undefined;
  readonly content: Content;
}

/** One item of the answer; files of it can be fetched by its id. */
export function readMessage(item: Fields): ReadMessage {
  const type = stringOf(item["msg_type"]);
  const mentions = listOf(item["mentions"]).map((one) => {
    const { key, id, name } = fieldsOf(one);
    return { key: stringOf(key), id: { open_id: stringOf(id) }, name: stringOf(name) };
  });
  const content = contentOf(type, fieldsOf(item["body"])["content"], mentionsOf(mentions, undefined));
  const messageId = stringOf(item["message_id"]);
  const attachments = content.attachments.map((file) => ({ ...file, handle: { ...fieldsOf(file.handle), messageId } }));
  const { id, sender_type: kind } = fieldsOf(item["sender"]);
  const sender = stringOf(id) === "" ? undefined : { id: stringOf(id), isBot: kind !== "user" };
  return { type, sender, content: { ...content, attachments } };
}

/** The tree of what was forwarded as text, oldest first, indented by depth; at most 50 messages and 5 levels. */
export function forwardText(rootId: string, items: readonly Fields[]): string {
  const lines: string[] = [];
  const within = (upper: string, depth: number): void => {
    const children = items
      .filter((item) => stringOf(item["upper_message_id"]) === upper && stringOf(item["message_id"]) !== upper)
      .toSorted((one, other) => Number(one["create_time"]) - Number(other["create_time"]));
    for (const child of children) {
      if (lines.length >= MAX_MESSAGES) return;
      const { type, sender, content } = readMessage(child);
      const text = content.text || content.attachments.map(({ media, name }) => `[${name ?? media}]`).join(" ");
      lines.push(`${"  ".repeat(depth)}${sender?.id ?? "?"}: ${text}`);
      if (type === "merge_forward" && depth + 1 < MAX_DEPTH) within(stringOf(child["message_id"]), depth + 1);
    }
  };
  within(rootId, 0);
  return lines.length === 0 ? "" : `[forwarded messages]\n${lines.join("\n")}`;
}
