/**
 * Commands talk to the running gateway through a unix socket beside its state file, instead of opening a second connection.
 * Only this user can open it.
 */
import { createHash } from "node:crypto";
import { chmod, rm } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Bot, type BotStatus, toNodeHandler, type TraceLine } from "@openclaw-china/core";
import { Hono } from "hono";

/** Longer paths do not fit into a socket's address. */
const MAX_PATH_BYTES = 100;

/** Beside the state file, or where that is too long, in the temporary folder under a name of its own. */
export function adminPath(stateFile: string): string {
  const beside = `${resolve(stateFile)}.sock`;
  if (Buffer.byteLength(beside) <= MAX_PATH_BYTES) return beside;
  const name = createHash("sha256").update(beside).digest("hex").slice(0, 24);
  return join(tmpdir(), `openclaw-china-${name}.sock`);
}

export interface Admin {
  close(): Promise<void>;
}

/** The state file is held by this process alone, so a socket that is left there belongs to nobody. */
export async function serveAdmin(path: string, bot: Bot): Promise<Admin> {
  await rm(path, { force: true });
  const app = new Hono();
  app.get("/status", (c) => c.json(bot.status()));
  app.get("/trace", async (c) => c.json(await bot.trace(c.req.query("id") ?? "")));
  const server: Server = createServer(toNodeHandler(async (incoming) => app.fetch(incoming)));
  await new Promise<void>((done, reject) => {
    server.once("error", reject);
    server.listen(path, done);
  });
  await chmod(path, 0o600);
  return {
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** Undefined: no gateway runs there. */
export async function askAdmin(path: string, query: "/status" | `/trace?id=${string}`): Promise<unknown> {
  return new Promise((done, reject) => {
    const call = request({ socketPath: path, path: query, timeout: 10_000 }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () => done(JSON.parse(text)));
      answer.on("error", reject);
    });
    call.on("timeout", () => call.destroy(new Error("the running gateway did not answer in 10 s")));
    call.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") done(undefined);
      else reject(error);
    });
    call.end();
  });
}

export type { BotStatus, TraceLine };
