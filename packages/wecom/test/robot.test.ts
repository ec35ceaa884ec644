/** A group's webhook robot against a server of its own: bodies of all kinds, twenty a minute, the key in no text. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Card, ChannelError, type Outbound, type Robot } from "@openclaw-china/core";
import { fakeClock } from "@openclaw-china/testkit";
import { afterEach, expect, test } from "vitest";
import { weComRobotAt } from "../src/robot.ts";
import { failure } from "./fixtures.ts";

const KEY = "693a91f6-7aoc-4bc4-97a0";
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

interface Opened {
  readonly robot: Robot;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly calls: { readonly path: string; readonly body: string }[];
}

async function open(answer: (n: number) => object = () => ({ errcode: 0, media_id: "MID" })): Promise<Opened> {
  const calls: { readonly path: string; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      calls.push({ path: request.url ?? "", body: Buffer.concat(chunks).toString() });
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answer(calls.length)));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const clock = fakeClock();
  const robot = weComRobotAt(clock, { key: KEY, endpoints: { api: `http://127.0.0.1:${port}` }, proxy: "off" });
  return { robot, clock, calls };
}

const bodyOf = ({ calls }: Opened, n = 0): Record<string, unknown> =>
  JSON.parse(calls[n]?.body ?? "{}") as Record<string, unknown>;

test.each<readonly [string, string | Outbound, object]>([
  ["a plain text", "你好", { msgtype: "text", text: { content: "你好" } }],
  ["markdown in the richer kind", "# 报\n- 一", { msgtype: "markdown_v2", markdown_v2: { content: "# 报\n- 一" } }],
  [
    "a text that notifies",
    { kind: "text", text: "看", mentions: ["lin.yi", "13800138000"] },
    { msgtype: "text", text: { content: "看", mentioned_list: ["lin.yi"], mentioned_mobile_list: ["13800138000"] } },
  ],
  [
    "markdown that notifies",
    { kind: "markdown", text: "**看**", mentions: ["lin.yi"] },
    { msgtype: "markdown", markdown: { content: "<@lin.yi> **看**" } },
  ],
  [
    "everybody",
    { kind: "markdown", text: "**看**", mentions: "all" },
    { msgtype: "text", text: { content: "**看**", mentioned_list: ["@all"] } },
  ],
])("%s", async (_, content, body) => {
  const opened = await open();
  const sent = await opened.robot.send(content);
  expect(sent).toMatchObject({ channel: "wecom", account: "robot" });
  expect(opened.calls[0]?.path).toBe(`/cgi-bin/webhook/send?key=${KEY}`);
  expect(bodyOf(opened)).toEqual(body);
  await opened.robot.close();
});

test("a card of links is a notice without a task", async () => {
  const opened = await open();
  const card: Card = { kind: "card", title: "发布", buttons: [{ url: "https://example.com", label: "看" }] };
  await opened.robot.send(card);
  expect(bodyOf(opened)).toMatchObject({ msgtype: "template_card", template_card: { card_type: "text_notice" } });
  expect(JSON.stringify(bodyOf(opened))).not.toContain("task_id");
  await opened.robot.close();
});

test("a picture goes inside, a file by an upload of this robot", async () => {
  const opened = await open();
  const png = new File([Buffer.from("\x89PNG\r\n\x1a\nrest", "latin1")], "a.png");
  await opened.robot.send({ kind: "media", file: png });
  expect(bodyOf(opened)).toMatchObject({
    msgtype: "image",
    image: { md5: expect.stringMatching(/^[0-9a-f]{32}$/) as string },
  });
  await opened.robot.send({ kind: "media", file: new File(["%PDF-1.7 …"], "报告.pdf") });
  expect(opened.calls[1]?.path).toBe(`/cgi-bin/webhook/upload_media?key=${KEY}&type=file`);
  expect(opened.calls[1]?.body).toContain("报告.pdf");
  expect(bodyOf(opened, 2)).toEqual({ msgtype: "file", file: { media_id: "MID" } });
  await opened.robot.close();
});

test("what nobody could hear is refused before it is sent", async () => {
  const opened = await open();
  const card: Card = { kind: "card", title: "?", buttons: [{ id: "a", label: "A" }] };
  expect(await failure(opened.robot.send(card))).toMatchObject({ code: "unsupported" });
  expect(opened.calls).toEqual([]);
  await opened.robot.close();
});

test("a wrong key is said to be one, without the key", async () => {
  const opened = await open(() => ({ errcode: 93_000, errmsg: `invalid webhook url ?key=${KEY}` }));
  const error = await failure(opened.robot.send("x"));
  expect(error).toMatchObject({ code: "credentials_rejected" });
  expect(JSON.stringify([error.message, error.fix, error.platform])).not.toContain(KEY);
  await opened.robot.close();
});

test("of thirty messages twenty leave in the first minute, and the rest as one", async () => {
  const opened = await open();
  const sends = Array.from({ length: 30 }, (_, n) => opened.robot.send(`第 ${n} 条`));
  await Promise.all(sends.slice(0, 20));
  expect(opened.calls).toHaveLength(20);
  await opened.clock.advance(60_000);
  await Promise.all(sends);
  expect(opened.calls).toHaveLength(21);
  await opened.robot.close();
});

test("no key is said when it is used, a whole address at once", async () => {
  expect(() => weComRobotAt(fakeClock(), { key: "https://x/?key=1" })).toThrow(ChannelError);
  const robot = weComRobotAt(fakeClock(), { key: undefined });
  expect(await failure(robot.send("x"))).toMatchObject({ code: "secret_missing" });
  await robot.close();
});
