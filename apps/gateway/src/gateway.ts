/** A gateway that runs: the bot of a config, its HTTP side, and an orderly end. */
import { type Bot, createBot, type Handler, type Logger, type State } from "@openclaw-china/core";
import type { Resolved } from "./config/resolve.ts";
import { createApp } from "./http/app.ts";
import { type Served, serve } from "./http/serve.ts";
import type { Console } from "./http/console.ts";

export interface GatewayOptions {
  readonly resolved: Resolved;
  readonly agents: Readonly<Record<string, Handler>>;
  readonly state: State;
  readonly log: Logger;
  /** The page, if there shall be one. */
  readonly console?: Console;
  readonly http: { readonly host: string; readonly port: number; readonly nextFree: boolean };
}

export interface Gateway {
  readonly bot: Bot;
  readonly address: string;
  /** No new turns; running ones get `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>;
}

/** Rejects with what only a person can heal; then nothing is left open. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { resolved, agents, state, log, http } = options;
  const bot = createBot<string>({
    channels: resolved.channels,
    agents,
    routes: resolved.routes,
    state,
    log,
    ...resolved.bot,
  });
  const app = createApp({ bot, state, ...(options.console === undefined ? {} : { console: options.console }) });
  let served: Served;
  try {
    served = await serve({ fetch: app.fetch, ...http });
  } catch (error) {
    await bot.stop({ timeoutMs: 0 });
    throw error;
  }
  try {
    await bot.start();
  } catch (error) {
    await served.close();
    throw error;
  }
  return {
    bot,
    address: served.address,
    async stop(timeoutMs) {
      await bot.stop({ timeoutMs });
      await served.close();
    },
  };
}
