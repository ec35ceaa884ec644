/** The demo page and what it talks to. For the loopback only: a foreign `Host` or `Origin` is refused. */
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import type { Bot } from "@openclaw-china/core";
import { type Context, Hono, type Next } from "hono";
import { streamSSE } from "hono/streaming";
import * as z from "zod";

/** What the page shows, and what can be done on it. */
export interface Console {
  /** Folder of the built page. */
  readonly folder: string;
  describe(): unknown;
  /** Screens by place, with everything on them. */
  screens(): readonly ShownScreen[];
  /** Called after each change of any screen. */
  watch(listener: () => void): Disposable;
  /** Throws an Error with a sentence for the person when the place is unknown. */
  say(said: {
    readonly text: string;
    readonly group?: string | undefined;
    readonly mention?: boolean | undefined;
  }): void;
  /** Throws an Error with a sentence for the person when there is no such card. */
  press(pressed: { readonly id: string; readonly button: string }): void;
}

export interface ShownScreen {
  readonly place: string;
  readonly messages: readonly { readonly id: string; readonly isBot: boolean }[];
}

const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};
const saidSchema = z.strictObject({
  text: z.string().trim().min(1).max(4_000),
  group: z.string().optional(),
  mention: z.boolean().optional(),
});
const pressedSchema = z.strictObject({ id: z.string().min(1), button: z.string().min(1) });
/** Changes within this time are shown together. */
const GATHER_MS = 40;
const BEAT_MS = 15_000;

export function consoleRoutes(console: Console, bot: Bot): Hono {
  const app = new Hono();
  app.use("*", localOnly);
  app.get("/api/demo", (c) => c.json(console.describe() as object));
  app.get("/api/events", (c) => events(c, console, bot));
  app.get("/api/trace/:id", async (c) => c.json(await bot.trace(c.req.param("id"))));
  app.post("/api/say", async (c) => {
    const said = saidSchema.safeParse(await c.req.json().catch(() => undefined));
    if (!said.success) return c.json({ error: "请输入 1–4000 个字 · write 1 to 4,000 characters" }, 400);
    return taken(c, () => console.say(said.data));
  });
  app.post("/api/press", async (c) => {
    const pressed = pressedSchema.safeParse(await c.req.json().catch(() => undefined));
    if (!pressed.success) return c.json({ error: "请指定卡片与按钮 · name a card and its button" }, 400);
    return taken(c, () => console.press(pressed.data));
  });
  app.get("/*", (c) => asset(c, console.folder));
  return app;
}

function taken(c: Context, act: () => void): Response {
  try {
    act();
  } catch (error) {
    return c.json({ error: error instanceof Error ? error.message : String(error) }, 404);
  }
  return c.json({}, 202);
}

/** Other sites in the same browser must not reach this page by a name of theirs. */
async function localOnly(c: Context, next: Next): Promise<Response | void> {
  const origin = c.req.header("origin");
  const local =
    LOCAL.test(c.req.header("host") ?? "") && (origin === undefined || LOCAL.test(origin.replace(/^https?:\/\//, "")));
  if (!local) return c.text("This page is for this machine only.\n", 403);
  await next();
  c.header("content-security-policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:");
  c.header("x-content-type-options", "nosniff");
}

async function asset(c: Context, folder: string): Promise<Response> {
  const path = normalize(c.req.path === "/" ? "/index.html" : decodeURIComponent(c.req.path));
  if (path.includes("..") || path.includes("\0")) return c.notFound();
  try {
    const bytes = new Uint8Array(await readFile(join(folder, path)));
    return c.body(bytes, 200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
  } catch {
    return c.notFound(); // no such file, or a folder
  }
}

/** Screens, traces and the state of the connection, whenever they change. */
function events(c: Context, console: Console, bot: Bot): Response {
  return streamSSE(c, async (stream) => {
    const sent = new Map<string, string>();
    const send = async (event: string, name: string, data: unknown): Promise<void> => {
      const text = JSON.stringify(data);
      if (sent.get(name) === text) return;
      sent.set(name, text);
      await stream.writeSSE({ event, data: text });
    };
    let wake: () => void = () => undefined;
    using _watching = console.watch(() => wake());
    stream.onAbort(() => wake());
    while (!stream.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await sendAll({ send, console, bot });
      const beat = new Promise<void>((resolve) => setTimeout(resolve, BEAT_MS).unref());
      const settled = new Promise<void>((resolve) => setTimeout(resolve, TRACE_LAG_MS).unref());
      await Promise.race([changed, sent.size > 1 ? settled : beat, beat]);
      await stream.sleep(GATHER_MS);
    }
  });
}

/** Traces end a little after the last change on the screen. */
const TRACE_LAG_MS = 500;

interface Sending {
  readonly send: (event: string, name: string, data: unknown) => Promise<void>;
  readonly console: Console;
  readonly bot: Bot;
}

async function sendAll({ send, console, bot }: Sending): Promise<void> {
  const { ready, channels } = bot.status();
  const shown = channels.map(({ channel, account, state }) => ({ channel, account, state }));
  await send("status", "status", { ready, channels: shown });
  for (const screen of console.screens()) {
    await send("screen", `screen ${screen.place}`, screen);
    for (const { id, isBot } of screen.messages.slice(-40)) {
      if (!isBot) await send("trace", `trace ${id}`, { id, lines: await bot.trace(id) });
    }
  }
}
