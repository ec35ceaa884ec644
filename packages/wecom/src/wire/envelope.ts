/** Frames of the long connection: one JSON object each, in both directions; acknowledgements have an errcode and no cmd. */
import * as z from "zod/mini";

export interface Frame {
  /** Absent: an acknowledgement. */
  readonly cmd: string | undefined;
  /** Of a callback: the platform's handle on it. Of an acknowledgement: that of the frame it answers. */
  readonly reqId: string;
  /** As it came. */
  readonly body: unknown;
  /** Of an acknowledgement; 0: done. */
  readonly errcode: number | undefined;
  readonly errmsg: string;
}

const frame = z.looseObject({
  cmd: z.optional(z.string()),
  headers: z.looseObject({ req_id: z.string() }),
  body: z.optional(z.unknown()),
  errcode: z.optional(z.number()),
  errmsg: z.optional(z.string()),
});

/** Undefined when the text is no frame. Never throws. */
export function parseFrame(text: string): Frame | undefined {
  const parsed = frame.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { cmd, headers, body, errcode, errmsg = "" } = parsed.data;
  return { cmd, reqId: headers.req_id, body, errcode, errmsg };
}

/** Undefined when the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // malformed input is a value here, and the caller says so
  }
}
