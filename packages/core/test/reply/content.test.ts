/** What a reply is made of outlives the process that said it: files are in the state before the first byte leaves. */
import { describe, expect, test } from "vitest";
import type { Outbound } from "../../src/index.ts";
import { restoreContent, storeContent } from "../../src/reply/content.ts";
import { memoryBlobs } from "../../src/state/blobs.ts";
import { stages } from "../stage/stage.ts";

const { open, folder } = stages();
const url = new URL("https://example.org/a.png");

async function bytesOf(content: Outbound | undefined): Promise<string> {
  const file = content?.kind === "media" ? content.file : content?.kind === "card" ? content.image?.file : undefined;
  return file instanceof Blob ? file.text() : "no bytes";
}

describe("content in the outbox", () => {
  test.each<[string, Outbound]>([
    ["text", { kind: "text", text: "a", mentions: ["u1"] }],
    ["markdown", { kind: "markdown", text: "*a*", mentions: "all" }],
    ["a file by its address", { kind: "media", file: url, name: "b.png", media: "image" }],
    ["a file that came in", { kind: "media", file: { media: "voice", handle: { code: 1 } }, durationMs: 1_000 }],
    ["a card", { kind: "card", title: "T", text: "x", buttons: [{ id: "b", label: "B" }], native: { chat: { a: 1 } } }],
    ["a card with an image by its address", { kind: "card", title: "T", image: { file: url, alt: "an image" } }],
  ])("%s is plain JSON, and the same again", async (_name, content) => {
    const blobs = memoryBlobs();
    const stored = await storeContent(content, "k", blobs);
    expect(await restoreContent(JSON.parse(JSON.stringify(stored)) as typeof stored, blobs)).toEqual(content);
  });

  test("bytes of ours are kept beside it, with name and type", async () => {
    const blobs = memoryBlobs();
    const file = new File(["hello"], "hello.txt", { type: "text/plain" });
    const stored = await storeContent({ kind: "media", file }, "k", blobs);
    expect(JSON.stringify(stored)).not.toContain("aGVsbG8");
    const again = await restoreContent(stored, blobs);
    expect(again).toMatchObject({
      kind: "media",
      file: { name: "hello.txt", type: expect.stringContaining("text/plain") as string },
    });
    expect(await bytesOf(again)).toBe("hello");
  });

  test("bytes that are gone are a definite no, with what to do", async () => {
    const stored = await storeContent({ kind: "media", file: new Blob(["x"]) }, "k", memoryBlobs());
    await expect(restoreContent(stored, memoryBlobs())).rejects.toMatchObject({
      code: "unsupported",
      outcome: "refused",
    });
  });
});

describe("a file that was said before a crash", () => {
  test.each<[string, Outbound]>([
    ["as a file", { kind: "media", file: new File(["the bytes"], "a.txt") }],
    [
      "as the image of a card",
      { kind: "card", title: "Card", image: { file: new Blob(["the bytes"]), alt: "an image" } },
    ],
  ])("%s is sent after it, without the handler", async (_name, content) => {
    const first = await open({ folder: await folder(), handler: () => content });
    first.platform.fault("send", { outcome: "not_sent" });
    await first.say("x");
    await first.until(() => first.platform.calls.some((call) => call.startsWith("send")));
    const second = await open({ ...(await first.crash()), handler: () => "not run" });
    await second.idle(1_000);
    expect(second.platform.posts).toHaveLength(1);
    expect(await bytesOf(second.platform.posts[0]?.message)).toBe("the bytes");
  });
});
