/** Replies of applications in the answer of a callback: PascalCase XML, shown as what the interfaces would show. */
import type { Card, Cards } from "./cards.ts";
import { asJson, asText, type Json } from "./json.ts";
import type { Application, Messages } from "./messages.ts";

export interface PassiveParts {
  readonly app: Application;
  readonly userId: string;
  /** That was pressed. */
  readonly card: Card | undefined;
  readonly messages: Messages;
  readonly cards: Cards;
}

export function passiveReply(reply: Json, { app, userId, card, messages, cards }: PassiveParts): void {
  const type = String(reply["MsgType"]);
  if (type === "update_button") {
    const name = asText(asJson(reply["Button"])["ReplaceName"]);
    if (card !== undefined && name !== undefined) cards.disable(card, name);
    return;
  }
  if (type === "update_template_card") {
    if (card !== undefined) cards.update(card, asJson(snake(reply["TemplateCard"])));
    return;
  }
  messages.show({ msgtype: type, [type]: contentOf(type, reply) }, { app, userId });
}

function contentOf(type: string, reply: Json): Json {
  if (type === "text") return { content: reply["Content"] };
  if (type === "news") return { articles: [asJson(reply["Articles"])["item"]].flat().map(snake) };
  return asJson(snake(reply[type.charAt(0).toUpperCase() + type.slice(1)]));
}

/** Names as the interfaces have them; repeated elements whose name says so are lists. */
function snake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snake);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, inside]) => {
    const own = name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    const isList = own.endsWith("_list");
    return [own, isList ? [inside].flat().map(snake) : numeric(snake(inside))] as const;
  });
  return Object.fromEntries(members);
}

/** XML has no numbers: what looks like a short one is one. */
function numeric(value: unknown): unknown {
  return typeof value === "string" && /^\d{1,2}$/.test(value) ? Number(value) : value;
}
