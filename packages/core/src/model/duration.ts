/** How long a voice is, of its own bytes: the platform shows what it is told. Pure; undefined where the format does not tell. */

/** `extension` by content: amr, mp3, ogg, wav. */
export function durationMs(bytes: Uint8Array, extension: string): number | undefined {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ms = measured(data, extension);
  return ms !== undefined && Number.isFinite(ms) && ms > 0 ? Math.round(ms) : undefined;
}

function measured(data: Buffer, extension: string): number | undefined {
  if (extension === "wav") return wav(data);
  if (extension === "amr") return amr(data);
  if (extension === "ogg") return ogg(data);
  return extension === "mp3" ? mp3(data) : undefined;
}

/** RIFF: chunks of a name and a size; `fmt ` has the bytes per second, `data` the sound. */
function wav(data: Buffer): number | undefined {
  let bytesPerSecond: number | undefined;
  for (let at = 12; at + 8 <= data.length;) {
    const name = data.toString("latin1", at, at + 4);
    const size = data.readUInt32LE(at + 4);
    if (name === "fmt " && at + 20 <= data.length) bytesPerSecond = data.readUInt32LE(at + 16);
    if (name === "data" && bytesPerSecond) return (Math.min(size, data.length - at - 8) / bytesPerSecond) * 1_000;
    at += 8 + size + (size % 2);
  }
  return undefined;
}

const AMR_FRAME_MS = 20;
/** Bytes of a frame by its type, its own first byte included (RFC 4867, storage format). */
const AMR_BYTES = [13, 14, 16, 18, 20, 21, 27, 32, 6, 1, 1, 1, 1, 1, 1, 1];
const AMR_WB_BYTES = [18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 1, 1, 1, 1, 1, 1];

function amr(data: Buffer): number {
  const isWide = data.toString("latin1", 0, 9) === "#!AMR-WB\n";
  const sizes = isWide ? AMR_WB_BYTES : AMR_BYTES;
  let frames = 0;
  for (let at = isWide ? 9 : 6; at < data.length; frames += 1) at += sizes[((data[at] ?? 0) >> 3) & 15] ?? 1;
  return frames * AMR_FRAME_MS;
}

/** The last page says how many samples there are; Opus counts 48,000 a second, Vorbis what its head says. */
function ogg(data: Buffer): number | undefined {
  const last = data.lastIndexOf("OggS");
  if (last < 0 || last + 14 > data.length) return undefined;
  const samples = Number(data.readBigInt64LE(last + 6));
  const opus = data.indexOf("OpusHead");
  if (opus >= 0 && opus + 12 <= data.length) return ((samples - data.readUInt16LE(opus + 10)) / 48_000) * 1_000;
  const vorbis = data.indexOf("\u0001vorbis", 0, "latin1");
  if (vorbis < 0 || vorbis + 16 > data.length) return undefined;
  return (samples / data.readUInt32LE(vorbis + 12)) * 1_000;
}

/** kbit a second by index: MPEG 1 layer 3, and MPEG 2 and 2.5 layer 3. */
const MP3_KBITS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MP3_LOW_KBITS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
/** Hz by version bits (0: 2.5, 2: 2, 3: 1) and index. */
const MP3_HZ: Readonly<Record<number, readonly number[]>> = {
  0: [11_025, 12_000, 8_000],
  2: [22_050, 24_000, 16_000],
  3: [44_100, 48_000, 32_000],
};

/** Frame by frame, since bit rates may change; a byte that begins no frame is skipped. */
function mp3(data: Buffer): number {
  let ms = 0;
  for (let at = afterTag(data); at + 4 <= data.length;) {
    const frame = mp3Frame(data.readUInt32BE(at));
    ms += frame?.ms ?? 0;
    at += frame?.bytes ?? 1;
  }
  return ms;
}

/** ID3v2 stands in front, its size in seven bits a byte. */
function afterTag(data: Buffer): number {
  if (data.length < 10 || data.toString("latin1", 0, 3) !== "ID3") return 0;
  return 10 + [6, 7, 8, 9].reduce((size, at) => size * 128 + ((data[at] ?? 0) & 127), 0);
}

function mp3Frame(header: number): { readonly ms: number; readonly bytes: number } | undefined {
  const isSync = header >>> 21 === 2_047;
  const version = (header >>> 19) & 3;
  const isLayer3 = ((header >>> 17) & 3) === 1;
  const kbits = (version === 3 ? MP3_KBITS : MP3_LOW_KBITS)[(header >>> 12) & 15];
  const hz = MP3_HZ[version]?.[(header >>> 10) & 3];
  if (!isSync || !isLayer3 || !kbits || hz === undefined) return undefined;
  const samples = version === 3 ? 1_152 : 576;
  return { ms: (samples / hz) * 1_000, bytes: Math.floor((samples * kbits * 125) / hz) + ((header >>> 9) & 1) };
}
