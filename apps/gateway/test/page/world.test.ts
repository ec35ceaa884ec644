/** What the page knows, event by event, and how it puts a trace into words. */
import { expect, test } from "vitest";
import type { Changes, Message } from "../../page/src/facts.ts";
import { hopInWords, isEnd, sinceInWords, toneOf } from "../../page/src/hops.ts";
import { changed, EMPTY } from "../../page/src/world.ts";

const message = (id: string, text: string): Message => ({
  id,
  kind: "card",
  text,
  state: "growing",
  isBot: true,
  updates: 1,
  reactions: [],
  buttons: [],
});
const NOTHING: Changes = { messages: [], traces: [] };
const demo = { bot: { name: "b" }, person: { name: "p" }, groups: [], routes: [] };
const shown = (id: string, text: string): Changes["messages"][number] => ({
  place: "direct",
  message: message(id, text),
});

test("messages are added in order, and changed in place; the others stay the same objects", () => {
  const first = changed(EMPTY, { ...NOTHING, demo, messages: [shown("a", "1"), shown("b", "2")] });
  const second = changed(first, { ...NOTHING, messages: [shown("b", "2 and more"), shown("c", "3")] });
  expect(second.messages["direct"]?.map(({ id, text }) => `${id} ${text}`)).toEqual(["a 1", "b 2 and more", "c 3"]);
  expect(second.messages["direct"]?.[0]).toBe(first.messages["direct"]?.[0]);
  expect(second.demo).toBe(demo);
});

test("a trace replaces the one before; an event without status keeps it", () => {
  const status = { ready: true, why: [], channels: [] };
  const line = { at: 1, hop: "claim", outcome: "accepted" };
  const first = changed(EMPTY, { ...NOTHING, status, traces: [{ id: "a", lines: [line] }] });
  const second = changed(first, { ...NOTHING, traces: [{ id: "a", lines: [line, line] }] });
  expect(second.traces["a"]).toHaveLength(2);
  expect(second.status).toBe(status);
});

test("a new connection starts anew: nothing of another gateway is left", () => {
  const old = changed(EMPTY, {
    demo,
    status: { ready: true, why: [], channels: [] },
    messages: [shown("a", "1")],
    traces: [{ id: "a", lines: [] }],
  });
  expect(changed(old, { ...NOTHING, demo, messages: [shown("z", "9")] })).toEqual({
    demo,
    messages: { direct: [message("z", "9")] },
    traces: {},
  });
});

test("hops in words of both languages; what is not known is shown as it is", () => {
  const routed = { at: 0, hop: "route", outcome: "route 2 → reporting-agent" };
  expect(hopInWords("en", routed)).toBe("Routed to reporting-agent");
  expect(hopInWords("zh", routed)).toBe("路由到 reporting-agent");
  expect(hopInWords("en", { at: 0, hop: "turn", outcome: "done" })).toBe("Done");
  expect(hopInWords("en", { at: 0, hop: "route", outcome: "hears /x/" })).toBe("route: hears /x/");
});

test("times are relative and short", () => {
  expect([-3, 0, 12.4, 999, 1_000, 4_192].map(sinceInWords)).toEqual([
    "0 ms",
    "0 ms",
    "12 ms",
    "999 ms",
    "1.00 s",
    "4.19 s",
  ]);
});

test.each([
  ["accepted", "good"],
  ["done", "good"],
  ["not done", "bad"],
  ["stream refused", "bad"],
  ["started", "neutral"],
] as const)("%s looks %s", (outcome, tone) => {
  expect(toneOf(outcome)).toBe(tone);
});

test("a trace is at its end when nothing more is to come", () => {
  const ends = ["turn done", "turn given up", "turn merged", "admit refused"];
  for (const end of ends)
    expect(isEnd({ at: 0, hop: end.split(" ")[0] ?? "", outcome: end.slice(end.indexOf(" ") + 1) })).toBe(true);
  expect(isEnd({ at: 0, hop: "turn", outcome: "not done" })).toBe(false);
  expect(isEnd({ at: 0, hop: "reply", outcome: "done" })).toBe(false);
});
