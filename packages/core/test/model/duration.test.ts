/** How long voices are, of files made here byte by byte; and of files that lie. */
import { describe, expect, test } from "vitest";
import { durationMs } from "../../src/model/duration.ts";

function wav(seconds: number, declared = seconds): Buffer {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt32LE(1_000, 28);
  head.write("data", 36);
  head.writeUInt32LE(declared * 1_000, 40);
  return Buffer.concat([head, Buffer.alloc(seconds * 1_000)]);
}

/** MPEG 1 layer 3, 128 kbit/s, 44.1 kHz: 417 bytes and 26.12 ms a frame. */
function mp3(frames: number): Buffer {
  const frame = Buffer.alloc(417);
  frame.writeUInt32BE(0xff_fb_90_00, 0);
  return Buffer.concat(Array.from({ length: frames }, () => frame));
}

function page(samples: bigint, content: string): Buffer {
  const head = Buffer.alloc(28);
  head.write("OggS", 0);
  head.writeBigInt64LE(samples, 6);
  return Buffer.concat([head, Buffer.from(content, "latin1"), Buffer.alloc(8)]);
}

const opus = Buffer.concat([page(0n, "OpusHead\x01\x01\x00\x00"), page(96_000n, "")]);
const vorbis = Buffer.concat([page(0n, "\x01vorbis\0\0\0\0\x01\x44\xac\0\0"), page(88_200n, "")]);
const tagged = Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0\x0a0123456789"), mp3(100)]);

test.each([
  ["wav", "wav", wav(3), 3_000],
  ["wav that declares more than it has", "wav", wav(2, 4_000_000), 2_000],
  ["amr", "amr", Buffer.concat([Buffer.from("#!AMR\n"), Buffer.alloc(13 * 50, 0x04)]), 1_000],
  ["amr-wb", "amr", Buffer.concat([Buffer.from("#!AMR-WB\n"), Buffer.alloc(18 * 50, 0x04)]), 1_000],
  ["mp3", "mp3", mp3(100), 2_612],
  ["mp3 behind a tag", "mp3", tagged, 2_612],
  ["ogg opus", "ogg", opus, 2_000],
  ["ogg vorbis", "ogg", vorbis, 2_000],
])("%s", (_, extension, bytes, expected) => {
  expect(durationMs(bytes, extension)).toBe(expected);
});

describe("what does not tell is undefined, and never an exception", () => {
  const starts = [
    "",
    "RIFF\0\0\0\0WAVE",
    "RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff",
    "#!AMR\n",
    "ID3\xff\xff\xff\xff\xff\xff\xff",
    "OggS",
    "OggS\0\0OpusHead",
  ];
  test.each(starts)("%j", (start) => {
    for (const extension of ["wav", "amr", "mp3", "ogg", "m4a"]) {
      for (let length = 0; length <= start.length; length += 1) {
        const bytes = Buffer.from(start.slice(0, length), "latin1");
        const ms = durationMs(bytes, extension);
        expect(ms === undefined || ms > 0).toBe(true);
      }
    }
  });
});
