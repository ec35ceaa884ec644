/** The socket by which commands reach the running gateway. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Bot, createBot } from "@openclaw-china/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { adminPath, askAdmin, serveAdmin } from "../../src/admin/socket.ts";

let folder: string;
let bot: Bot;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gw-"));
  bot = createBot({ channels: [] });
});
afterEach(async () => {
  await bot.stop();
  await rm(folder, { recursive: true, force: true });
});

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

test("beside the state file, for this user alone, and gone at the end", async () => {
  const path = adminPath(join(folder, "bot.db"));
  expect(path).toBe(join(folder, "bot.db.sock"));
  const before = process.umask();
  const admin = await serveAdmin(path, { bot });
  expect(await modeOf(path)).toBe(0o600);
  expect(process.umask()).toBe(before);
  expect(await askAdmin(path, { path: "/status" })).toMatchObject({ ready: false, channels: [] });
  expect(await askAdmin(path, { path: "/trace?id=unheard" })).toEqual([]);
  await admin.close();
  expect(existsSync(path)).toBe(false);
  expect(await askAdmin(path, { path: "/status" })).toBeUndefined();
});

test("where the path is too long for a socket: in a private folder of the temporary one", async () => {
  const file = join(folder, "a".repeat(120), "bot.db");
  const path = adminPath(file);
  expect(Buffer.byteLength(path)).toBeLessThan(104); // the least that systems allow
  expect(adminPath(file)).toBe(path);
  expect(adminPath(join(folder, "b".repeat(120), "bot.db"))).not.toBe(path);
  await using _closing = { [Symbol.asyncDispose]: (await serveAdmin(path, { bot })).close };
  expect(await modeOf(path)).toBe(0o600);
  expect(await modeOf(dirname(path))).toBe(0o700);
});

test("what a dead process left is replaced", async () => {
  const path = adminPath(join(folder, "bot.db"));
  await writeFile(path, "left over");
  const admin = await serveAdmin(path, { bot });
  expect(await askAdmin(path, { path: "/trace?id=x" })).toEqual([]);
  await admin.close();
});

test.each<[string, RequestListener, RegExp]>([
  ["an error", (_, response) => void response.writeHead(500).end("internal error"), /it answered with status 500/],
  ["what is no JSON", (_, response) => void response.end("hello"), /JSON/],
  ["a connection that breaks", (_, response) => void response.destroy(), /socket hang up|ECONNRESET/],
])("%s is told, with what to do", async (_, answer, why) => {
  const path = join(folder, "x.sock");
  const server: Server = createServer(answer).listen(path);
  await once(server, "listening");
  await expect(askAdmin(path, { path: "/status" })).rejects.toMatchObject({
    code: "config_invalid",
    message: expect.stringMatching(why) as string,
    fix: { en: expect.stringContaining("gateway's own user") as string },
  });
  server.close();
  server.closeAllConnections();
});

const SENDING = { to: ["robot:ops"], text: "hello", kind: "markdown" } as const;
const question = (text: string) =>
  ({ path: "/send", body: { sending: { ...SENDING, text }, timeoutMs: 60_000 }, timeoutMs: 60_000 }) as const;

test("what is sent: asked with its deadline, bounded, called off at the end", async () => {
  const path = join(folder, "send.sock");
  const begun = Promise.withResolvers<AbortSignal>();
  const admin = await serveAdmin(path, {
    bot,
    async send({ to, text }, signal) {
      if (text === "hello") return to.map((one) => ({ to: one, id: "m1", parts: [] }));
      begun.resolve(signal);
      await once(signal, "abort");
      return [];
    },
  });
  expect(await askAdmin(path, question("hello"))).toEqual([{ to: "robot:ops", id: "m1", parts: [] }]);
  await expect(askAdmin(path, question("x".repeat(2_000_000)))).rejects.toThrow(/answered with status 413/);
  const waiting = askAdmin(path, question("wait"));
  const lost = expect(waiting).rejects.toMatchObject({ code: "config_invalid" });
  const signal = await begun.promise;
  await admin.close();
  expect(signal.aborted).toBe(true);
  await lost;
  expect(await askAdmin(path, question("hello"))).toBeUndefined();
});
