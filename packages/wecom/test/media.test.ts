/** Files of a bot against the vectors: opened with the right key, refused with any other, called by what they are. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FileRef, FileStream, HttpResponse, Transport } from "@openclaw-china/core";
import { ChannelError } from "@openclaw-china/core";
import { fileNameIn, readBytes, safeFileName } from "@openclaw-china/core/internal";
import { fakeClock } from "@openclaw-china/testkit";
import { describe, expect, test } from "vitest";
import type { Client } from "../src/api/client.ts";
import { createFiles, type Files, type FilesDeps } from "../src/files.ts";
import { fileKeyOf, unsealed } from "../src/unseal.ts";

interface Case {
  readonly name: string;
  readonly aeskey: string;
  readonly plainBytes: number;
  readonly plainSha256: string;
  readonly cipherBase64: string;
}

const file = new URL("vectors/wecom-media.json", import.meta.url);
const { cases, mustFail, fileNames } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly cases: readonly Case[];
  readonly mustFail: readonly Case[];
  readonly fileNames: readonly { readonly header: string; readonly expect: string | null }[];
};
const calm = new AbortController().signal;
const MAX = 1_048_576;

/** In pieces of that many bytes, as a network may cut them. */
function inPieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
      else controller.close();
      at += size;
    },
  });
}

const sealed = ({ cipherBase64 }: Case): Buffer => Buffer.from(cipherBase64, "base64");
const keyOf = ({ aeskey }: Case): Buffer => fileKeyOf(aeskey) ?? expect.unreachable("no key");

test("the vectors are all here", () => {
  expect([cases.length, mustFail.length, fileNames.length]).toEqual([14, 6, 10]);
});

describe("opened", () => {
  test.each(cases)("$name, however the network cuts it", async (one) => {
    for (const size of [1, 7, 16, 33, 65_536]) {
      const plain = await readBytes(unsealed(inPieces(sealed(one), size), keyOf(one)), MAX);
      expect(plain.byteLength, String(size)).toBe(one.plainBytes);
      expect(createHash("sha256").update(plain).digest("hex")).toBe(one.plainSha256);
    }
  });

  test.each(mustFail)("refused: $name", async (one) => {
    const failed = await failure(
      filesOf({ body: sealed(one) })
        .download(fileOf(one), calm)
        .then(bytesOf),
    );
    expect(failed).toMatchObject({ code: "content_rejected", outcome: "refused", verdict: { kind: "stop" } });
    expect(JSON.stringify([failed.message, failed.fix])).not.toContain(one.aeskey);
  });
});

test.each(fileNames)("the name in $header", ({ header, expect: expected }) => {
  const name = fileNameIn(header);
  // What means something to a shell is no letter of a name: `a;b.txt` is called `a_b.txt` then.
  const clean = expected?.replace(";", "_") ?? null;
  expect(name === undefined ? null : safeFileName(name, "file")).toBe(clean);
});

interface Served {
  readonly body: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Asked {
  readonly urls: string[];
  readonly answers: Served[];
}

function filesOf(served: Served, over: Partial<FilesDeps> = {}): Files {
  return filesAsking({ urls: [], answers: [served] }, over);
}

function filesAsking(asked: Asked, over: Partial<FilesDeps> = {}): Files {
  const http: Transport = {
    request({ url }) {
      asked.urls.push(url);
      const { body, headers = {} } = asked.answers[asked.urls.length - 1] ?? asked.answers.at(-1) ?? { body: "" };
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      return Promise.resolve({ status: 200, headers, body: inPieces(bytes, 40) } satisfies HttpResponse);
    },
  };
  return createFiles({ http, clock: fakeClock(), proxy: "off", api: "https://qyapi.weixin.qq.com", ...over });
}

function fileOf({ aeskey }: Pick<Case, "aeskey">): FileRef {
  return { media: "file", handle: { url: "https://files.example.com/obj/1?sign=abc", aesKey: aeskey } };
}

async function bytesOf({ body }: FileStream): Promise<Uint8Array> {
  return readBytes(body, MAX);
}

async function failure(work: Promise<unknown>): Promise<ChannelError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof ChannelError ? error : expect.unreachable("it did not fail as it should");
}

const png = cases.find(({ name }) => name.startsWith("1x1 PNG, aeskey with")) as Case;

