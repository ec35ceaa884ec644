/** Answers that grow: created by their first frame, replaced whole, frozen by the last, dead after six minutes. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Board } from "../screen.ts";
import { done, type Outcome, refused } from "./answers.ts";
import { asJson, asText, type Json } from "./json.ts";
import type { Bot } from "./tenant.ts";

export interface StreamFrame {
  readonly bot: Bot;
  readonly place: string;
  /** The member `stream` of an answer. */
  readonly stream: Json;
  /** False: the conversation has had too many messages, so no new one begins. */
  readonly mayBegin: () => boolean;
}

export interface Streams {
  write(frame: StreamFrame): Outcome;
  /** Messages whose thinking animation is still on: nothing visible has ended them. */
  spinning(): readonly string[];
}

/** Of a text of the bot, in bytes. */
export const MAX_TEXT_BYTES = 20_480;
const LIFE_MS = 360_000;

interface Stream {
  readonly messageId: string;
  readonly place: string;
  readonly beganAt: number;
  readonly isFrozen: boolean;
  readonly isSpinning: boolean;
}

export interface StreamsParts {
  readonly clock: Clock;
  readonly board: Board;
  /** An update after six minutes is acknowledged and shows nothing, instead of being refused. */
  readonly swallowsLateUpdates: boolean;
  /** A frame after the last one is refused, instead of changing nothing. */
  readonly refusesFinished: boolean;
  /** The `feedback.id` of a message. */
  readonly asked: (messageId: string, feedbackId: string) => void;
}

export function createStreams({ clock, board, swallowsLateUpdates, refusesFinished, asked }: StreamsParts): Streams {
  const streams = new Map<string, Stream>();

  const begin = (key: string, { bot, place, stream }: StreamFrame): Stream => {
    const messageId = randomUUID();
    board.post({ id: messageId, place, from: bot.botId, kind: "markdown", text: "", state: "growing" });
    const feedbackId = asText(asJson(stream["feedback"])["id"]);
    if (feedbackId !== undefined) asked(messageId, feedbackId);
    const begun = { messageId, place, beganAt: clock.now(), isFrozen: false, isSpinning: true };
    streams.set(key, begun);
    return begun;
  };

  const show = (key: string, stream: Stream, { content, finish }: Json): Outcome => {
    const text = visible(String(content ?? ""));
    const isSpinning = text.trim() === "";
    streams.set(key, { ...stream, isFrozen: finish === true, isSpinning });
    const state = finish === true && !isSpinning ? "finished" : "growing";
    board.change(stream.messageId, { text: isSpinning ? "" : text, state });
    return done();
  };

  return {
    write(frame) {
      const { id, content = "", finish = false } = frame.stream;
      if (asText(id) === undefined || typeof content !== "string" || typeof finish !== "boolean")
        return refused("40058");
      if (Buffer.byteLength(content) > MAX_TEXT_BYTES) return refused("45002");
      const key = `${frame.bot.botId} ${String(id)}`;
      const known = streams.get(key);
      if (known === undefined && !frame.mayBegin()) return refused("846607");
      const stream = known ?? begin(key, frame);
      if (stream.place !== frame.place) return refused("40058");
      if (stream.isFrozen) return refusesFinished ? refused("846608") : done();
      if (clock.now() - stream.beganAt >= LIFE_MS) return swallowsLateUpdates ? done() : refused("846608");
      return show(key, stream, frame.stream);
    },
    spinning: () => [...streams.values()].filter(({ isSpinning }) => isSpinning).map(({ messageId }) => messageId),
  };
}

/** Without what is shown as thoughts. */
function visible(content: string): string {
  if (!content.includes("<think>")) return content;
  return content.replaceAll(/<think>[\s\S]*?(?:<\/think>|$)/g, "").trimStart();
}
