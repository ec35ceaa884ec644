/** How long a voice or video is, of its own bytes: players show what they are told. Pure; undefined where it does not tell. */

/** `extension` by content: ogg, mp4. */
export function durationMs(bytes: Uint8Array, extension: string): number | undefined {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ms = extension === "ogg" ? opus(data) : extension === "mp4" ? mp4(data) : undefined;
  return ms !== undefined && Number.isFinite(ms) && ms > 0 ? Math.round(ms) : undefined;
}

/** What the platform plays as a voice. */
export function isOpus(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 128)).includes("OpusHead");
}

/** The last page says how many samples there are, 48,000 a second; the head, how many come before the sound. */
function opus(data: Buffer): number | undefined {
  const last = data.lastIndexOf("OggS");
  const head = data.indexOf("OpusHead");
  if (last < 0 || last + 14 > data.length || head < 0 || head + 12 > data.length) return undefined;
  const samples = Number(data.readBigInt64LE(last + 6));
  return ((samples - data.readUInt16LE(head + 10)) / 48_000) * 1_000;
}

/** The box `mvhd` within `moov`: units a second, and how many of them. */
function mp4(data: Buffer): number | undefined {
  const movie = boxIn(data, "moov");
  const head = movie === undefined ? undefined : boxIn(movie, "mvhd");
  if (head === undefined || head.length < 32) return undefined;
  const isLong = head[0] === 1;
  const perSecond = head.readUInt32BE(isLong ? 20 : 12);
  const units = isLong ? Number(head.readBigUInt64BE(24)) : head.readUInt32BE(16);
  return (units / perSecond) * 1_000;
}

/** The content of the first box of that name. A size of 1 stands for a longer one behind the name, 0 for all that follows. */
function boxIn(data: Buffer, name: string): Buffer | undefined {
  for (let at = 0; at + 8 <= data.length;) {
    const short = data.readUInt32BE(at);
    const isLong = short === 1 && at + 16 <= data.length;
    const size = isLong ? Number(data.readBigUInt64BE(at + 8)) : short === 0 ? data.length - at : short;
    if (size < 8) return undefined;
    if (data.toString("latin1", at + 4, at + 8) === name) return data.subarray(at + (isLong ? 16 : 8), at + size);
    at += size;
  }
  return undefined;
}
