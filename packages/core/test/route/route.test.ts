import { describe, expect, test } from "vitest";
import { ChannelError, type Route } from "../../src/index.ts";
import { isBetween, matches, matchText } from "../../src/route/match.ts";
import { createRouter } from "../../src/route/route.ts";
import { inGroup, message } from "../fixtures.ts";

const noon = new Date(2026, 0, 5, 12, 0);

describe("matchText", () => {
  test.each([
    ["report", "the REPORT please", true],
    ["报表", "请给我报表", true],
    ["report", "report", true],
    ["report", "rep ort", false],
    ["", "anything", false],
  ])("the word %j in %j: %s", (word, text, found) => {
    expect(matchText(word, text) !== undefined).toBe(found);
  });

  test("a RegExp is used as written, and /g keeps no state", () => {
    const pattern = /order\s+(\d+)/g;
    expect(matchText(pattern, "order 12")).toEqual(["order 12", "12"]);
    expect(matchText(pattern, "order 12")).toEqual(["order 12", "12"]);
    expect(matchText(/ORDER/, "order")).toBeUndefined();
  });
});

describe("isBetween", () => {
  test.each([
    ["09:00-18:00", 12, true],
    ["09:00-18:00", 18, false],
    ["22:00-06:00", 23, true],
    ["22:00-06:00", 5, true],
    ["22:00-06:00", 12, false],
    ["00:00-24:00", 23, true],
  ])("%s at %i:00 is %s", (window, hour, inside) => {
    expect(isBetween(window, new Date(2026, 0, 5, hour, 0))).toBe(inside);
  });
});

describe("matches", () => {
  test("all that are present must hold", () => {
    const asked = inGroup("g1", { text: "报表 7月" });
    expect(matches({ group: "g1", text: "报表", sender: ["u1", "u2"] }, asked, noon)).toBe(true);
    expect(matches({ group: "g2", text: "报表" }, asked, noon)).toBe(false);
    expect(matches({ group: "*", text: "报表" }, asked, noon)).toBe(true);
    expect(matches({ channel: "test", account: ["default"] }, asked, noon)).toBe(true);
  });

  test("a group never matches a direct chat, not even the wildcard", () => {
    expect(matches({ group: "*" }, message({ text: "hi" }), noon)).toBe(false);
  });

  test("kind tells text and files apart", () => {
    const file = message({ text: "", attachments: [{ media: "file", handle: {} }] });
    expect(matches({ kind: "file" }, file, noon)).toBe(true);
    expect(matches({ kind: "text" }, file, noon)).toBe(false);
    expect(matches({ kind: "text" }, message({ text: "x" }), noon)).toBe(true);
  });
});

describe("createRouter", () => {
  const routes: Route[] = [
    { when: { text: /^(report|报表)/i, between: "09:00-18:00" }, agent: "report", examples: ["报表 7月"] },
    { when: { text: ["translate", "翻译"] }, agent: "translate" },
  ];

  test("first match wins", () => {
    const route = createRouter(routes, ["report", "translate"]);
    expect(route(message({ text: "报表 translate" }), noon)?.agent).toBe("report");
    expect(route(message({ text: "please translate" }), noon)?.agent).toBe("translate");
    expect(route(message({ text: "报表" }), new Date(2026, 0, 5, 20, 0))).toBeUndefined();
    expect(route(message({ text: "hello" }), noon)).toBeUndefined();
  });

  test.each<[string, Route[], RegExp]>([
    ["an unknown agent", [{ when: {}, agent: "nobody" }], /routes\[0\] names the agent "nobody"/],
    ["an unreadable window", [{ when: { between: "9-18" }, agent: "a" }], /between is "9-18"/],
    [
      "an example an earlier route takes",
      [
        { when: { text: "or" }, agent: "a" },
        { when: { text: "order" }, agent: "a", examples: ["order 1"] },
      ],
      /taken by the earlier routes\[0\]/,
    ],
    ["an example that does not match", [{ when: { text: "x" }, agent: "a", examples: ["y"] }], /does not match/],
  ])("refuses %s", (_, bad, said) => {
    const make = (): unknown => createRouter(bad, ["a"]);
    expect(make).toThrow(said);
    expect(make).toThrow(ChannelError);
  });

  test("an earlier route of another group does not take an example", () => {
    const fine: Route[] = [
      { when: { text: "or", group: "g9" }, agent: "a" },
      { when: { text: "order" }, agent: "a", examples: ["order 1"] },
    ];
    expect(() => createRouter(fine, ["a"])).not.toThrow();
  });
});
