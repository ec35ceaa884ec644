/** Messages of self-built applications: sent, suppressed as repeats, recalled; groups they have made. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Board, Posted } from "../screen.ts";
import { type Answer, type Call, jsonOf } from "../server.ts";
import { answered, weComError } from "./answers.ts";
import type { Card, Cards } from "./cards.ts";
import type { Files } from "./files.ts";
import { asJson, asList, asText, type Json } from "./json.ts";
import type { Limits } from "./limits.ts";
import { directPlace, hash, type Tenant } from "./tenant.ts";

/** A self-built application. */
export interface Application {
  /** As `from` of what it shows: `app-1000002`. */
  readonly id: string;
  readonly agentId: number;
}

export interface Messages {
  /** POST /cgi-bin/message/send. */
  send(call: Call, app: Application): Answer;
  /** POST /cgi-bin/message/recall. */
  recall(call: Call): Answer;
  /** POST /cgi-bin/message/update_template_card. */
  updateCard(call: Call): Answer;
  /** POST /cgi-bin/appchat/create and /cgi-bin/appchat/send. */
  createChat(call: Call, app: Application): Answer;
  sendToChat(call: Call, app: Application): Answer;
  /** Shows a message to one person: the code of its error, or undefined. */
  show(message: Json, where: { readonly app: Application; readonly userId: string }): string | undefined;
  /** The code by which a press on a card lets it be updated, once. */
  responseCode(card: Card): string;
}

export interface MessagesParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly board: Board;
  readonly cards: Cards;
  readonly files: Files;
  readonly limits: Limits;
}

/** Uploads of the corporation, which all its applications may use. */
export const CORPORATION = "corporation";
const MAX_TEXT_BYTES = 2_048;
const RATE = { perMinute: 30, perHour: 1_000 };
const RECALL_MS = 86_400_000;
const CARD_MS = 259_200_000;
const DEFAULT_REPEAT_S = 1_800;

export function createMessages(parts: MessagesParts): Messages {
  const { tenant, clock, board, cards, limits } = parts;
  const sent = new Map<string, { readonly ids: readonly string[]; readonly at: number }>();
  const codes = new Map<string, { readonly cards: readonly Card[]; readonly until: number }>();
  const repeats = new Map<string, { readonly answer: Answer; readonly until: number }>();
  const chats = new Map<string, string>(); // chat → the application that made it

  const post = (message: Json, app: Application, place: string): Card | string | { readonly id: string } => {
    const type = String(message["msgtype"]);
    const content = asJson(message[type]);
    if (type === "template_card") return cards.post({ owner: app.id, place, template: content });
    const shown = shownOf(type, content, parts.files);
    if (typeof shown === "string") return shown;
    const id = randomUUID();
    board.post({ id, place, from: app.id, state: "finished", ...shown });
    return { id };
  };
  const codeFor = (of: readonly Card[]): string => {
    const code = hash(randomUUID(), 40);
    codes.set(code, { cards: of, until: clock.now() + CARD_MS });
    return code;
  };

  const sendNow = (message: Json, app: Application): Answer => {
    if (message["agentid"] !== app.agentId)
      return weComError(typeof message["agentid"] === "number" ? "301002" : "40056");
    const { people, invaliduser, invalidparty, invalidtag } = recipients(tenant, message);
    if (people.length === 0) return weComError("81013");
    const ids: string[] = [];
    const made: Card[] = [];
    for (const userId of people) {
      if (!limits.take(`member ${app.id} ${userId}`, RATE)) continue; // dropped without a word
      const shown = post(message, app, directPlace(userId, app.id));
      if (typeof shown === "string") return weComError(shown);
      ids.push(shown.id);
      if ("template" in shown) made.push(shown);
    }
    const msgid = hash(randomUUID(), 44);
    sent.set(msgid, { ids, at: clock.now() });
    const lists = { invaliduser, invalidparty, invalidtag };
    const unknown = Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== ""));
    return answered({ ...unknown, msgid, ...(made.length === 0 ? {} : { response_code: codeFor(made) }) });
  };

  return {
    responseCode: (card) => codeFor([card]),
    show(message, { app, userId }) {
      const shown = post(message, app, directPlace(userId, app.id));
      return typeof shown === "string" ? shown : undefined;
    },
    send({ body }, app) {
      const message = asJson(jsonOf(body));
      const key = `${app.id} ${body.toString("utf8")}`;
      const repeat = repeats.get(key);
      if (message["enable_duplicate_check"] === 1 && repeat !== undefined && repeat.until > clock.now())
        return repeat.answer;
      const answer = sendNow(message, app);
      const seconds = Number(message["duplicate_check_interval"] ?? DEFAULT_REPEAT_S);
      if (message["enable_duplicate_check"] === 1 && asJson(answer.body)["errcode"] === 0)
        repeats.set(key, { answer, until: clock.now() + seconds * 1_000 });
      return answer;
    },
    recall({ body }) {
      const found = sent.get(String(asJson(jsonOf(body))["msgid"]));
      if (found === undefined || found.at < clock.now() - RECALL_MS) return weComError("40058 invalid msgid");
      for (const id of found.ids) board.change(id, { state: "recalled" });
      return answered();
    },
    updateCard({ body }) {
      const { response_code: code, button, template_card: template } = asJson(jsonOf(body));
      const found = codes.get(String(code));
      if (found === undefined || found.until < clock.now()) return weComError("40058 invalid response_code");
      const name = asText(asJson(button)["replace_name"]);
      for (const card of found.cards) {
        const fault = name === undefined ? cards.update(card, asJson(template)) : undefined;
        if (fault !== undefined) return weComError(fault);
        if (name !== undefined) cards.disable(card, name);
      }
      codes.delete(String(code));
      return answered();
    },
    createChat({ body }, app) {
      const { name, userlist, chatid } = asJson(jsonOf(body));
      const people = Array.isArray(userlist) ? userlist.map(String) : [];
      if (people.length < 2 || people.some((id) => tenant.member(id) === undefined)) return weComError("40003");
      const group = tenant.addGroup(String(name ?? "group"), people, asText(chatid));
      chats.set(group.id, app.id);
      return answered({ chatid: group.id });
    },
    sendToChat({ body }, app) {
      const message = asJson(jsonOf(body));
      const chat = String(message["chatid"]);
      if (chats.get(chat) !== app.id) return weComError("86003");
      if (message["msgtype"] === "template_card") return weComError("40008");
      const shown = post(message, app, chat);
      return typeof shown === "string" ? weComError(shown) : answered();
    },
  };
}

