/** The crash points of docs/reliability.md behind the acceptance, by their numbers, for each way an answer goes. */
import type { Fault } from "@openclaw-china/testkit";
import type { Recorded } from "./world.ts";

export interface Point {
  readonly name: string;
  readonly killAt: string;
  readonly skip?: number;
  /** What is written to the bot. Default "hello". */
  readonly text?: string;
  readonly fault?: Fault;
  /** What the killed process leaves in the file. */
  readonly left: Recorded;
}

export interface Gap extends Point {
  /** The platform has executed the call of the killed process. */
  readonly executed: boolean;
}

export const lost = (on: string, executed: boolean): Fault => ({ kind: "noAnswer", executed, on });
export const running = (...outbox: readonly string[]): Recorded => ({
  inbox: [{ state: "running", attempt: 1 }],
  outbox,
});
const replying = (...outbox: readonly string[]): Recorded => ({ inbox: [{ state: "replying", attempt: 1 }], outbox });

/** The answer is a card. */
export const CARD_POINTS: readonly (Point & { readonly text: string })[] = [
  { name: "4: in the handler", killAt: "handler", text: "hello", left: running() },
  { name: "5: the card prepared, not shown", killAt: "put prepared", text: "stream this", left: running("prepared") },
  {
    name: "6: the call that shows the card lost on its way",
    killAt: "answer createAndDeliver",
    text: "stream this",
    fault: lost("createAndDeliver", false),
    left: running("prepared"),
  },
  {
    name: "6: the card shown, the platform's answer lost",
    killAt: "answer createAndDeliver",
    text: "stream this",
    fault: lost("createAndDeliver", true),
    left: running("prepared"),
  },
  {
    name: "6: the card shown, not recorded as such",
    killAt: "after open",
    text: "stream this",
    left: running("prepared"),
  },
  { name: "8: the final text recorded, no card yet", killAt: "put final", text: "hello", left: replying("final") },
  {
    name: "8: the final text recorded, the card shown",
    killAt: "before finish",
    text: "hello",
    left: replying("final"),
  },
  {
    name: "8: the last frame lost on its way",
    killAt: "answer streaming final",
    text: "hello",
    fault: lost("streaming", false),
    left: replying("final"),
  },
  {
    name: "8: the last frame shown, the platform's answer lost",
    killAt: "answer streaming final",
    text: "stream this",
    fault: lost("streaming", true),
    left: replying("final"),
  },
  {
    name: "8: between the last frame and the switch to finished",
    killAt: "request instances 3",
    text: "hello",
    left: replying("final"),
  },
  {
    name: "8: the card finished, nothing of it recorded",
    killAt: "after finish",
    text: "stream this",
    left: replying("final"),
  },
  {
    name: "11: all sent, not done",
    killAt: "put sent",
    text: "hello",
    fault: { kind: "delay", ms: 60_000, on: "emotion/recall" }, // else both are one commit
    left: replying("sent"),
  },
  {
    name: "12: a split answer, the text of the second card recorded",
    killAt: "put final",
    skip: 1,
    text: "long",
    left: running("sent", "final"),
  },
  {
    name: "12: a split answer that is streamed, the third card shown",
    killAt: "after open",
    skip: 2,
    text: "stream long",
    left: running("sent", "sent", "final"),
  },
  {
    name: "12: a split answer by a call of the handler, the last card finished",
    killAt: "after finish",
    skip: 3,
    text: "call long",
    left: running("sent", "sent", "sent", "final"),
  },
];

/** The answer is a plain message, by the session webhook. */
export const PLAIN_POINTS: readonly Point[] = [
  { name: "4: in the handler", killAt: "handler", left: running() },
  { name: "9: the answer recorded, not tried", killAt: "put pending", left: replying("pending") },
  {
    name: "9: a streamed answer recorded, not tried",
    killAt: "put pending",
    text: "stream this",
    left: replying("pending"),
  },
  {
    name: "9: the first of several messages recorded, none tried",
    killAt: "put pending",
    text: "long",
    left: replying("pending", "pending", "pending"),
  },
  {
    name: "11: all sent, not done",
    killAt: "put sent",
    fault: { kind: "delay", ms: 60_000, on: "emotion/recall" }, // else both are one commit
    left: replying("sent"),
  },
];

/** Point 10: between handing the request over and recording what became of it. */
export const GAPS: readonly Gap[] = [
  { name: "before the first byte", killAt: "put trying", executed: false, left: replying("trying") },
  {
    name: "the call lost on its way",
    killAt: "answer sendBySession",
    fault: lost("sendBySession", false),
    executed: false,
    left: replying("trying"),
  },
  {
    name: "the call executed, its answer lost",
    killAt: "answer sendBySession",
    fault: lost("sendBySession", true),
    executed: true,
    left: replying("trying"),
  },
  {
    name: "the call answered, and not recorded",
    killAt: "after send",
    executed: true,
    left: replying("trying"),
  },
];
