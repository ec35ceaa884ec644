import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { answerFrame, parseFrame, pingFrame } from "../../src/wire/frame.ts";

interface Vectors {
  readonly frames: readonly {
    readonly name: string;
    readonly hex: string;
    readonly decodesAs?: string;
    readonly decoded?: {
      readonly service: number;
      readonly method: number;
      readonly headers: readonly { readonly key: string; readonly value: string }[];
      readonly payloadUtf8?: string | null;
      readonly payloadHex?: string;
    };
  }[];
  readonly malformed: readonly { readonly name: string; readonly hex: string; readonly why: string }[];
}

const vectors = JSON.parse(readFileSync(new URL("../vectors/feishu-frames.json", import.meta.url), "utf8")) as Vectors;
const bytesOf = (name: string): Buffer =>
  Buffer.from(vectors.frames.find((one) => one.name === name)?.hex ?? "", "hex");

test.each(vectors.frames)("$name is read", ({ hex, decodesAs, ...given }) => {
  const frame = parseFrame(Buffer.from(hex, "hex"));
  const decoded = given.decoded ?? vectors.frames.find(({ name }) => name === decodesAs)?.decoded;
  expect(frame).toBeDefined();
  expect(decoded).toBeDefined();
  if (frame === undefined || decoded === undefined) return;
  expect(frame.service).toBe(decoded.service);
  expect(frame.method).toBe(decoded.method);
  expect([...frame.headers].map(([key, value]) => ({ key, value }))).toEqual(decoded.headers);
  const wanted = decoded.payloadHex ?? Buffer.from(decoded.payloadUtf8 ?? "").toString("hex");
  expect(Buffer.from(frame.payload).toString("hex")).toBe(wanted);
});

test.each(vectors.malformed)("$name is no frame: $why", ({ hex }) => {
  expect(parseFrame(Buffer.from(hex, "hex"))).toBeUndefined();
});

test.each([
  ["ping", 33_554_678],
  ["ping-service-zero", 0],
  ["ping-service-negative", -7],
])("%s is written byte for byte", (name, service) => {
  expect(Buffer.from(pingFrame(service)).toString("hex")).toBe(bytesOf(name).toString("hex"));
});

test.each([
  ["event-single", "ack-event-single-go-shape"],
  ["event-single", "ack-event-error"],
  ["event-chunk-1", "ack-event-chunked"],
  ["card-action-as-event", "ack-card-toast"],
  ["event-64bit-ids", "ack-event-64bit-ids"],
])("the answer to %s is %s byte for byte", (asked, answered) => {
  const frame = parseFrame(bytesOf(asked));
  const wanted = parseFrame(bytesOf(answered));
  expect(frame).toBeDefined();
  expect(wanted).toBeDefined();
  if (frame === undefined || wanted === undefined) return;
  const took = wanted.headers.get("biz_rt") ?? "";
  const answer = answerFrame(frame, ["biz_rt", took], Buffer.from(wanted.payload).toString("utf8"));
  expect(Buffer.from(answer).toString("hex")).toBe(bytesOf(answered).toString("hex"));
});

test("the answer to a frame with its fields in another order says the same", () => {
  const frame = parseFrame(bytesOf("event-fields-in-reverse-order"));
  expect(frame).toBeDefined();
  if (frame === undefined) return;
  const answer = parseFrame(answerFrame(frame, ["biz_rt", "1"], `{"code":200}`));
  expect(answer?.service).toBe(frame.service);
  expect(answer?.headers.get("biz_rt")).toBe("1");
  expect(answer?.headers.get("message_id")).toBe(frame.headers.get("message_id"));
  expect(Buffer.from(answer?.payload ?? []).toString("utf8")).toBe(`{"code":200}`);
});

test("no bytes make it throw, and what a frame was cut off from is no frame", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      parseFrame(bytes);
    }),
  );
  const whole = bytesOf("event-single");
  const cut = Array.from({ length: whole.length - 1 }, (_, length) => parseFrame(whole.subarray(0, length)));
  // Cut between two fields after the required ones, it is a shorter frame.
  expect(cut.filter((frame) => frame !== undefined).every(({ payload }) => payload.length === 0)).toBe(true);
  expect(cut.filter((frame) => frame === undefined).length).toBeGreaterThan(whole.length - 20);
});
