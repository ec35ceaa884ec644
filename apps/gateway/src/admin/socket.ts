/**
 * Commands talk to the running gateway through a unix socket beside its state file, instead of opening a second connection.
 * Only this user can open it. On Windows it is a named pipe.
 */
import { createHash } from "node:crypto";
import { mkdir, lstat, rm } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import { tmpdir, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Bot, toNodeHandler } from "@openclaw-china/core";
import { closedError, configError } from "@openclaw-china/core/internal";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Result, Sending } from "../sending/send.ts";

/** Longer paths do not fit into a socket's address. */
const MAX_PATH_BYTES = 100;
const ANSWER_MS = 10_000;
/** Of what a command hands over. */
const MAX_BODY_BYTES = 1_048_576;
const OTHERS = 0o077;
/** Nor may anybody execute it. */
const SOCKET_MASK = 0o177;

/** Beside the state file, or where that is too long, in a folder of this user in the temporary one. */
export function adminPath(stateFile: string): string {
  const beside = `${resolve(stateFile)}.sock`;
  const name = `openclaw-china-${createHash("sha256").update(beside).digest("hex").slice(0, 24)}`;
  if (process.platform === "win32") return `\\\\.\\pipe\\${name}`;
  if (Buffer.byteLength(beside) <= MAX_PATH_BYTES) return beside;
  return join(ownFolder(), `${name}.sock`);
}

function ownFolder(): string {
  return join(tmpdir(), `openclaw-china-${userInfo().uid}`);
}

export interface Admin {
  close(): Promise<void>;
}

/** The process that answers. */
export interface About {
  readonly version: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
  /** `http://127.0.0.1:8787` */
  readonly address: string;
  /** Fingerprint of the config it has read. */
  readonly config: string;
}

/** What the socket offers: looks at the bot, and sends. */
export interface AdminParts {
  readonly bot: Bot;
  readonly about?: About;
  /** Absent: nothing can be sent. */
  readonly send?: (sending: Sending, signal: AbortSignal) => Promise<readonly Result[]>;
}

/** The state file is held by this process alone, so a socket that is left there belongs to nobody. */
export async function serveAdmin(path: string, { bot, about, send }: AdminParts): Promise<Admin> {
  const isFile = !path.startsWith("\\\\");
  if (isFile) {
    await makePrivate(dirname(path));
    await rm(path, { force: true });
  }
  const app = new Hono();
  app.get("/status", (c) => c.json(bot.status()));
  app.get("/trace", async (c) => c.json(await bot.trace(c.req.query("id") ?? "")));
  if (about !== undefined) app.get("/about", (c) => c.json(about));
  const closing = new AbortController();
  app.get("/probe", async (c) => {
    const signal = AbortSignal.any([c.req.raw.signal, closing.signal]);
    return c.json(await bot.probe({ spend: c.req.query("spend") === "true", signal }));
  });
  if (send !== undefined) {
    app.use("/send", bodyLimit({ maxSize: MAX_BODY_BYTES }));
    app.post("/send", async (c) => {
      const { sending, timeoutMs } = await c.req.json<SendQuestion>();
      const late = AbortSignal.timeout(timeoutMs);
      const signal = AbortSignal.any([c.req.raw.signal, closing.signal, late]); // the command has left, or the gateway ends
      return c.json(await send(sending, signal));
    });
  }
  const server: Server = createServer(toNodeHandler(async (incoming) => app.fetch(incoming)));
  await listen(server, path);
  return {
    close: () =>
      new Promise((done) => {
        closing.abort(closedError("the gateway"));
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** Our own folder in the temporary one must be nobody else's. */
async function makePrivate(folder: string): Promise<void> {
  if (folder !== ownFolder()) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { mode, uid } = await lstat(folder);
  if ((mode & OTHERS) === 0 && uid === userInfo().uid) return;
  throw configError(`the folder ${folder} does not belong to this user alone`, {
    en: "Remove it, or give state.file a shorter path.",
    zh: "请删除该目录,或缩短 state.file 的路径。",
  });
}

/** Nobody else can open the socket, not even for a moment: the mask counts while it is made. */
async function listen(server: Server, path: string): Promise<void> {
  const mask = process.umask(SOCKET_MASK);
  try {
    await new Promise<void>((done, reject) => {
      server.once("error", reject);
      server.listen(path, done);
      process.umask(mask); // the socket is made by the call itself
    });
  } finally {
    process.umask(mask);
  }
}

/** What is asked of the running gateway. */
export type Question =
  | { readonly path: "/about" | "/status" | `/trace?id=${string}` }
  | { readonly path: `/probe?spend=${boolean}`; readonly timeoutMs: number }
  | { readonly path: "/send"; readonly body: SendQuestion; readonly timeoutMs: number };

/** The gateway gives the sends up after `timeoutMs` and says so; the question itself may wait longer. */
interface SendQuestion {
  readonly sending: Sending;
  readonly timeoutMs: number;
}

/** Undefined: no gateway runs there. Throws `config_invalid` when one does not answer as it should. */
export async function askAdmin(path: string, question: Question): Promise<unknown> {
  const asked = Promise.withResolvers<string | undefined>();
  const body = "body" in question ? JSON.stringify(question.body) : undefined;
  const timeout = "timeoutMs" in question ? question.timeoutMs : ANSWER_MS;
  const how = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" } };
  const options = { socketPath: path, path: question.path, timeout, agent: false, ...how };
  const call = request(options, (answer) => {
    let text = "";
    answer.setEncoding("utf8");
    answer.on("data", (chunk: string) => {
      text += chunk;
    });
    answer.on("end", () => {
      if (answer.statusCode === 200) asked.resolve(text);
      else asked.reject(new Error(`it answered with status ${answer.statusCode}`));
    });
    answer.on("error", asked.reject);
  });
  call.on("timeout", () => call.destroy(new Error(`it did not answer in ${timeout / 1_000} s`)));
  call.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ECONNREFUSED") asked.resolve(undefined);
    else asked.reject(error);
  });
  call.end(body);
  try {
    const text = await asked.promise;
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw configError(`the running gateway cannot be asked through ${path}: ${why}`, ASK_FIX, error);
  }
}

const ASK_FIX = {
  en: "Run the command as the gateway's own user; while it is just ending, try again.",
  zh: "请以网关的同一用户运行该命令;若网关正在退出,请稍后重试。",
};
