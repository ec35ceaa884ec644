/** The part called `media` of a form (RFC 7578). */
export interface MediaPart {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export function mediaPart(body: Buffer, contentType: string): MediaPart | undefined {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const mark = Buffer.from(`--${boundary}`);
  for (let at = body.indexOf(mark); at >= 0;) {
    const next = body.indexOf(mark, at + mark.length);
    const headEnd = body.indexOf("\r\n\r\n", at);
    if (next < 0 || headEnd < 0 || headEnd > next) return undefined;
    const head = body.toString("utf8", at, headEnd);
    const name = /;\s*filename="([^"]*)"/i.exec(head)?.[1];
    if (/;\s*name="media"/i.test(head) && name !== undefined)
      return { name, bytes: new Uint8Array(body.subarray(headEnd + 4, next - 2)) };
    at = next;
  }
  return undefined;
}
