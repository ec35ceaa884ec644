/** Frames of the long connection (pbbp2, protobuf), written from the protocol: encode, decode, nonsense. */

/** One protobuf message. */
export interface Frame {
  readonly seqId: bigint;
  readonly logId: bigint;
  readonly service: number;
  /** 0 control, 1 data. */
  readonly method: number;
  /** In their order. */
  readonly headers: readonly (readonly [key: string, value: string])[];
  readonly payloadEncoding?: string;
  readonly payloadType?: string;
  readonly payload?: Buffer;
  readonly logIdNew?: string;
}

const VARINT = 0;
const BYTES = 2;
/** Lengths of what the protocol does not use, by wire type. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

export function encodeFrame(frame: Frame): Buffer {
  const { payload, payloadEncoding, payloadType, logIdNew } = frame;
  return Buffer.concat([
    number(1, frame.seqId),
    number(2, frame.logId),
    number(3, BigInt(frame.service)),
    number(4, BigInt(frame.method)),
    ...frame.headers.map(([key, value]) => bytes(5, Buffer.concat([text(1, key), text(2, value)]))),
    ...(payloadEncoding === undefined ? [] : [text(6, payloadEncoding)]),
    ...(payloadType === undefined ? [] : [text(7, payloadType)]),
    ...(payload === undefined ? [] : [bytes(8, payload)]),
    ...(logIdNew === undefined ? [] : [text(9, logIdNew)]),
  ]);
}

function number(field: number, value: bigint): Buffer {
  return Buffer.concat([varint(BigInt((field << 3) | VARINT)), varint(value)]);
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint(BigInt((field << 3) | BYTES)), varint(BigInt(value.length)), value]);
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value, "utf8"));
}

function varint(value: bigint): Buffer {
  const groups: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const group = Number(rest & 0x7fn);
    rest >>= 7n;
    groups.push(rest === 0n ? group : group | 0x80);
  } while (rest !== 0n);
  return Buffer.from(groups);
}

/** Undefined for bytes that are no frame. */
export function decodeFrame(data: Buffer): Frame | undefined {
  const fields = fieldsOf(data);
  if (fields === undefined) return undefined;
  const last = (field: number): bigint | Buffer | undefined => fields.findLast(([at]) => at === field)?.[1];
  const [seqId, logId, service, method] = [last(1), last(2), last(3), last(4)];
  if (typeof seqId !== "bigint" || typeof logId !== "bigint") return undefined;
  if (typeof service !== "bigint" || typeof method !== "bigint") return undefined;
  const headers = fields.filter(([at]) => at === 5).map(([, value]) => headerOf(value));
  const optional = { payloadEncoding: last(6), payloadType: last(7), logIdNew: last(9) };
  const texts = Object.entries(optional).filter(([, value]) => Buffer.isBuffer(value));
  const payload = last(8);
  return {
    seqId,
    logId,
    service: Number(BigInt.asIntN(32, service)),
    method: Number(BigInt.asIntN(32, method)),
    headers,
    ...Object.fromEntries(texts.map(([name, value]) => [name, String(value)])),
    ...(Buffer.isBuffer(payload) ? { payload } : {}),
  };
}

type Field = readonly [field: number, value: bigint | Buffer];

function headerOf(value: bigint | Buffer): readonly [string, string] {
  const fields = (Buffer.isBuffer(value) ? fieldsOf(value) : undefined) ?? [];
  const at = (field: number): string => String(fields.findLast(([one]) => one === field)?.[1] ?? "");
  return [at(1), at(2)];
}

/** Varints and byte strings, which is what this protocol uses. */
function fieldsOf(data: Buffer): readonly Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  const read = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; at < data.length && shift < 70n; shift += 7n) {
      const byte = data[at] ?? 0;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return undefined;
  };
  while (at < data.length) {
    const tag = read();
    const skipped = FIXED[Number((tag ?? 0n) & 7n)];
    if (skipped !== undefined) {
      at += skipped;
      continue;
    }
    const value = tag === undefined ? undefined : read();
    if (tag === undefined || value === undefined) return undefined;
    const field = Number(tag >> 3n);
    if ((tag & 7n) === BigInt(VARINT)) {
      fields.push([field, value]);
    } else {
      if ((tag & 7n) !== BigInt(BYTES) || value > BigInt(data.length - at)) return undefined;
      fields.push([field, data.subarray(at, at + Number(value))]);
      at += Number(value);
    }
  }
  return fields;
}

export function headerIn({ headers }: Frame, key: string): string | undefined {
  return headers.find(([name]) => name === key)?.[1];
}

/** Frames that no client may choke on: cut off, of absurd lengths, of absurd parts, without what is required, no JSON. */
export function nonsense(): readonly (Buffer | string)[] {
  const data = { seqId: 1n, logId: 2n, service: 1, method: 1 };
  const parts = (sum: string, seq: string): Frame => ({
    ...data,
    headers: [
      ["type", "event"],
      ["message_id", `nonsense-${sum}-${seq}`],
      ["sum", sum],
      ["seq", seq],
    ],
    payload: Buffer.from("{}"),
  });
  const whole = encodeFrame(parts("1", "0"));
  return [
    Buffer.alloc(0),
    Buffer.from([0x08, 0xff]),
    Buffer.from("08ffffffffffffffffffff7f", "hex"),
    whole.subarray(0, whole.length - 1),
    Buffer.from("080110021801200142ffffffff0f", "hex"),
    Buffer.from("0801100218010b", "hex"),
    encodeFrame(parts("100000000", "0")),
    encodeFrame(parts("2", "7")),
    encodeFrame(parts("-1", "0")),
    encodeFrame({ ...parts("1", "0"), payload: Buffer.from("{not json") }),
    encodeFrame({ ...data, headers: [], payload: Buffer.from([0xff, 0xfe]) }),
    "text",
  ];
}
