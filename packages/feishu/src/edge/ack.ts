/** Acknowledgements: the frame sent back with our answer as its payload, and how long we took. */
import { answerFrame, type Frame } from "../wire/frame.ts";

/** `callback`: the body that a press is answered with. Events are answered with none. */
export type Ack = { readonly code: 200; readonly callback?: object } | { readonly code: 500 };

/** 500: the platform pushes the event again, after 15 s, 5 min, 1 h and 6 h. */
export function ackFrame(frame: Frame, ack: Ack, tookMs: number): Uint8Array {
  return answerFrame(frame, ["biz_rt", String(Math.max(0, Math.round(tookMs)))], payloadOf(ack));
}

function payloadOf(ack: Ack): string {
  if (ack.code !== 200 || ack.callback === undefined) return JSON.stringify({ code: ack.code });
  const data = Buffer.from(JSON.stringify(ack.callback)).toString("base64");
  return JSON.stringify({ code: 200, data });
}
