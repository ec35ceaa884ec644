/** The simulator's own codec against the vectors, which were made with another one. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeFrame, encodeFrame, nonsense } from "../../src/feishu/frames.ts";

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly decoded?: {
    readonly SeqID: string;
    readonly LogID: string;
    readonly service: number;
    readonly method: number;
    readonly headers: readonly { readonly key: string; readonly value: string }[];
    readonly payloadUtf8?: string | null;
    readonly payloadHex?: string;
  };
  /** The frame of that name, written another way. */
  readonly decodesAs?: string;
}

const file = new URL("../../../feishu/test/vectors/feishu-frames.json", import.meta.url);
const { frames } = JSON.parse(readFileSync(file, "utf8")) as { readonly frames: readonly Vector[] };

test("the vectors are there", () => expect(frames.length).toBeGreaterThan(5));

const vectorOf = (name: string): Vector | undefined => frames.find((one) => one.name === name);

test.each(frames)("$name: is read, and written the same again", ({ hex, decoded, decodesAs = "" }) => {
  const frame = decodeFrame(Buffer.from(hex, "hex"));
  const expected = decoded ?? vectorOf(decodesAs)?.decoded;
  expect(frame).toMatchObject({
    seqId: BigInt(expected?.SeqID ?? -1),
    logId: BigInt(expected?.LogID ?? -1),
    service: expected?.service,
    method: expected?.method,
    headers: expected?.headers.map(({ key, value }) => [key, value]),
  });
  const { payloadHex, payloadUtf8 } = expected ?? {};
  const payload =
    payloadHex ?? (typeof payloadUtf8 === "string" ? Buffer.from(payloadUtf8).toString("hex") : undefined);
  expect(frame?.payload?.toString("hex")).toBe(payload);
  expect(frame === undefined ? undefined : decodeFrame(encodeFrame(frame))).toEqual(frame);
});

test("nonsense is none of it twice, and most of it is no frame", () => {
  const texts = nonsense().map((one) => Buffer.from(one).toString("hex"));
  expect(new Set(texts).size).toBe(texts.length);
  expect(nonsense().filter((one) => typeof one === "string" || decodeFrame(one) === undefined)).not.toHaveLength(0);
});
