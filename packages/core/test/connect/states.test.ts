/** The table of connection states: every step that is allowed, and every one that is not. */
import { describe, expect, test } from "vitest";
import { STATES, transition } from "../../src/connect/states.ts";

type State = keyof typeof STATES;
const ALL = Object.keys(STATES) as State[];

/** Written down again: a change of the table must be meant. */
const ALLOWED: Readonly<Record<State, readonly State[]>> = {
  idle: ["opening", "standby", "stopped"],
  opening: ["live", "waiting", "failed", "replaced", "stopped"],
  live: ["draining", "opening", "waiting", "replaced", "failed", "stopped"],
  draining: ["live", "waiting", "failed", "replaced", "stopped"],
  waiting: ["opening", "standby", "stopped"],
  standby: ["opening", "stopped"],
  replaced: ["opening", "standby", "stopped"],
  failed: ["opening", "stopped"],
  stopped: [],
};

const pairs = ALL.flatMap((from) =>
  ALL.map((to) => ({ from, to, allowed: from === to || ALLOWED[from].includes(to) })),
);

test.each(pairs.filter(({ allowed }) => allowed))("$from → $to", ({ from, to }) => {
  expect(transition(from, to)).toBe(to);
});

test.each(pairs.filter(({ allowed }) => !allowed))("$from → $to is refused", ({ from, to }) => {
  expect(() => transition(from, to)).toThrow(`cannot go from ${from} to ${to}`);
});

describe("of every table of states", () => {
  test("the nine of the public type, and no others", () => {
    expect(ALL.toSorted()).toEqual(Object.keys(ALLOWED).toSorted());
    expect(ALL).toHaveLength(9);
  });
  test("messages can arrive only where a link is up", () => {
    expect(ALL.filter((state) => STATES[state].ready)).toEqual(["live", "draining"]);
  });
  test("everything can be stopped, and what is stopped stays so", () => {
    for (const state of ALL.filter((one) => one !== "stopped")) expect(STATES[state].next).toContain("stopped");
    expect(STATES.stopped.next).toEqual([]);
  });
  test("every state can be reached, and every one but the last leads to a link", () => {
    const reached = new Set<State>(["idle"]);
    for (const state of reached) for (const next of STATES[state].next) reached.add(next);
    expect([...reached].toSorted()).toEqual(ALL.toSorted());
    const leads = (from: State, seen = new Set<State>()): boolean =>
      from === "live" || (!seen.has(from) && STATES[from].next.some((next) => leads(next, seen.add(from))));
    for (const state of ALL.filter((one) => one !== "stopped")) expect(leads(state), state).toBe(true);
  });
});
