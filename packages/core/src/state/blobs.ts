/** Bytes: in memory (bounded), or as files with generated names in a folder of their own. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { readBytes, tooLargeError } from "../http/body.ts";
import { sniff } from "./sniff.ts";
import type { Blobs } from "./state.ts";

/** All blobs in memory together; beyond, the oldest are dropped. */
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;

export function memoryBlobs(): Blobs {
  const blobs = new Map<string, Uint8Array>();
  let total = 0;
  const drop = (key: string): void => {
    total -= blobs.get(key)?.byteLength ?? 0;
    blobs.delete(key);
  };
  return {
    async put(key, bytes, maxBytes) {
      const all = await readBytes(bytes, maxBytes);
      drop(key);
      blobs.set(key, all);
      total += all.byteLength;
      for (const oldest of blobs.keys()) {
        if (total <= MAX_MEMORY_BYTES || oldest === key) break;
        drop(oldest);
      }
    },
    open(key) {
      const bytes = blobs.get(key);
      if (bytes === undefined) return Promise.resolve(undefined);
      const { contentType, extension } = sniff(bytes);
      const body = new Blob([new Uint8Array(bytes)]).stream();
      return Promise.resolve({ name: `file.${extension}`, contentType, sizeBytes: bytes.byteLength, body });
    },
    remove(key) {
      drop(key);
      return Promise.resolve();
    },
  };
}

/** Names are hashes of the keys: nothing that came from outside becomes part of a path. */
export function fileBlobs(folder: string): Blobs {
  const pathOf = (key: string): string => join(folder, createHash("sha256").update(key).digest("hex"));
  return {
    async put(key, bytes, maxBytes) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const temporary = `${pathOf(key)}.${crypto.randomUUID()}`;
      try {
        const source = Readable.fromWeb(bytes as Parameters<typeof Readable.fromWeb>[0]);
        await pipeline(source, limitBytes(maxBytes), createWriteStream(temporary, { mode: 0o600 }));
        await rename(temporary, pathOf(key));
      } finally {
        await rm(temporary, { force: true });
      }
    },
    async open(key) {
      const path = pathOf(key);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) return undefined;
      const file = await open(path);
      const head = Buffer.alloc(64);
      const { bytesRead } = await file.read(head, 0, head.length, 0);
      await file.close();
      const { contentType, extension } = sniff(head.subarray(0, bytesRead));
      const body = new Blob([await readFile(path)]).stream();
      return { name: `file.${extension}`, contentType, sizeBytes: found.size, body };
    },
    remove: (key) => rm(pathOf(key), { force: true }),
  };
}

function limitBytes(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) callback(tooLargeError(maxBytes));
      else callback(null, chunk);
    },
  });
}
