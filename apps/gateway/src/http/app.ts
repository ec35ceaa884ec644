/** The gateway's HTTP side: health, readiness, webhooks, and the page where there is one. */
import type { Bot, State } from "@openclaw-china/core";
import { Hono } from "hono";
import { type Console, consoleRoutes } from "./console.ts";

const LOOK_MS = 2_000;

export function createApp({
  bot,
  state,
  console,
}: {
  readonly bot: Bot;
  readonly state: State;
  readonly console?: Console;
}): Hono {
  const app = new Hono();
  app.get("/healthz", (c) => c.json({ ok: true }));
  app.get("/readyz", async (c) => {
    const { ready, channels, inbox } = bot.status();
    const stored = await canWrite(state);
    const shown = channels.map(({ channel, account, state: now, since, attempts, lastFrameAt, error }) => ({
      channel,
      account,
      state: now,
      since,
      attempts,
      lastFrameAt,
      ...(error === undefined ? {} : { error: { code: error.code, message: error.message, fix: error.fix } }),
    }));
    const ok = ready && stored && channels.every(({ lastFrameAt }) => lastFrameAt !== undefined);
    return c.json({ ready: ok, state: stored ? "writable" : "away", channels: shown, inbox }, ok ? 200 : 503);
  });
  app.all("/webhooks/*", (c) => bot.webhook(c.req.raw));
  if (console !== undefined) app.route("/", consoleRoutes(console, bot));
  return app;
}

/** Ready means that a message could be accepted now. */
async function canWrite(state: State): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, LOOK_MS, false).unref());
  const written = state.store.put("readyz", "1", 60_000).then(
    () => true,
    () => false,
  );
  return Promise.race([written, late]);
}
