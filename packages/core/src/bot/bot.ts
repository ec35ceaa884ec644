/** `createBot`: the one entry. Wires listeners, engine and the public methods; decides nothing itself. */
import { closedError, configError } from "../errors.ts";
import { createFeed } from "../feed.ts";
import { queueOf } from "../ingress/lane.ts";
import { createRouter } from "../route/route.ts";
import { type Engine, openEngine } from "./engine.ts";
import { commandLink, createListeners, hearsLink, kindLink, tailLinks, useLink } from "./listeners.ts";
import { probeBot } from "./probe.ts";
import { type Account, missingChannel } from "./account.ts";
import { editMessage, readersOf, recallMessage } from "./turn.ts";
import type { Bot, BotOptions, BotStatus, Handler } from "./types.ts";
import { chooseTarget } from "./webhook.ts";

const DEFAULT_STOP_MS = 30_000;

/** Makes a bot of one or more channels. Opens nothing before `start()` or the first `webhook()`; throws `config_invalid`. */
export function createBot<const A extends string = never>(options: BotOptions<A>): Bot {
  checkChannels(options);
  const agents: Readonly<Record<string, Handler>> = options.agents ?? {};
  const routes = options.routes ?? [];
  const router = createRouter(routes, Object.keys(agents));
  const now = (): Date => new Date(options.clock?.now() ?? Date.now());
  const listeners = createListeners(() => tailLinks({ routes, router, agents, handler: options.handler, now }));
  const feed = createFeed(() => status());
  let engine: Engine | undefined;
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  const open = (): Engine => {
    if (stopped !== undefined) throw closedError("the bot");
    engine ??= openEngine(options, feed.touch);
    return engine;
  };
  const status = (): BotStatus => engine?.status() ?? idleStatus(options);
  const accountOf = (ref: { readonly channel: string; readonly account?: string | undefined }): Account =>
    open().account(ref) ?? missingChannel(ref);
  const start: Bot["start"] = async ({ signal } = {}) => {
    const again = started !== undefined;
    started ??= open()
      .start(listeners.seal(), signal)
      .catch(async (error: unknown) => {
        await stop({ timeoutMs: 0 });
        throw error;
      });
    await started;
    if (again && stopped !== undefined) throw closedError("the bot");
  };
  const stop: Bot["stop"] = async ({ timeoutMs = DEFAULT_STOP_MS } = {}) => {
    stopped ??= (engine?.stop(timeoutMs) ?? options.state?.close() ?? Promise.resolve()).finally(feed.close);
    await stopped;
  };

  const bot: Bot = {
    use: (handler) => (listeners.add(useLink(handler)), bot),
    command: (name, handler) => (listeners.add(commandLink(name, handler)), bot),
    hears: (pattern, handler) => (listeners.add(hearsLink(pattern, handler)), bot),
    on: (kind, handler) => (listeners.add(kindLink(kind, handler)), bot),
    async send(to, content, { key, signal = new AbortController().signal } = {}) {
      const account = accountOf(to);
      const sent = await open().sender.send(account, to, content, { ...(key === undefined ? {} : { key }), signal });
      if (typeof content === "object" && "kind" in content) void open().labels.note(sent, content);
      return sent;
    },
    edit: async (message, content, { signal = new AbortController().signal } = {}) =>
      editMessage(accountOf(message).open, message, { content, signal }),
    recall: async (message, { signal = new AbortController().signal } = {}) =>
      recallMessage(accountOf(message).open, message, signal),
    readers: async (message, { signal = new AbortController().signal } = {}) =>
      readersOf(accountOf(message).open, message, signal),
    async webhook(request, { waitUntil } = {}) {
      await start();
      const target = chooseTarget(open().webhooks(), request.url);
      if (target === undefined) return new Response("no channel listens here\n", { status: 404 });
      const response = await target.webhook(request);
      waitUntil?.(open().idle());
      return response;
    },
    start,
    stop,
    status,
    statuses: ({ signal } = {}) => feed.watch(signal),
    trace: async (id) => open().tracer.read(id),
    probe: async ({ signal = new AbortController().signal, ...how } = {}) => probeBot(open(), signal, how),
    [Symbol.asyncDispose]: () => stop(),
  };
  return bot;
}

function checkChannels({ channels }: Pick<BotOptions, "channels">): void {
  const seen = new Set<string>();
  for (const channel of channels) {
    const queue = queueOf({ channel: channel.id, account: channel.account });
    if (seen.has(queue)) {
      throw configError(`two channels are both ${queue}`, {
        en: 'Give each its own account name, for example createDingTalk({ account: "sales", … }).',
        zh: '请为每个账号取不同的名称,例如 createDingTalk({ account: "sales", … })。',
      });
    }
    seen.add(queue);
    if (channel.access.dmPolicy === "pairing") {
      throw configError(`dm_policy of ${queue} is "pairing", which needs a host that approves people`, {
        en: 'Use "allowlist" with allow_from, "open" or "disabled"; pairing works inside OpenClaw.',
        zh: '请使用 "allowlist" 加 allow_from、"open" 或 "disabled";pairing 仅在 OpenClaw 中可用。',
      });
    }
  }
}

function idleStatus({ channels }: Pick<BotOptions, "channels">): BotStatus {
  const idle = channels.map(({ id, account }) => ({
    state: "idle" as const,
    since: 0,
    attempts: 0,
    channel: id,
    account,
  }));
  return { ready: false, channels: idle, inbox: { waiting: 0, active: 0, failed: 0 } };
}