/** Who is meant, and what of it is unknown: lists with bars. */
function recipients(
  tenant: Tenant,
  message: Json,
): Record<"invaliduser" | "invalidparty" | "invalidtag", string> & {
  readonly people: readonly string[];
} {
  const { touser, toparty, totag } = message;
  if (touser === "@all")
    return { people: tenant.members().map(({ userId }) => userId), invaliduser: "", invalidparty: "", invalidtag: "" };
  const [users, parties, tags] = [touser, toparty, totag].map((list) =>
    (asText(list) ?? "").split("|").filter(Boolean),
  );
  const unknown = (list: readonly string[] = [], isKnown: (id: string) => boolean): string =>
    list.filter((id) => !isKnown(id)).join("|");
  const ofParty = (id: string): readonly string[] => tenant.circle("department", id) ?? [];
  const ofTag = (id: string): readonly string[] => tenant.circle("tag", id) ?? [];
  const known = (users ?? []).filter((id) => tenant.member(id) !== undefined);
  const people = new Set([...known, ...(parties ?? []).flatMap(ofParty), ...(tags ?? []).flatMap(ofTag)]);
  return {
    people: [...people],
    invaliduser: unknown(users, (id) => tenant.member(id) !== undefined).toLowerCase(),
    invalidparty: unknown(parties, (id) => tenant.circle("department", id) !== undefined),
    invalidtag: unknown(tags, (id) => tenant.circle("tag", id) !== undefined),
  };
}

/** What people see of a message of an application or of customer service; a text is the code of its error. */
export function shownOf(
  type: string,
  content: Json,
  files: Files,
): Pick<Posted, "kind" | "text" | "file"> | `${number}` {
  switch (type) {
    case "text":
    case "markdown": {
      const text = content["content"];
      return typeof text === "string" && text !== "" ? { kind: type, text: cut(text, MAX_TEXT_BYTES) } : "44004";
    }
    case "image":
    case "voice":
    case "video":
    case "file": {
      const found = files.uploaded(String(content["media_id"]), CORPORATION);
      if (found === undefined || found.type !== type) return "40007";
      return { kind: "media", text: found.name, file: new File([found.bytes], found.name) };
    }
    case "textcard": {
      const { title, description, url } = content;
      if ([title, description, url].some((one) => asText(one) === undefined)) return "40058";
      return { kind: "markdown", text: [title, description, url].map(String).join("\n") };
    }
    case "news": {
      const articles = asList(content["articles"]);
      if (articles.length < 1 || articles.length > 8) return "40058";
      return {
        kind: "markdown",
        text: articles.map(({ title, description, url }) => lines(title, description, url)).join("\n"),
      };
    }
    default:
      return "40008";
  }
}

function lines(...parts: readonly unknown[]): string {
  return parts.flatMap((part) => asText(part) ?? []).join("\n");
}

/** Whole characters in so many bytes; the rest is lost without an error. */
export function cut(text: string, maxBytes: number): string {
  let bytes = 0;
  let kept = "";
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) return kept;
    kept += character;
  }
  return text;
}
