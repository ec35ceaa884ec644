/** Frames of Stream Mode: one JSON object each, `data` a string that holds JSON again. */
import * as z from "zod/mini";

export interface Envelope {
  /** `SYSTEM`, `EVENT`, `CALLBACK`, or something newer. */
  readonly type: string;
  readonly topic: string;
  /** Names one delivery and serves the acknowledgement only; never a key for duplicates. */
  readonly messageId: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  /** As it came; `payloadOf` reads it. */
  readonly data: string;
}

const frame = z.looseObject({
  type: z.string(),
  headers: z.record(z.string(), z.unknown()),
  data: z.optional(z.unknown()),
});

/** Undefined when the text is no frame. Never throws. */
export function parseEnvelope(text: string): Envelope | undefined {
  const parsed = frame.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { type, headers, data } = parsed.data;
  const { topic, messageId } = headers;
  return {
    type,
    topic: typeof topic === "string" ? topic : "",
    messageId: typeof messageId === "string" || typeof messageId === "number" ? String(messageId) : undefined,
    headers,
    data: dataOf(data),
  };
}

/** What a frame holds; undefined when that is no JSON. `base64String` is reserved by the platform: JSON in base64. */
export function payloadOf({ headers, data }: Envelope): unknown {
  if (headers["contentType"] !== "base64String") return parseJson(data);
  return parseJson(Buffer.from(data, "base64").toString("utf8")) ?? parseJson(data);
}

/** Undefined when the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // malformed input is a value here, and the caller says so to the platform
  }
}

function dataOf(data: unknown): string {
  if (typeof data === "string") return data;
  return data === undefined || data === null ? "" : JSON.stringify(data);
}
