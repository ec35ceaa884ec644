import { readFileSync } from "node:fs";
import { fakeClock } from "@openclaw-china/testkit";
import { expect, test } from "vitest";
import { type Collected, createParts } from "../../src/edge/parts.ts";
import { type Frame, parseFrame } from "../../src/wire/frame.ts";

interface Vectors {
  readonly frames: readonly { readonly name: string; readonly hex: string }[];
  readonly reassembly: {
    readonly payloadUtf8: string;
    readonly cases: readonly {
      readonly name: string;
      readonly feed: readonly string[];
      /** Null: never. */
      readonly completeAfter: number | null;
    }[];
  };
}

const vectors = JSON.parse(readFileSync(new URL("../vectors/feishu-frames.json", import.meta.url), "utf8")) as Vectors;

function frameOf(name: string): Frame {
  const frame = parseFrame(Buffer.from(vectors.frames.find((one) => one.name === name)?.hex ?? "", "hex"));
  if (frame === undefined) throw new Error(`${name} is no frame`);
  return frame;
}

/** A part without the bytes around it. */
function part(headers: Readonly<Record<string, string>>, payload: string | Uint8Array = "x"): Frame {
  return {
    method: 1,
    service: 1,
    headers: new Map(Object.entries(headers)),
    payload: typeof payload === "string" ? Buffer.from(payload) : payload,
    echo: [[], [], []],
  };
}

const textIn = (collected: Collected): string =>
  collected.kind === "whole" ? Buffer.from(collected.payload).toString("utf8") : collected.kind;

const { cases: CASES, payloadUtf8 } = vectors.reassembly;

test.each(CASES)("parts $name become the whole text with number $completeAfter", ({ feed, completeAfter }) => {
  const parts = createParts(fakeClock());
  if (completeAfter === null) {
    expect(feed.map((name) => parts.add(frameOf(name)).kind).every((kind) => kind === "part")).toBe(true);
    return;
  }
  const results = feed.map((name) => textIn(parts.add(frameOf(name))));
  expect(results[completeAfter - 1]).toBe(payloadUtf8);
  expect(results.slice(0, completeAfter - 1).every((result) => result === "part")).toBe(true);
  expect(results.slice(completeAfter).every((result) => result === "done")).toBe(true);
});

test("a push of one part is whole, with and without the two headers", () => {
  const parts = createParts(fakeClock());
  expect(textIn(parts.add(part({}, "a")))).toBe("a");
  expect(textIn(parts.add(part({ sum: "", seq: "" }, "b")))).toBe("b");
  expect(textIn(parts.add(part({ sum: "1", seq: "0", message_id: "m" }, "c")))).toBe("c");
});

test.each([
  [{ sum: "100000000", seq: "0", message_id: "m" }],
  [{ sum: "0", seq: "0", message_id: "m" }],
  [{ sum: "2", seq: "2", message_id: "m" }],
  [{ sum: "2", seq: "-1", message_id: "m" }],
  [{ sum: "2x", seq: "0", message_id: "m" }],
  [{ sum: "1e3", seq: "0", message_id: "m" }],
  [{ sum: "2", seq: "0" }],
])("%o is refused", (headers) => {
  expect(createParts(fakeClock()).add(part(headers)).kind).toBe("wrong");
});

test("a part that counts otherwise than the first is refused, and the set goes on", () => {
  const parts = createParts(fakeClock());
  parts.add(part({ sum: "2", seq: "0", message_id: "m" }, "a"));
  expect(parts.add(part({ sum: "3", seq: "1", message_id: "m" }, "b")).kind).toBe("wrong");
  expect(textIn(parts.add(part({ sum: "2", seq: "1", message_id: "m" }, "b")))).toBe("ab");
});

test("a set that is not complete in 10 s is freed, and its last part alone is not delivered", async () => {
  const clock = fakeClock();
  const parts = createParts(clock);
  parts.add(part({ sum: "2", seq: "0", message_id: "m" }));
  await clock.advance(10_000);
  expect(parts.add(part({ sum: "2", seq: "1", message_id: "m" })).kind).toBe("part");
});

test("a late copy is known for a minute", async () => {
  const clock = fakeClock();
  const parts = createParts(clock);
  parts.add(part({ sum: "2", seq: "0", message_id: "m" }));
  parts.add(part({ sum: "2", seq: "1", message_id: "m" }));
  await clock.advance(59_999);
  expect(parts.add(part({ sum: "2", seq: "0", message_id: "m" })).kind).toBe("done");
  await clock.advance(1);
  expect(parts.add(part({ sum: "2", seq: "0", message_id: "m" })).kind).toBe("part");
});

test("at most 64 sets are open: the oldest gives way", () => {
  const parts = createParts(fakeClock());
  for (let n = 0; n < 65; n += 1) parts.add(part({ sum: "2", seq: "0", message_id: `m${n}` }));
  expect(parts.add(part({ sum: "2", seq: "1", message_id: "m0" })).kind).toBe("part");
  expect(parts.add(part({ sum: "2", seq: "1", message_id: "m64" })).kind).toBe("whole");
});

test("open sets hold at most 16 MiB together", () => {
  const parts = createParts(fakeClock());
  const big = new Uint8Array(9 * 1_048_576);
  parts.add(part({ sum: "2", seq: "0", message_id: "a" }, big));
  expect(parts.add(part({ sum: "2", seq: "0", message_id: "b" }, big)).kind).toBe("part");
  expect(parts.add(part({ sum: "2", seq: "1", message_id: "a" })).kind).toBe("part"); // the first set gave way
  expect(parts.add(part({ sum: "2", seq: "1", message_id: "b" }, big)).kind).toBe("wrong"); // alone too big
});
