/** What the demo shows of the platform beyond answers, over its own HTTP. Real sockets, the real demo. */
import { createHash } from "node:crypto";
import { silentLogger } from "@openclaw-china/core/internal";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Changes } from "../../page/src/facts.ts";
import { type Demo, startDemo } from "../../src/demo.ts";
import { openTab } from "./tab.ts";

let demo: Demo;
beforeEach(async () => {
  demo = await startDemo({ port: 0, nextFree: false, env: {}, log: silentLogger() });
});
afterEach(() => demo.stop(1_000));

const post = (path: string, body: unknown): Promise<Response> =>
  fetch(new URL(path, demo.address), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test("what is spent of the month's calls is told, and grows with an answer", async () => {
  await using tab = await openTab(demo.address);
  const spentIn = ({ status }: Changes): number => status?.channels[0]?.usage?.calls ?? 0;
  expect((await post("api/say", { text: "1 + 1" })).status).toBe(202);
  const seen = await tab.until((changes) => spentIn(changes) > 0);
  expect(seen.at(-1)?.status?.channels[0]?.usage).toEqual({
    month: expect.stringMatching(/^\d{4}-\d{2}$/),
    calls: expect.any(Number),
  });
  const before = seen.map(spentIn).findLast((calls) => calls > 0) ?? 0;
  expect((await post("api/say", { text: "2 + 2" })).status).toBe(202);
  await tab.until((changes) => spentIn(changes) > before);
});

test.each(["direct", "group"])("a card has its mark once the person has looked: %s", async (kind) => {
  await using tab = await openTab(demo.address);
  const group = kind === "group" ? { group: (await tab.next()).demo?.groups[0]?.id } : {};
  const cardIs =
    (isRead: boolean) =>
    ({ messages }: Changes): boolean =>
      messages.some(({ message }) => message.isBot && message.state === "finished" && message.isRead === isRead);
  expect((await post("api/say", { text: "1 + 1", ...group })).status).toBe(202);
  const before = await tab.until(cardIs(false));
  expect(before.some(cardIs(true))).toBe(false);
  expect((await post("api/look", group)).status).toBe(202);
  await tab.until(cardIs(true));
});

test.each(["direct", "group"])(
  "a message that is posted to the webhook is answered as others are: %s",
  async (kind) => {
    await using tab = await openTab(demo.address);
    const group = kind === "group" ? { group: (await tab.next()).demo?.groups[0]?.id } : {};
    expect((await post("api/say", { text: "1 + 1", way: "webhook", ...group })).status).toBe(202);
    const seen = await tab.until(({ messages }) =>
      messages.some(({ message }) => message.isBot && message.state === "finished"),
    );
    const own = seen.flatMap(({ messages }) => messages.map(({ message }) => message)).findLast(({ isBot }) => !isBot);
    expect(own?.isPosted).toBe(true);
    expect((await post("api/say", { text: "x", way: "pigeon" })).status).toBe(400);
  },
);

test("a chat that is not there cannot be looked at", async () => {
  expect((await post("api/look", { group: "elsewhere" })).status).toBe(404);
  expect((await post("api/look", { chat: "direct" })).status).toBe(400);
});

test("a file is answered with what the bot got: its name, size and digest", async () => {
  await using tab = await openTab(demo.address);
  const send = (name: string, body: Uint8Array<ArrayBuffer>): Promise<Response> =>
    fetch(new URL(`api/file?${new URLSearchParams({ name }).toString()}`, demo.address), { method: "POST", body });
  const bytes = new TextEncoder().encode("order,42\n");
  expect((await send("订单 orders.csv", bytes)).status).toBe(202);
  const answered = await tab.until(({ messages }) =>
    messages.some(({ message }) => message.isBot && message.state === "finished"),
  );
  const { text } = answered.at(-1)?.messages.findLast(({ message }) => message.isBot)?.message ?? {};
  const digest = createHash("sha256").update(bytes).digest("hex");
  expect(text).toContain("订单 orders.csv");
  expect(text).toContain(`${bytes.byteLength} bytes`);
  expect(text).toContain(digest.slice(0, 16));
  expect((await send("empty.txt", new Uint8Array(0))).status).toBe(400);
  expect((await send("", bytes)).status).toBe(400);
  expect((await send("large.bin", new Uint8Array(1_048_577))).status).toBe(413);
});

test("a keyword lets the group's robot speak in the group, under its own name", async () => {
  await using tab = await openTab(demo.address);
  const group = (await tab.next()).demo?.groups[0]?.id ?? "";
  expect((await post("api/say", { text: "/robot", group })).status).toBe(202);
  const seen = await tab.until(({ traces }) => traces.some(({ lines }) => lines.at(-1)?.outcome === "done"));
  const shown = seen.flatMap(({ messages }) => messages).filter(({ message }) => message.by !== undefined);
  expect(shown[0]).toMatchObject({ place: group, message: { isBot: true, by: "群机器人 Group robot" } });
  expect(shown[0]?.message.text).toContain("the build has passed");
});
