/** What people see, and what `next` hands out. */
import { describe, expect, test } from "vitest";
import { createBoard, type Board } from "../src/screen.ts";
import type { Screen } from "../src/index.ts";

function boardWith(texts: readonly string[] = []): { readonly board: Board; screen(): Screen } {
  const board = createBoard();
  for (const [n, text] of texts.entries())
    board.post({ id: `m${n}`, place: "room", from: "bot", kind: "text", text, state: "finished" });
  const screen = (): Screen =>
    board.screen({ viewer: "lin", place: "room", bot: "bot", explain: () => "Its last calls: card/streaming 403" });
  return { board, screen };
}

const growing = { id: "c1", place: "room", from: "bot", kind: "card", text: "", state: "growing" } as const;

describe("next", () => {
  test("hands out each finished message of the bot once, in order, over all screens of a person", async () => {
    const { board, screen } = boardWith(["one", "two"]);
    board.post({ id: "q", place: "room", from: "lin", kind: "text", text: "a question", state: "finished" });
    expect((await screen().next()).text).toBe("one");
    expect((await screen().next()).text).toBe("two");
    await expect(screen().next({ timeoutMs: 0 })).rejects.toThrow("no further finished message");
  });

  test("waits for a card to end, finished or failed", async () => {
    const { board, screen } = boardWith();
    board.post(growing);
    const ended = screen().next();
    board.change("c1", { text: "half" });
    board.change("c1", { text: "the whole", state: "failed" });
    expect(await ended).toMatchObject({ state: "failed", text: "the whole", history: ["half", "the whole"] });
  });

  test("what was recalled meanwhile is none", async () => {
    const { board, screen } = boardWith(["thinking…", "the answer"]);
    board.change("m0", { state: "recalled" });
    expect((await screen().next()).text).toBe("the answer");
    expect(screen().messages.map(({ state }) => state)).toEqual(["recalled", "finished"]);
  });

  test("in vain: the error shows the screen and the last calls", async () => {
    const { board, screen } = boardWith();
    board.post({ ...growing, text: "half an answ" });
    await expect(screen().next({ timeoutMs: 0 })).rejects.toThrow(
      /in 0 ms[^]*On the screen:[^]*bot card growing: "half an answ"[^]*card\/streaming 403/,
    );
    await expect(boardWith().screen().next({ timeoutMs: 0 })).rejects.toThrow(/On the screen:\s+nothing/);
  });

  test("called off", async () => {
    const { screen } = boardWith();
    const end = new AbortController();
    const waiting = screen().next({ signal: end.signal });
    end.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(screen().next({ signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow("before");
  });

  test("each person has a screen of their own", async () => {
    const { board, screen } = boardWith(["to both"]);
    const wang = board.screen({ viewer: "wang", place: "room", bot: "bot", explain: () => "" });
    expect((await screen().next()).text).toBe("to both");
    expect((await wang.next()).text).toBe("to both");
  });
});

describe("messages", () => {
  test("the history holds every text once, without the empty start", () => {
    const { board, screen } = boardWith();
    board.post(growing);
    for (const text of ["a", "a", "ab", ""]) board.change("c1", { text });
    expect(screen().messages).toMatchObject([{ id: "c1", text: "", history: ["a", "ab"], state: "growing" }]);
  });

  test("changes of what is not there are ignored", () => {
    const { board, screen } = boardWith(["one"]);
    board.change("nothing", { text: "x" });
    expect(screen().messages).toHaveLength(1);
    expect(board.find("nothing")).toBeUndefined();
  });

  test("watchers hear of each change until they leave", () => {
    const { board } = boardWith();
    const places: string[] = [];
    const watching = board.watch((place) => places.push(place));
    board.post(growing);
    board.change("c1", { text: "x" });
    watching[Symbol.dispose]();
    board.change("c1", { text: "y" });
    expect(places).toEqual(["room", "room"]);
  });
});
