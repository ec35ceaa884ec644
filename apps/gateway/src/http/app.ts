/** The gateway's HTTP side: health, readiness, webhooks, and the page where there is one. */
import { type Bot, ChannelError, type Logger, type State } from "@openclaw-china/core";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type Console, consoleRoutes } from "./console.ts";
import { createWriteProbe, readinessOf } from "./ready.ts";

/** Callbacks of all platforms are far smaller. */
const MAX_BODY_BYTES = 1_048_576;

export interface AppParts {
  readonly bot: Bot;
  readonly state: State;
  readonly log: Logger;
  readonly console?: Console;
}

export function createApp({ bot, state, log, console }: AppParts): Hono {
  const app = new Hono();
  const canWrite = createWriteProbe(state);
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => c.json({ error: TOO_LARGE }, 413) }));
  app.get("/healthz", (c) => c.json({ ok: true }));
  app.get("/readyz", async (c) => {
    const stored = await canWrite();
    const { channels, inbox } = bot.status();
    const { ready, why } = readinessOf(channels, stored);
    const shown = channels.map(({ error, others, ...rest }) => ({
      ...rest,
      ...(error === undefined ? {} : { error: { code: error.code, message: error.message, fix: error.fix } }),
      ...(others === undefined ? {} : { others: others.map(({ account, since }) => ({ account, since })) }),
    }));
    return c.json({ ready, why, state: stored ? "writable" : "away", channels: shown, inbox }, ready ? 200 : 503);
  });
  app.all("/webhooks/*", async (c) => {
    const addresses = addressesOf(bot);
    const answer = addresses.includes(c.req.path) ? await answerOf(bot, c.req.raw) : undefined;
    return answer === undefined || answer.status === 404 ? c.json({ error: noWebhook(addresses) }, 404) : answer;
  });
  if (console !== undefined) app.route("/", consoleRoutes(console, bot, log));
  app.notFound((c) => c.json({ error: NOTHING_HERE }, 404));
  app.onError((error, c) => {
    log.error({ err: error, path: c.req.path }, "a request could not be answered");
    return c.json({ error: "内部错误 · internal error" }, 500);
  });
  return app;
}

const TOO_LARGE = `请求体超过 ${MAX_BODY_BYTES} 字节 · the body has more than ${MAX_BODY_BYTES} bytes`;
const NOTHING_HERE = "此处没有内容 · nothing is here: /healthz, /readyz, /webhooks/<channel>";

/** A bot that stops asks the platform to repeat: the next process answers. */
async function answerOf(bot: Bot, request: Request): Promise<Response> {
  try {
    return await bot.webhook(request);
  } catch (error) {
    if (error instanceof ChannelError && error.code === "closed") return new Response(null, { status: 503 });
    throw error;
  }
}

/** The default account of a channel has the short one too. */
function addressesOf(bot: Bot): readonly string[] {
  return bot.status().channels.flatMap(({ channel, account }) => {
    const own = `/webhooks/${channel}/${encodeURIComponent(account)}`;
    return account === "default" ? [`/webhooks/${channel}`, own] : [own];
  });
}

function noWebhook(addresses: readonly string[]): string {
  const list = addresses.join(", ");
  return `此处没有 webhook。回调地址:${list}(webhook 或 both 模式;Stream 模式无需回调地址) · no webhook here. Addresses: ${list} (in mode webhook or both; Stream Mode needs no callback address)`;
}
