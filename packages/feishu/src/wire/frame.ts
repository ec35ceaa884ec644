/**
 * Frames of the long connection: one protobuf message each (`pbbp2.Frame`), read and written by hand. Numbers of 64 bits are
 * never read as such: an acknowledgement repeats their bytes. Field numbers: 1 SeqID, 2 LogID, 3 service, 4 method, 5 headers,
 * 6 payloadEncoding, 7 payloadType, 8 payload, 9 LogIDNew.
 */

/** A frame that came in. Its bytes are kept, since an acknowledgement repeats them. */
export interface Frame {
  /** Control (ping, pong) or data. Anything else is neither. */
  readonly method: number;
  readonly service: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Empty when there is none. */
  readonly payload: Uint8Array;
  /** What an acknowledgement repeats before its own header, between that and its payload, and after it. */
  readonly echo: readonly [before: Ranges, between: Ranges, after: Ranges];
}

export const CONTROL = 0;
export const DATA = 1;

/** Parts of the frame's bytes. */
type Ranges = readonly Uint8Array[];

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const MAX_VARINT_BYTES = 10;
/** What each field number 1 to 9 must be encoded as; 5 may repeat, 1 to 4 must be there. */
const KINDS = [-1, VARINT, VARINT, VARINT, VARINT, BYTES, BYTES, BYTES, BYTES, BYTES] as const;
const REQUIRED = 0b1_1110;

/** Where in the bytes reading stands; `at` is negative once they have turned out to be no frame. */
interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/** Undefined when the bytes are no frame: cut off, of unknown encoding, or without what a frame must have. Never throws. */
export function parseFrame(given: Uint8Array): Frame | undefined {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  const cursor: Cursor = { bytes, at: 0 };
  const echo = [createRanges(bytes), createRanges(bytes), createRanges(bytes)] as const;
  const headers = new Map<string, string>();
  let payload: Uint8Array = bytes.subarray(0, 0);
  let service = 0;
  let method = -1;
  let seen = 0;
  while (cursor.at < bytes.length) {
    const begin = cursor.at;
    const tag = readVarint(cursor);
    const field = tag >>> 3;
    const kind = tag & 7;
    if (cursor.at < 0 || field === 0 || (field < KINDS.length && KINDS[field] !== kind)) return undefined;
    if (field === 3) service = readVarint(cursor);
    else if (field === 4) method = readVarint(cursor);
    else if (field === 5) readHeader(cursor, headers);
    else if (field === 8) payload = readBytes(cursor);
    else skip(cursor, kind);
    if (cursor.at < 0) return undefined;
    if (field < 32) seen |= 1 << field;
    if (field <= 5) echo[0].add(begin, cursor.at);
    else if (field <= 7) echo[1].add(begin, cursor.at);
    else if (field === 9) echo[2].add(begin, cursor.at);
  }
  if ((seen & REQUIRED) !== REQUIRED) return undefined;
  return { method, service, headers, payload, echo: [echo[0].all, echo[1].all, echo[2].all] };
}

/** The frame sent back: everything as it came, one header more, another payload. */
export function answerFrame(
  { echo }: Frame,
  header: readonly [key: string, value: string],
  payload: string,
): Uint8Array {
  const [before, between, after] = echo;
  return Buffer.concat([...before, headerField(...header), ...between, bytesField(8, Buffer.from(payload)), ...after]);
}

/** The protocol's own sign of life. `service` is the `service_id` of the connection's address. */
export function pingFrame(service: number): Uint8Array {
  // SeqID 0, LogID 0, service, method 0
  const head = Buffer.concat([Buffer.of(0x08, 0, 0x10, 0, 0x18), int32(service), Buffer.of(0x20, CONTROL)]);
  return Buffer.concat([head, headerField("type", "ping")]);
}

/** Ranges of one frame; what adjoins is one. */
function createRanges(bytes: Buffer): { readonly all: Ranges; add(begin: number, end: number): void } {
  const all: Uint8Array[] = [];
  let from = 0;
  let to = -1;
  return {
    all,
    add(begin, end) {
      const adjoins = begin === to;
      if (!adjoins) from = begin;
      to = end;
      const range = bytes.subarray(from, end);
      if (adjoins) all[all.length - 1] = range;
      else all.push(range);
    },
  };
}

/** The lower 32 bits, signed; the others are passed over. */
function readVarint(cursor: Cursor): number {
  const { bytes } = cursor;
  let value = 0;
  for (let n = 0; n < MAX_VARINT_BYTES; n += 1) {
    const byte = bytes[cursor.at + n];
    if (byte === undefined) break;
    if (n < 5) value |= (byte & 0x7f) << (7 * n);
    if (byte < 0x80) {
      cursor.at += n + 1;
      return value;
    }
  }
  cursor.at = -1;
  return 0;
}

/** Checked before anything is allocated; no copy is made. */
function readBytes(cursor: Cursor): Uint8Array {
  const length = readVarint(cursor);
  const begin = cursor.at;
  if (begin < 0 || length < 0 || length > cursor.bytes.length - begin) {
    cursor.at = -1;
    return cursor.bytes.subarray(0, 0);
  }
  cursor.at = begin + length;
  return cursor.bytes.subarray(begin, cursor.at);
}

function skip(cursor: Cursor, kind: number): void {
  if (kind === VARINT) readVarint(cursor);
  else if (kind === BYTES) readBytes(cursor);
  else if (kind === FIXED64) skipFixed(cursor, 8);
  else if (kind === FIXED32) skipFixed(cursor, 4);
  else cursor.at = -1;
}

function skipFixed(cursor: Cursor, length: number): void {
  cursor.at = cursor.at + length <= cursor.bytes.length ? cursor.at + length : -1;
}

function readHeader(cursor: Cursor, headers: Map<string, string>): void {
  const within: Cursor = { bytes: readBytes(cursor) as Buffer, at: 0 };
  if (cursor.at < 0) return;
  let key: string | undefined;
  let value: string | undefined;
  while (within.at >= 0 && within.at < within.bytes.length) {
    const tag = readVarint(within);
    if (within.at < 0 || tag >>> 3 === 0) break;
    if (tag === 0x0a) key = textOf(readBytes(within));
    else if (tag === 0x12) value = textOf(readBytes(within));
    else skip(within, tag & 7);
  }
  if (key === undefined || value === undefined || within.at !== within.bytes.length) cursor.at = -1;
  else headers.set(key, value);
}

function textOf(bytes: Uint8Array): string {
  return (bytes as Buffer).toString("utf8");
}

function headerField(key: string, value: string): Buffer {
  return bytesField(5, Buffer.concat([bytesField(1, Buffer.from(key)), bytesField(2, Buffer.from(value))]));
}

function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of((field << 3) | BYTES), varint(bytes.length), bytes]);
}

/** Of a number up to 2^32 - 1. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** A negative number is written as if it had 64 bits: ten bytes. */
function int32(value: number): Buffer {
  if (value >= 0) return varint(value);
  const bytes: number[] = [];
  for (let n = 0; n < MAX_VARINT_BYTES - 1; n += 1) bytes.push((n < 5 ? (value >> (7 * n)) & 0x7f : 0x7f) | 0x80);
  return Buffer.from([...bytes, 1]);
}
