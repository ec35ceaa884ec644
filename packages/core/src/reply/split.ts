/**
 * Cuts markdown into pieces a platform takes: on block borders first, then lines, then words, never inside a code point;
 * an open code fence is closed at the cut and reopened in the next piece. Hard limits may be in characters or UTF-8 bytes.
 */

/** Absent: no limit of that kind. Characters are UTF-16 units, as platforms count them. */
export interface SplitLimits {
  readonly maxChars?: number;
  readonly maxBytes?: number;
  /** Characters that the platform counts, where that is more than the text has. */
  readonly charsOf?: (text: string) => number;
}

/** One piece when everything fits. Joining the pieces gives the text back, but for white space at cuts and reopened fences. */
export function split(text: string, limits: SplitLimits): readonly string[] {
  const pieces: string[] = [];
  let rest = text;
  while (!fits(rest, limits)) {
    const cut = cutOnce(rest, limits);
    pieces.push(cut.head);
    rest = cut.prefix + cut.rest;
  }
  if (rest !== "" || pieces.length === 0) pieces.push(rest);
  return pieces;
}

/** A cut: the finished head, and the rest of the text, which `prefix` (a reopened fence) stands in front of. */
export interface Cut {
  readonly head: string;
  readonly prefix: string;
  readonly rest: string;
}

/** The first piece of a text that does not fit, and what follows it. */
export function cutOnce(text: string, limits: SplitLimits): Cut {
  const reserve = 16; // for a closing fence
  const room = Math.max(1, longestPrefix(text, limits) - reserve);
  const at = cutPoint(text, room);
  const head = text.slice(0, at).trimEnd();
  const tail = text.slice(at);
  const fence = openFence(head);
  if (fence === undefined) return { head, prefix: "", rest: tail.trimStart() };
  return { head: `${head}\n${fence.marker}`, prefix: `${fence.opening}\n`, rest: tail.replace(/^\n/, "") };
}

/** A text that ends here: an open fence is closed, and `prefix` opens it again. */
export function endFence(text: string): Omit<Cut, "rest"> {
  const fence = openFence(text);
  if (fence === undefined) return { head: text, prefix: "" };
  return { head: `${text.trimEnd()}\n${fence.marker}`, prefix: `${fence.opening}\n` };
}

/** True when the text keeps both limits. */
export function fits(text: string, limits: SplitLimits): boolean {
  const { maxChars, charsOf } = limits;
  if (maxChars !== undefined && text.length > maxChars) return false;
  if (maxChars !== undefined && charsOf !== undefined && charsOf(text) > maxChars) return false;
  return limits.maxBytes === undefined || Buffer.byteLength(text) <= limits.maxBytes;
}

/** Length in characters of the longest prefix within the limits, not inside a surrogate pair. */
function longestPrefix(text: string, limits: SplitLimits): number {
  let chars = Math.min(text.length, limits.maxChars ?? text.length);
  if (limits.maxBytes !== undefined || limits.charsOf !== undefined) {
    let low = 0;
    let high = chars;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (fits(text.slice(0, middle), limits)) low = middle;
      else high = middle - 1;
    }
    chars = low;
  }
  return wholeCodePoint(text, chars);
}

function wholeCodePoint(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return at > 1 && at < text.length && code >= 0xd800 && code <= 0xdbff ? at - 1 : at;
}

/** The best border at or before `room`; a border in the first third would waste the message. */
function cutPoint(text: string, room: number): number {
  const window = text.slice(0, room);
  const least = Math.floor(room / 3);
  const inFence = openFence(window) !== undefined;
  const borders = inFence ? ["\n"] : ["\n\n", "\n", "。", ". ", "!", "?", ";", ",", " "];
  for (const border of borders) {
    let at = window.lastIndexOf(border);
    while (at > least && insideLink(window, at)) at = window.lastIndexOf(border, at - 1);
    if (at >= least && !insideLink(window, at)) return at + border.length;
  }
  return wholeCodePoint(text, room);
}

/** True when the position is inside `[label](target)` that does not end before it. */
function insideLink(text: string, at: number): boolean {
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const open = text.lastIndexOf("[", at);
  if (open < lineStart) return false;
  return /^\[[^\]]*(\]\([^)]*)?$/.test(text.slice(open, at));
}

/** The fence that is open at the end of the text, if any. */
function openFence(text: string): { readonly marker: string; readonly opening: string } | undefined {
  let open: { marker: string; opening: string } | undefined;
  for (const line of text.split("\n")) {
    const found = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    const marker = found?.[1];
    if (marker === undefined) continue;
    if (open === undefined) open = { marker, opening: line };
    else if (marker.startsWith(open.marker) && found?.[2]?.trim() === "") open = undefined;
  }
  return open;
}
