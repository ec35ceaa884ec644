/** Bots in callback mode: their messages are posted, and answers that grow are asked for again and again. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Board } from "../screen.ts";
import type { Cards } from "./cards.ts";
import type { Callback } from "./deliveries.ts";
import { asJson, asList, asText, type Json } from "./json.ts";
import type { CallbackCall, CallbackKeys, Posts, Target } from "./posts.ts";
import type { Presses } from "./presses.ts";
import { md5Of } from "./sealed.ts";
import type { Streams } from "./streams.ts";
import type { Talk } from "./talk.ts";
import { type Bot, hash } from "./tenant.ts";

/** A callback that is set up, until disposed. */
export interface SimulatedCallback extends Disposable {
  /** What the console does when the address is saved: true when the answer was right. */
  verify(): Promise<boolean>;
  /** Every call and how it was answered, oldest first. */
  readonly calls: readonly CallbackCall[];
}

export interface CallbackMode {
  open(bot: Bot, settings: { readonly address: string; readonly keys: CallbackKeys }): SimulatedCallback;
  /** In this mode, and so without a long connection. */
  targetOf(bot: Bot): Target | undefined;
  /** Resolves when it is answered, or given up. */
  deliver(bot: Bot, callback: Callback): Promise<void>;
  /** Asks for every answer that grows, now. */
  refresh(): Promise<void>;
  close(): void;
}

export interface CallbackModeParts {
  readonly clock: Clock;
  readonly board: Board;
  readonly posts: Posts;
  readonly streams: Streams;
  readonly cards: Cards;
  readonly presses: Presses;
  readonly show: Talk["show"];
}

const REFRESH_EVERY_MS = 1_000;
const STREAM_LIFE_MS = 360_000;

/** An answer that grows. */
interface Growing {
  readonly bot: Bot;
  readonly target: Target;
  readonly place: string;
  readonly streamId: string;
  /** Of the message that is answered. */
  readonly body: Json;
  readonly until: number;
}

export function createCallbackMode(parts: CallbackModeParts): CallbackMode {
  const { clock, posts, streams, show } = parts;
  const targets = new Map<string, Target>();
  const growing = new Set<Growing>();
  const closing = new AbortController();

  const write = (one: Growing, stream: Json): void => {
    const { bot, place } = one;
    streams.write({ bot, place, stream, mayBegin: () => true });
    if (stream["finish"] !== true) return;
    growing.delete(one);
    for (const item of asList(stream["msg_item"])) showImage(parts.board, item, { bot, place });
  };
  const ask = async (one: Growing): Promise<void> => {
    const { target, body, streamId } = one;
    const { aibotid, chatid, chattype, from } = body;
    const chat = { ...(chatid === undefined ? {} : { chatid }), chattype };
    const refresh = { msgid: randomUUID(), aibotid, ...chat, from, msgtype: "stream", stream: { id: streamId } };
    const { reply } = await posts.once({ target, kind: "refresh", plain: JSON.stringify(refresh) });
    if (reply?.["msgtype"] === "stream") write(one, asJson(reply["stream"]));
  };
  const keepAsking = async (one: Growing): Promise<void> => {
    while (growing.has(one)) {
      await clock.sleep(REFRESH_EVERY_MS, closing.signal);
      if (clock.now() >= one.until) growing.delete(one);
      if (growing.has(one)) await ask(one);
    }
  };
  const grow = (one: Growing, stream: Json): void => {
    growing.add(one);
    write(one, stream);
    keepAsking(one).catch(() => "the simulator is closed");
  };

  const take = (reply: Json, { bot, target, callback, at }: Answering): void => {
    const { place, cardId } = callback.cause;
    const type = String(reply["msgtype"]);
    const card = cardId === undefined ? undefined : parts.cards.find(cardId);
    if (reply["response_type"] === "update_template_card") {
      const people = Array.isArray(reply["userids"]) ? reply["userids"].map(String) : undefined;
      if (card !== undefined) parts.cards.update(card, asJson(reply["template_card"]), people);
      return;
    }
    if (type === "stream" || type === "stream_with_template_card") {
      const stream = asJson(reply["stream"]);
      const streamId = asText(stream["id"]);
      if (streamId !== undefined)
        grow({ bot, target, place, streamId, body: callback.body, until: at + STREAM_LIFE_MS }, stream);
    }
    if (type === "stream_with_template_card" || type === "template_card")
      show({ msgtype: "template_card", template_card: reply["template_card"] }, { bot, place });
    if (type === "text" && callback.cause.of === "enter") show(reply, { bot, place });
  };

  return {
    targetOf: ({ botId }) => targets.get(botId),
    open(bot, { address, keys }) {
      const target: Target = { address, keys, format: "json", calls: [] };
      targets.set(bot.botId, target);
      return {
        verify: () => posts.verify(target),
        calls: target.calls,
        [Symbol.dispose]() {
          if (targets.get(bot.botId) === target) targets.delete(bot.botId);
        },
      };
    },
    async deliver(bot, callback) {
      const target = targets.get(bot.botId);
      if (target === undefined) throw new Error(`the bot ${bot.botId} is not in callback mode`);
      const kind = callback.cmd === "aibot_msg_callback" ? "message" : "event";
      const at = clock.now();
      const answer = await posts.send({ target, kind, plain: JSON.stringify(callback.body) });
      if (answer?.reply !== undefined) take(answer.reply, { bot, target, callback, at });
      if (callback.cause.cardId !== undefined) parts.presses.updated(callback.cause.cardId);
    },
    async refresh() {
      await Promise.all([...growing].map(ask));
    },
    close: () => closing.abort(new Error("the simulator is closed")),
  };
}

interface Answering {
  readonly bot: Bot;
  readonly target: Target;
  readonly callback: Callback;
  readonly at: number;
}

/** A picture that the last reply carries itself. */
function showImage(board: Board, item: Json, { bot, place }: { readonly bot: Bot; readonly place: string }): void {
  const { base64, md5 } = asJson(item["image"]);
  const bytes = new Uint8Array(Buffer.from(String(base64), "base64"));
  if (md5Of(bytes) !== md5) return;
  const name = `${hash(md5, 8)}.png`;
  const file = new File([bytes], name);
  board.post({ id: randomUUID(), place, from: bot.botId, kind: "media", text: name, state: "finished", file });
}
