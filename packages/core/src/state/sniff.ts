/** The type of a file by its first bytes, for the formats chats carry. Names and declared types are the sender's word only. */

export interface Sniffed {
  readonly contentType: string;
  readonly extension: string;
}

const SIGNATURES: readonly (readonly [at: number, magic: string, contentType: string, extension: string])[] = [
  [0, "\x89PNG\r\n\x1a\n", "image/png", "png"],
  [0, "\xff\xd8\xff", "image/jpeg", "jpg"],
  [0, "GIF8", "image/gif", "gif"],
  [8, "WEBP", "image/webp", "webp"],
  [0, "BM", "image/bmp", "bmp"],
  [0, "#!AMR", "audio/amr", "amr"],
  [0, "ID3", "audio/mpeg", "mp3"],
  [0, "\xff\xfb", "audio/mpeg", "mp3"],
  [0, "\xff\xf3", "audio/mpeg", "mp3"],
  [0, "\xff\xf2", "audio/mpeg", "mp3"],
  [8, "WAVE", "audio/wav", "wav"],
  [0, "OggS", "audio/ogg", "ogg"],
  [4, "ftypM4A", "audio/mp4", "m4a"],
  [4, "ftyphei", "image/heic", "heic"],
  [4, "ftypqt", "video/quicktime", "mov"],
  [4, "ftyp", "video/mp4", "mp4"],
  [0, "%PDF-", "application/pdf", "pdf"],
  [0, "PK\x03\x04", "application/zip", "zip"],
  [0, "Rar!", "application/vnd.rar", "rar"],
];

export function sniff(bytes: Uint8Array): Sniffed {
  const head = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  for (const [at, magic, contentType, extension] of SIGNATURES) {
    if (magic === "BM" && !head.startsWith("\0\0\0\0", 6)) continue; // two letters alone are the start of many a text
    if (head.startsWith(magic, at)) return { contentType, extension };
  }
  return { contentType: "application/octet-stream", extension: "bin" };
}
