/** Names of files that came from somebody else: fit to be shown and to be sent on, and harmless should somebody use one as a path. */

const MAX_CHARS = 120;
/** Of an extension that is kept when a name is cut. */
const MAX_EXTENSION_CHARS = 16;
/** Devices of Windows, whatever their extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** The last part of a path without what cannot be seen or means something to a shell or a file system; `fallback` when nothing is left. */
export function safeFileName(name: string | undefined, fallback: string): string {
  const last = (name ?? "").split(/[/\\]/).at(-1) ?? "";
  const clean = last
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "")
    .replaceAll(/[<>:"|?*`$;]/g, "_")
    .trim()
    .replace(/[. ]+$/, "");
  if (/^\.*$/.test(clean)) return fallback;
  const visible = clean.replace(/^[.-]+/, (start) => "_".repeat(start.length)); // neither hidden nor an option
  return shortened(DEVICE.test(visible) ? `_${visible}` : visible);
}

/** Lower case, without the dot; "" when there is none. */
export function extensionOf(name: string): string {
  const found = /[^.]\.([^.\s]+)$/.exec(name)?.[1] ?? "";
  return found.length > MAX_EXTENSION_CHARS ? "" : found.toLowerCase();
}

function shortened(name: string): string {
  const chars = [...name];
  if (chars.length <= MAX_CHARS) return name;
  const extension = extensionOf(name);
  const end = extension === "" ? "" : `.${extension}`;
  return `${chars.slice(0, MAX_CHARS - end.length).join("")}${end}`;
}
