/** A gateway that runs: the bot of a config, its HTTP side, the admin socket, and an orderly end. */
import { type Bot, createBot, type Handler, type Logger, type State } from "@openclaw-china/core";
import { type Admin, serveAdmin } from "./admin/socket.ts";
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
  /** Path of the admin socket, if there shall be one. */
  readonly admin?: string;
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
  const admin = options.admin === undefined ? undefined : await openAdmin(options.admin, { bot, ...options });
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
  path: string,
  { bot, robots, log }: Pick<GatewayOptions, "robots" | "log"> & { readonly bot: Bot },
): Promise<Admin | undefined> {
  try {
    if (robots === undefined) return await serveAdmin(path, { bot });
    return await serveAdmin(path, { bot, send: (sending, signal) => sendAll(sending, { bot, robots }, signal) });
  } catch (error) {
    log.warn(
      { err: error, path },
      "the admin socket could not be opened: gateway why and send work only while the gateway is stopped",
    );
    return undefined;
  }
}
