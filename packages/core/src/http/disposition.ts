/** The name in a `Content-Disposition`, in the forms that servers write. Still the sender's word: pass it on by `safeFileName`. */

const STARRED = /(?:^|;)\s*filename\*\s*=\s*utf-8'[^']*'([^;]+)/i;
const QUOTED = /(?:^|;)\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"/i;
const BARE = /(?:^|;)\s*filename\s*=\s*([^";]+)/i;

/** Undefined: there is none. The starred form wins; what cannot be decoded stays as it is. */
export function fileNameIn(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const starred = STARRED.exec(header)?.[1];
  const quoted = QUOTED.exec(header)?.[1];
  const bare = BARE.exec(header)?.[1];
  const given = starred ?? quoted?.replaceAll(/\\(["\\])/g, "$1") ?? bare;
  const name = decoded((given ?? "").trim());
  return name === "" ? undefined : name;
}

/** Percent signs of some, raw UTF-8 of others (which arrives byte by byte). */
function decoded(name: string): string {
  const bytes = Buffer.from(name, "latin1");
  const isByteByByte = /[\u0080-\u00FF]/.test(name) && !/[^\0-\u00FF]/.test(name);
  try {
    if (isByteByByte) return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return name.includes("%") ? decodeURIComponent(name) : name;
  } catch {
    return name; // a percent sign that is one, or letters that are no UTF-8
  }
}
