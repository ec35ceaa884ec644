/** A gateway that runs: the bot of a config, its HTTP side, the admin socket, and an orderly end. */
import { type Bot, createBot, type Handler, type Logger, type State } from "@openclaw-china/core";
import { type About, type Admin, type AdminParts, serveAdmin } from "./admin/socket.ts";
import type { Resolved } from "./config/resolve.ts";
import { createApp } from "./http/app.ts";
import type { Console } from "./http/console.ts";
import { serve } from "./http/serve.ts";
import type { Robots } from "./sending/robots.ts";
import { sendAll } from "./sending/send.ts";

export interface GatewayOptions {
  readonly resolved: Pick<Resolved, "channels" | "routes" | "bot">;
  readonly agents: Readonly<Record<string, Handler>>;
  readonly state: State;
  readonly log: Logger;
  /** Group robots, for what is sent by commands. */
  readonly robots?: Robots;
  /** The page, if there shall be one. */
  readonly console?: Console;
  /** The admin socket, if there shall be one: its path, and what it says of this process. */
  readonly admin?: { readonly path: string; readonly about: Pick<About, "version" | "config"> };
  readonly http: { readonly host: string; readonly port: number; readonly nextFree: boolean };
  /** Calls the start off. */
  readonly signal?: AbortSignal;
}

export interface Gateway {
  readonly bot: Bot;
  readonly address: string;
  /** No new turns; running ones get `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>;
}

/** Rejects with what only a person can heal; then nothing is left open. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { resolved, agents, state, log, http, console, signal } = options;
  const { channels, routes } = resolved;
  await using undo = new AsyncDisposableStack();
  const bot = createBot<string>({ channels, agents, routes, state, log, ...resolved.bot });
  undo.defer(() => bot.stop({ timeoutMs: 0 }));
  await state.inbox.size(); // takes the state file: two processes on one file end here, before anything is heard
  const app = createApp({ bot, state, log, ...(console === undefined ? {} : { console }) });
  const served = await serve({ fetch: app.fetch, ...http });
  undo.defer(() => served.close());
  const admin = await openAdmin(options, bot, served.address);
  undo.defer(async () => admin?.close());
  await bot.start(signal === undefined ? {} : { signal });
  undo.move();
  return {
    bot,
    address: served.address,
    async stop(timeoutMs) {
      await bot.stop({ timeoutMs });
      await admin?.close();
      await options.robots?.close();
      await served.close();
    },
  };
}

/** Messages are answered without it too, for example on a file system that has no sockets. */
async function openAdmin(
  { admin, robots, log }: Pick<GatewayOptions, "admin" | "robots" | "log">,
  bot: Bot,
  address: string,
): Promise<Admin | undefined> {
  if (admin === undefined) return undefined;
  const about = { ...admin.about, pid: process.pid, since: new Date().toISOString(), address };
  try {
    if (robots === undefined) return await serveAdmin(admin.path, { bot, about });
    const send: AdminParts["send"] = (sending, signal) => sendAll(sending, { bot, robots }, signal);
    return await serveAdmin(admin.path, { bot, about, send });
  } catch (error) {
    log.warn(
      { err: error, path: admin.path },
      "the admin socket could not be opened: gateway why, send and doctor see nothing of this gateway",
    );
    return undefined;
  }
}
