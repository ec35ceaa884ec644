/** Forms with files (RFC 7578), as clients send them. */

export interface FormPart {
  readonly value: string;
  /** Of a file. */
  readonly fileName: string | undefined;
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The parts by name; undefined for a body that is no form. */
export function formOf(body: Buffer, contentType: string): ReadonlyMap<string, FormPart> | undefined {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const mark = Buffer.from(`--${boundary}`);
  const parts = new Map<string, FormPart>();
  for (let at = body.indexOf(mark); at >= 0;) {
    const next = body.indexOf(mark, at + mark.length);
    if (next < 0) return parts;
    const headEnd = body.indexOf("\r\n\r\n", at);
    if (headEnd < 0 || headEnd > next) return undefined;
    const head = body.toString("utf8", at, headEnd);
    const name = /;\s*name="([^"]*)"/i.exec(head)?.[1];
    const bytes = new Uint8Array(body.subarray(headEnd + 4, next - 2));
    const type = /^content-type:\s*(\S+)/im.exec(head)?.[1] ?? "application/octet-stream";
    const fileName = /;\s*filename="([^"]*)"/i.exec(head)?.[1];
    if (name !== undefined)
      parts.set(name, { value: Buffer.from(bytes).toString("utf8"), fileName, contentType: type, bytes });
    at = next;
  }
  return undefined;
}
