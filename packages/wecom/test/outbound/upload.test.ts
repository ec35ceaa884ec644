/** Chunked uploads: sizes, MD5, how many at once, repeats; and the memory of what was uploaded. */
import { readFileSync } from "node:fs";
import { memoryState } from "@openclaw-china/core";
import { silentLogger } from "@openclaw-china/core/internal";
import { describe, expect, test } from "vitest";
import { createFrames } from "../../src/api/frames.ts";
import type { LinkRequest } from "../../src/api/link.ts";
import type { Upload } from "../../src/api/media.ts";
import { createChunkedUpload, createUploads } from "../../src/outbound/upload.ts";
import { calm, instantClock, scriptedFrames, unanswered } from "../fixtures.ts";

interface Example {
  readonly totalBytes: number;
  readonly md5: string;
  readonly chunks: readonly { readonly chunk_index: number; readonly base64Length: number }[];
}

const { uploadExample } = JSON.parse(readFileSync(new URL("../vectors/wecom-ws.json", import.meta.url), "utf8")) as {
  readonly uploadExample: Example;
};

function fileOf(bytes: number): Upload {
  return { type: "file", name: "a.bin", contentType: "application/octet-stream", bytes: new Uint8Array(bytes).fill(1) };
}

function ackOf({ cmd }: LinkRequest): number | object {
  if (cmd === "aibot_upload_media_init") return { upload_id: "UP" };
  return cmd === "aibot_upload_media_finish" ? { media_id: "MID" } : 0;
}

test("the example of the vectors, chunk by chunk", async () => {
  const frames = scriptedFrames(ackOf);
  const upload = createChunkedUpload({ frames, clock: instantClock() });
  await expect(upload(fileOf(uploadExample.totalBytes), calm())).resolves.toBe("MID");
  expect(frames.of("aibot_upload_media_init")[0]?.body).toEqual({
    type: "file",
    filename: "a.bin",
    total_size: uploadExample.totalBytes,
    total_chunks: uploadExample.chunks.length,
    md5: uploadExample.md5,
  });
  const chunks = frames.of("aibot_upload_media_chunk").map(({ body }) => {
    const { chunk_index, base64_data } = body as { readonly chunk_index: number; readonly base64_data: string };
    return { chunk_index, base64Length: base64_data.length };
  });
  expect(chunks).toEqual(uploadExample.chunks);
});

test.each([
  [4, 4],
  [7, 3],
  [12, 2],
])("%i chunks: at most %i at once", async (total, most) => {
  let under = 0;
  let highest = 0;
  const frames = createFrames({
    isLive: () => true,
    async request(request) {
      const isChunk = request.cmd === "aibot_upload_media_chunk";
      if (isChunk) highest = Math.max(highest, (under += 1));
      await new Promise((resolve) => setImmediate(resolve));
      if (isChunk) under -= 1;
      const said = ackOf(request);
      return typeof said === "object" ? (said as Record<string, unknown>) : {};
    },
  });
  await createChunkedUpload({ frames, clock: instantClock() })(fileOf(total * 524_288), calm());
  expect(highest).toBe(most);
});

test("a chunk without an acknowledgement is sent again as it is", async () => {
  const frames = scriptedFrames((request, n) => (n === 2 ? unanswered("unknown") : ackOf(request)));
  await createChunkedUpload({ frames, clock: instantClock() })(fileOf(1_000), calm());
  const [first, second] = frames.of("aibot_upload_media_chunk");
  expect(second?.body).toEqual(first?.body);
});

describe("the memory", () => {
  const state = memoryState();
  const uploadsOf = (owner: string, counted: string[]) =>
    createUploads({
      store: state.store,
      log: silentLogger(),
      owner,
      upload: (file) => {
        counted.push(file.name);
        return Promise.resolve(`${owner}-${counted.length}`);
      },
    });

  test("the same bytes are uploaded once, also at the same time; another owner has ids of its own", async () => {
    const counted: string[] = [];
    const uploads = uploadsOf("a", counted);
    const both = await Promise.all([uploads.idOf(fileOf(10), calm()), uploads.idOf(fileOf(10), calm())]);
    expect(both.map(({ id }) => id)).toEqual(["a-1", "a-1"]);
    expect(await uploadsOf("a", counted).idOf(fileOf(10), calm())).toEqual({ id: "a-1", isKnown: true });
    expect(await uploadsOf("b", []).idOf(fileOf(10), calm())).toEqual({ id: "b-1", isKnown: false });
    await uploads.forget(fileOf(10));
    expect(await uploads.idOf(fileOf(10), calm())).toEqual({ id: "a-2", isKnown: false });
  });
});
