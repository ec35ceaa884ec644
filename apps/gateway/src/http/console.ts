/** The demo page and what it talks to. For the loopback only: a foreign `Host` or `Origin` is refused. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import type { Bot, Logger } from "@openclaw-china/core";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import * as z from "zod";
import { streamEvents } from "./events.ts";
import { localOnly } from "./local.ts";

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
    /** How the platform hands the message over. Default over its connection. */
    readonly way?: "stream" | "webhook" | undefined;
  }): void;
  /** To the bot, in the direct chat: in a group DingTalk hands over no files. */
  sendFile(file: File): void;
  /** The person looks at a chat. Throws as `say`; resolves when the bot has asked who has read its messages there. */
  look(where: { readonly group?: string | undefined }, bot: Pick<Bot, "readers">): Promise<void>;
  /** Throws an Error with a sentence for the person when there is no such card. */
  press(pressed: { readonly id: string; readonly button: string }): void;
}

/** A chat, oldest message first. */
export interface ShownScreen {
  readonly place: string;
  readonly messages: readonly ShownMessage[];
}

/** The page shows more of it, the server needs this. */
export interface ShownMessage {
  readonly id: string;
  readonly isBot: boolean;
  /** Of a person's message in a group. Without a mention the platform does not hand it over, and there is no trace. */
  readonly mentioned?: boolean;
}

const saidSchema = z.strictObject({
  text: z.string().trim().min(1).max(4_000),
  group: z.string().optional(),
  mention: z.boolean().optional(),
  way: z.enum(["stream", "webhook"]).optional(),
});
const pressedSchema = z.strictObject({ id: z.string().min(1), button: z.string().min(1) });
const MAX_NAME_CHARS = 200;
const lookedSchema = z.strictObject({ group: z.string().optional() });
/** Nothing from elsewhere, no inline code, in nobody's frame. */
const POLICY = { defaultSrc: ["'self'"], baseUri: ["'none'"], formAction: ["'self'"], frameAncestors: ["'none'"] };

/** Routes of the page, for `/` of a server that listens on the loopback. */
export function consoleRoutes(console: Console, bot: Bot, log: Logger): Hono {
  const app = new Hono();
  app.use("*", localOnly);
  app.use("*", secureHeaders({ strictTransportSecurity: false, contentSecurityPolicy: POLICY }));
  app.get("/api/events", (c) => streamEvents(c, { console, bot, log }));
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
  app.post("/api/file", async (c) => {
    const name = c.req.query("name")?.trim() ?? "";
    const bytes = await c.req.arrayBuffer(); // the app refuses what is too large
    if (name === "" || name.length > MAX_NAME_CHARS || bytes.byteLength === 0) {
      return c.json({ error: "请选择一个有名称的非空文件 · choose a file that has a name and is not empty" }, 400);
    }
    return taken(c, () =>
      console.sendFile(new File([new Uint8Array(bytes)], name, { type: c.req.header("content-type") ?? "" })),
    );
  });
  app.post("/api/look", async (c) => {
    const looked = lookedSchema.safeParse(await c.req.json().catch(() => undefined));
    if (!looked.success) return c.json({ error: "请指定会话 · name a chat" }, 400);
    return taken(c, () => {
      console.look(looked.data, bot).catch((error: unknown) => {
        log.warn({ err: error }, "the demo could not ask who has read a message; its mark is missing");
      });
    });
  });
  app.get("/*", pageOf(console.folder));
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

function pageOf(folder: string): MiddlewareHandler {
  if (!existsSync(join(folder, "index.html"))) {
    return async (c, next) => (c.req.path === "/" ? c.text(NOT_BUILT, 503) : next());
  }
  return serveStatic({ root: folder, onFound: (_path, c) => c.header("cache-control", "no-cache") });
}

const NOT_BUILT =
  "演示页尚未构建,请运行 npm start · The page is not built: run npm start, or pnpm --filter @openclaw-china/gateway run build:page.\n";