describe("download", () => {
  test("name by the server, type by content of what was sealed", async () => {
    const headers = { "content-disposition": 'attachment; filename="my report.png"', "content-type": "text/plain" };
    const found = await filesOf({ body: sealed(png), headers }).download(fileOf(png), calm);
    expect(found).toMatchObject({ name: "my report.png", contentType: "image/png" });
    expect((await bytesOf(found)).byteLength).toBe(png.plainBytes);
  });

  test("without a name, called by its type; with the callback's key where it has none", async () => {
    const ref: FileRef = { media: "image", handle: { url: "https://files.example.com/obj/1" } };
    const found = await filesOf({ body: sealed(png) }, { encodingAesKey: png.aeskey }).download(ref, calm);
    expect(found).toMatchObject({ name: "image.png", contentType: "image/png" });
    await found.body.cancel();
    const error = await failure(filesOf({ body: sealed(png) }).download(ref, calm));
    expect(error.message).toContain("no key");
  });

  test("an address inside of the network is not asked", async () => {
    const asked: Asked = { urls: [], answers: [{ body: "secret" }] };
    for (const url of ["http://127.0.0.1/x", "https://169.254.169.254/x", "file:///etc/passwd", "nonsense"]) {
      const ref: FileRef = { media: "file", handle: { url, aesKey: png.aeskey } };
      expect(await failure(filesAsking(asked).download(ref, calm))).toMatchObject({ code: "address_not_allowed" });
    }
    expect(asked.urls).toEqual([]);
  });

  test("a handle that is none", async () => {
    for (const handle of [undefined, null, "x", {}, { mediaId: "m" }, { mediaId: "m", of: "else" }]) {
      const error = await failure(filesOf({ body: "" }).download({ media: "file", handle }, calm));
      expect(error).toMatchObject({ code: "unsupported" });
    }
  });
});

describe("the media interface", () => {
  const ref: FileRef = { media: "voice", handle: { mediaId: "M/1", of: "app" } };
  let tokens = 0;
  const client = (): Client => ({
    api: "https://qyapi.weixin.qq.com",
    call: () => expect.unreachable("not called"),
    addressOf: (path) =>
      Promise.resolve({
        url: `https://qyapi.weixin.qq.com${path}&access_token=access-token-${tokens}`,
        drop: () => Promise.resolve(void (tokens += 1)),
      }),
  });
  const named = { "content-disposition": "attachment; filename=%E8%AF%AD%E9%9F%B3.amr" };

  test("a file with its name", async () => {
    const asked: Asked = { urls: [], answers: [{ body: `#!AMR\n${"x".repeat(200)}`, headers: named }] };
    const found = await filesAsking(asked, { app: client() }).download(ref, calm);
    expect(found).toMatchObject({ name: "语音.amr", contentType: "audio/amr" });
    expect((await bytesOf(found)).byteLength).toBe(206);
    expect(asked.urls[0]).toContain("/cgi-bin/media/get?media_id=M%2F1&");
  });

  test("an expired token is changed once; another error is told in words, without the token", async () => {
    tokens = 1;
    const expired = { body: '{"errcode":42001,"errmsg":"access_token expired"}' };
    const asked: Asked = { urls: [], answers: [expired, { body: "the file", headers: named }] };
    const found = await filesAsking(asked, { app: client() }).download(ref, calm);
    expect(Buffer.from(await bytesOf(found)).toString()).toBe("the file");
    expect(asked.urls.map((url) => new URL(url).searchParams.get("access_token"))).toEqual([
      "access-token-1",
      "access-token-2",
    ]);
    const gone = { body: '{"errcode":40007,"errmsg":"invalid media_id, access-token-2"}' };
    const error = await failure(filesOf(gone, { app: client() }).download(ref, calm));
    expect(error.platform).toMatchObject({ code: "40007" });
    expect(JSON.stringify([error.message, error.platform])).not.toContain("access-token-2");
  });

  test("a file that is JSON itself has a name, and is a file", async () => {
    const body = '{"errcode":42001}';
    const found = await filesOf({ body, headers: named }, { app: client() }).download(ref, calm);
    expect(Buffer.from(await bytesOf(found)).toString()).toBe(body);
  });

  test("without the application it came through", async () => {
    const error = await failure(filesOf({ body: "" }).download(ref, calm));
    expect(error).toMatchObject({ code: "unsupported" });
  });
});

describe("loaded to be sent on", () => {
  const limits = { maxBytes: 100, signal: calm };
  test("a blob, a file, an address, a file that came in", async () => {
    const files = filesOf({ body: sealed(png), headers: { "content-disposition": "attachment; filename=a.png" } });
    expect(await files.load(new Blob(["x"]), limits)).toEqual({ bytes: new Uint8Array([120]) });
    expect(await files.load(new File(["x"], "x.txt"), limits)).toMatchObject({ name: "x.txt" });
    expect((await files.load(fileOf(png), limits)).bytes.byteLength).toBe(png.plainBytes);
    const plain = filesOf({ body: "hello" });
    const byName = await plain.load(new URL("https://files.example.com/a%20b.txt"), limits);
    expect([Buffer.from(byName.bytes).toString(), byName.name]).toEqual(["hello", "a b.txt"]);
  });

  test("more than is wanted", async () => {
    const many = new Blob(["x".repeat(101)]);
    expect(await failure(filesOf({ body: "" }).load(many, limits))).toMatchObject({ code: "too_large" });
    const large = filesOf({ body: "x".repeat(101) }).load(new URL("https://files.example.com/a"), limits);
    expect(await failure(large)).toMatchObject({ code: "too_large" });
  });
});
