/**
 * Puts split pushes together: parts of one `message_id` at their `seq`, bytes joined before they are read as UTF-8, since a
 * part may end inside a character. Bounded in sets, in bytes and in time; what is finished is remembered for a minute, so that
 * a late copy is acknowledged and not collected again.
 */
import type { Clock } from "@openclaw-china/core";
import type { Frame } from "../wire/frame.ts";

/** `whole`: everything is there. `part`: wait for the others. `done`: a copy of what was whole before. `wrong`: drop the frame. */
export type Collected =
  | { readonly kind: "whole"; readonly payload: Uint8Array }
  | { readonly kind: "part" }
  | { readonly kind: "done" }
  | { readonly kind: "wrong" };

/** Official clients expect no more parts either; checked before anything is allocated. */
const MAX_PARTS = 1_024;
const MAX_SETS = 64;
const MAX_BYTES = 16 * 1_048_576;
const SET_MS = 10_000;
const DONE_MS = 60_000;
const MAX_DONE = 1_000;

interface PartSet {
  readonly sum: number;
  readonly parts: Map<number, Uint8Array>;
  readonly begunAt: number;
  bytes: number;
}

export interface Parts {
  add(frame: Frame): Collected;
}

/** Of one connection. */
export function createParts(clock: Pick<Clock, "now">): Parts {
  const sets = new Map<string, PartSet>(); // in the order of their first part
  const done = new Map<string, number>(); // until when they are remembered
  let bytes = 0;

  const drop = (id: string): void => {
    bytes -= sets.get(id)?.bytes ?? 0;
    sets.delete(id);
  };

  const forgetOld = (now: number): void => {
    for (const [id, { begunAt }] of sets) if (begunAt + SET_MS <= now) drop(id);
    for (const [id, until] of done) if (until <= now || done.size > MAX_DONE) done.delete(id);
  };

  const makeRoom = (forBytes: number): void => {
    for (const [id] of sets) if (sets.size >= MAX_SETS || bytes + forBytes > MAX_BYTES) drop(id);
  };

  const collect = (id: string, { sum, seq, payload }: Part, now: number): Collected => {
    const begun = sets.get(id);
    if (begun !== undefined && begun.sum !== sum) return { kind: "wrong" };
    if (begun?.parts.has(seq) === true) return { kind: "part" };
    if (begun === undefined) makeRoom(payload.length);
    const set = begun ?? { sum, parts: new Map<number, Uint8Array>(), begunAt: now, bytes: 0 };
    set.parts.set(seq, payload);
    set.bytes += payload.length;
    bytes += payload.length;
    sets.set(id, set);
    if (bytes > MAX_BYTES) {
      drop(id);
      return { kind: "wrong" };
    }
    if (set.parts.size < sum) return { kind: "part" };
    drop(id);
    done.set(id, now + DONE_MS);
    return { kind: "whole", payload: joined(set) };
  };

  return {
    add({ headers, payload }) {
      const sum = numberOf(headers.get("sum"), 1);
      const seq = numberOf(headers.get("seq"), 0);
      if (sum < 1 || sum > MAX_PARTS || seq < 0 || seq >= sum) return { kind: "wrong" };
      if (sum === 1) return { kind: "whole", payload };
      const now = clock.now();
      forgetOld(now);
      const id = headers.get("message_id");
      if (id === undefined) return { kind: "wrong" };
      return done.has(id) ? { kind: "done" } : collect(id, { sum, seq, payload }, now);
    },
  };
}

interface Part {
  readonly sum: number;
  readonly seq: number;
  readonly payload: Uint8Array;
}

/** Absent or empty: the default. -1: no whole number. */
function numberOf(text: string | undefined, byDefault: number): number {
  if (text === undefined || text === "") return byDefault;
  return /^\d{1,9}$/.test(text) ? Number(text) : -1;
}

function joined({ sum, parts, bytes }: PartSet): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (let seq = 0; seq < sum; seq += 1) {
    const part = parts.get(seq) ?? new Uint8Array();
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
