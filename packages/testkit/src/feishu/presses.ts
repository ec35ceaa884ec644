/** Presses on cards: the callback, the answer in time, the later update with the token of the press. */
import { randomBytes } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import { jsonOf } from "../server.ts";
import { type Execute, feishuError, ok } from "./answers.ts";
import type { Archive, Stored } from "./archive.ts";
import { type CardButton, childrenOf, elementsOf, MAX_CARD_BYTES } from "./card-json.ts";
import type { Events } from "./events.ts";
import { asJson, type Json, objectIn } from "./json.ts";
import { type Bot, type Member, openIdOf, type Tenant } from "./tenant.ts";
import type { Ways } from "./ways.ts";

const ANSWER_IN_MS = 3_000;
const TOKEN_LIFE_MS = 1_800_000;
const MAX_UPDATES = 2;

/** A short notice that an answer shows to whoever pressed. */
export interface Toast {
  readonly userId: string;
  /** `info`, `success`, `error` or `warning`; `timeout` when there was no answer in time, which the client says itself. */
  readonly type: string;
  readonly content: string;
}

export interface Presses {
  press(member: Member, messageId: string, pressed: Pressed): Promise<void>;
  readonly interfaces: Readonly<Record<string, Execute>>;
  readonly toasts: readonly Toast[];
}

export interface Pressed {
  readonly button: string;
  readonly values: Readonly<Record<string, string>>;
}

export interface PressesParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly archive: Archive;
  readonly events: Events;
  readonly ways: Pick<Ways, "push">;
  readonly faces: Faces;
}

/** The cards in messages: what they are now, and every button they have shown. */
export interface Faces {
  card(messageId: string): Json | undefined;
  button(messageId: string, id: string): CardButton | undefined;
  /** Shows another card; false while it streams, or when the card is refused. */
  replace(message: Stored, card: Json, bot: Bot): boolean;
}

interface Granted {
  readonly message: Stored;
  readonly bot: Bot;
  readonly expiresAt: number;
  readonly updates: number;
  readonly isAnswered: boolean;
}

export function createPresses(parts: PressesParts): Presses {
  const { tenant, clock, archive, events, ways, faces } = parts;
  const tokens = new Map<string, Granted>();
  const toasts: Toast[] = [];

  const answer = (message: Stored, bot: Bot, { data, userId }: { readonly data: unknown; readonly userId: string }) => {
    const { toast, card, ...rest } = asJson(data);
    const { type, content } = asJson(toast);
    if (typeof content === "string") toasts.push({ userId, type: String(type ?? "info"), content });
    const next = cardIn(card) ?? (card === undefined && isCard(rest) ? rest : undefined);
    if (next !== undefined) faces.replace(message, next, bot);
  };

  return {
    toasts,
    async press(member, messageId, { button: id, values }) {
      const message = archive.find(messageId);
      const bot = tenant.bots().find(({ appId }) => appId === message?.sender);
      if (message === undefined || bot === undefined) throw new Error(`there is no card ${messageId} to press`);
      const button = faces.button(messageId, id);
      if (button === undefined) throw new Error(`the card ${messageId} never had a button ${id}`);
      const token = `c-${randomBytes(20).toString("hex")}`;
      const granted = { message, bot, expiresAt: clock.now() + TOKEN_LIFE_MS, updates: 0, isAnswered: false };
      tokens.set(token, granted);
      const { value, name, isSubmit } = button;
      const form = isSubmit ? { form_value: filledIn(faces.card(messageId) ?? {}, values) } : {};
      const action = {
        value,
        tag: "button",
        timezone: "Asia/Shanghai",
        ...(name === undefined ? {} : { name }),
        ...form,
      };
      const context = { open_message_id: messageId, open_chat_id: message.chat.id };
      const operator = { tenant_key: tenant.key, ...events.ids(member, bot) };
      const event = { operator, token, action, host: "im_message", context };
      const pressedAt = clock.now();
      const payload = events.envelope(bot, "card.action.trigger", event);
      const ack = await ways.push(bot, { payload, isCallback: true });
      tokens.set(token, { ...granted, isAnswered: true });
      const userId = openIdOf(member, bot.appId);
      if (clock.now() - pressedAt > ANSWER_IN_MS || ack.code !== 200)
        toasts.push({ userId, type: "timeout", content: "200340" });
      else answer(message, bot, { data: ack.data, userId });
    },
    interfaces: {
      "interactive/card/update": (call, bot) => {
        const { token, card } = asJson(jsonOf(call.body));
        const granted = tokens.get(String(token));
        if (granted === undefined || granted.bot.appId !== bot.appId) return feishuError("99992402 token", call);
        const { message, updates, isAnswered, expiresAt } = granted;
        if (!isAnswered || updates >= MAX_UPDATES || expiresAt <= clock.now())
          return feishuError("99992402 token", call);
        if (Buffer.byteLength(JSON.stringify(card ?? {})) > MAX_CARD_BYTES) return feishuError("230025", call);
        tokens.set(String(token), { ...granted, updates: updates + 1 });
        return faces.replace(message, asJson(card), bot) ? ok() : feishuError("230099 200621", call);
      },
    },
  };
}

/** `{ type: "raw", data }`; a template is shown by its values. */
function cardIn(card: unknown): Json | undefined {
  const { type, data } = asJson(card);
  if (type === "raw") return typeof data === "string" ? objectIn(data) : asJson(data);
  if (type !== "template") return undefined;
  const lines = Object.values(asJson(asJson(data)["template_variable"])).map(String);
  return { schema: "2.0", body: { elements: lines.map((content) => ({ tag: "markdown", content })) } };
}

/** The answer to an old callback is the card itself. */
function isCard(answer: Json): boolean {
  return "elements" in answer || "body" in answer;
}

/** What a form sends: a list where several can be chosen. */
function filledIn(card: Json, values: Readonly<Record<string, string>>): Json {
  const all = (elements: readonly Json[]): readonly Json[] => elements.flatMap((one) => [one, ...all(childrenOf(one))]);
  const several = new Set(
    all(elementsOf(card))
      .filter(({ tag }) => tag === "multi_select_static" || tag === "multi_select_person")
      .map(({ name }) => name),
  );
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      several.has(name) ? value.split(",").filter((one) => one !== "") : value,
    ]),
  );
}
