/** Wires the parts of the channel; decides nothing itself. */
import type { Capabilities, Channel, Listener, OpenChannel, Runtime } from "@openclaw-china/core";
import { accessOf } from "@openclaw-china/core/internal";
import { type Client, createClient } from "./api/client.ts";
import { createFrames } from "./api/frames.ts";
import { judgeAck } from "./api/judge.ts";
import { syncMessages, welcomeCustomer } from "./api/kf.ts";
import { createLink } from "./api/link.ts";
import { createAppToken, type Credentials } from "./api/token.ts";
import { createCustomers } from "./customers.ts";
import type { CallbackOptions, Door } from "./edge/callback.ts";
import { createKfInbox } from "./edge/kf.ts";
import { listen } from "./edge/listen.ts";
import { answerPress } from "./edge/press.ts";
import type { StreamOptions } from "./edge/socket.ts";
import { createFiles } from "./files.ts";
import { createInteractive } from "./interactive.ts";
import { type Settings, settingsOf, type WeComOptions } from "./options.ts";
import { createRefresh } from "./outbound/refresh.ts";
import { createStreaming, MIN_GAP_MS, STREAM_LIFE_MS } from "./outbound/stream.ts";
import { createThinking } from "./outbound/thinking.ts";
import { probeWeCom } from "./probe.ts";
import { type Secrets, secretsOf } from "./secrets.ts";
import { createStreamBoard } from "./streams.ts";

/** Of 20,480; what is escaped, and where an answer goes on, need some room. */
const BOT_BYTES = 20_000;
const APP_BYTES = 2_048;

/**
 * A WeCom bot, with an application and customer service beside it, or these alone. Without arguments it is a bot that reads
 * WECOM_BOT_ID and WECOM_BOT_SECRET. Throws `config_invalid`.
 */
export function createWeCom(options: WeComOptions = {}): Channel {
  const settings = settingsOf(options);
  const access = accessOf(options);
  return {
    id: "wecom",
    account: settings.account,
    can: capabilities(settings),
    access,
    open: (runtime) => openWeCom(runtime, { settings, access, secrets: secretsOf(options, settings.mode) }),
  };
}

interface Opening {
  readonly settings: Settings;
  readonly access: Channel["access"];
  readonly secrets: Secrets;
}

function openWeCom(runtime: Runtime, { settings, access, secrets }: Opening): OpenChannel {
  const { clock, log, http, store } = runtime;
  const { account, endpoints, proxy, mode } = settings;
  const base = { store, clock, log, account };
  const caller = { http, clock, proxy, api: endpoints.api };
  const link = createLink({ clock, secrets: secrets.bot === undefined ? [] : [secrets.bot.botSecret] });
  const frames = createFrames(link);
  const app = secrets.app && { ...secrets.app, api: endpoints.api, proxy };
  const kf = secrets.kf && { ...secrets.kf, api: endpoints.api, proxy };
  const clientOf = (of: Credentials): Client =>
    createClient({ ...caller, token: createAppToken(runtime, of), corpSecret: of.corpSecret });
  const appClient = app && clientOf(app);
  const kfClient = kf && clientOf(kf);
  const customers = createCustomers(base);
  const keys = secrets.callback === undefined ? {} : { encodingAesKey: secrets.callback.encodingAesKey };
  const files = createFiles({
    ...caller,
    ...keys,
    ...(appClient && { app: appClient }),
    ...(kfClient && { kf: kfClient }),
  });
  const { pressed, send, ...changes } = createInteractive({
    ...base,
    caller,
    hasCallbackBot: mode === "webhook",
    customers,
    load: files.load,
    ...(secrets.bot && { bot: { botId: secrets.bot.botId, frames } }),
    ...(app && appClient && { app: { ...app, client: appClient } }),
    ...(kf && kfClient && { kf: { ...kf, client: kfClient } }),
  });
  const thinking = createThinking({ ...base, frames, thinking: settings.thinking });
  const board = createStreamBoard({ ...base, placeholder: settings.thinking === "off" ? "" : "<think></think>" });
  const refresh = createRefresh({ board, clock, account });
  const stream = mode === "webhook" ? refresh.streaming : createStreaming({ ...base, frames, spins: thinking });
  const press = { log, account, pressed, update: frames.updateCard };
  const self = { account, botName: settings.botName, now: clock.now };
  const kfDesk: CallbackOptions["kf"] =
    kf &&
    kfClient &&
    ((signal) =>
      createKfInbox({
        ...base,
        self,
        signal,
        openKfId: kf.openKfId,
        fetchPage: (from, abort) => syncMessages(kfClient, from, abort),
        greet: (code, abort) =>
          settings.welcome === undefined
            ? Promise.resolve()
            : welcomeCustomer(
                kfClient,
                { code, body: { msgtype: "text", text: { content: settings.welcome } } },
                abort,
              ),
        noteCustomer: customers.note,
      }));
  const welcome: StreamOptions["welcome"] = {
    ...base,
    welcome: settings.welcome,
    send: (reqId, content, abort) => frames.welcome(reqId, { msgtype: "text", text: { content } }, abort),
  };
  let listener: Listener | undefined;
  return {
    listen(sink, signal) {
      const ways = { ...base, self, sink, signal };
      const bot = secrets.bot && { ...secrets.bot };
      listener = listen({
        stream: bot && {
          ...{ ...ways, bot, runtime, proxy, link, press, welcome, socketUrl: endpoints.socket },
          judgeSubscribe: (ack) =>
            judgeAck({ ...ack, cmd: "aibot_subscribe" }, { what: "subscribe", secrets: [bot.botSecret] }),
        },
        callbacks: {
          ...{ ...ways, doors: doorsOf(secrets), board, welcome: settings.welcome, kf: kfDesk },
          press: (inbound, to) => answerPress({ pressed }, inbound, to),
        },
      });
      return listener;
    },
    send: mode === "webhook" ? refresh.around(send) : send,
    download: files.download,
    ...changes,
    probe: (signal) =>
      probeWeCom(
        { runtime, settings, access, ...(app && { app }), ...(kf && { kf }), link: listener?.status() },
        signal,
      ),
    ...(settings.streaming === "off" || mode === undefined ? {} : { stream }),
    async presence(to, state, options) {
      if (mode === "webhook" && state === "done") await refresh.done(options.replyTo);
      else if (mode === "stream" && settings.streaming !== "off") await thinking.presence(to, state, options);
    },
  };
}

function doorsOf({ callback, app, kf }: Secrets): readonly Door[] {
  return [
    ...(callback === undefined ? [] : [{ of: "bot", keys: callback } as const]),
    ...(app === undefined ? [] : [{ of: "app", keys: app.keys, agentId: app.agentId } as const]),
    ...(kf === undefined ? [] : [{ of: "kf", keys: kf.keys } as const]),
  ];
}

function capabilities({ mode, hasApp, streaming }: Settings): Capabilities {
  const maxBytes = mode === undefined ? APP_BYTES : BOT_BYTES;
  const stream = { minIntervalMs: MIN_GAP_MS, maxBytes, ...(mode === "stream" ? { maxLifeMs: STREAM_LIFE_MS } : {}) };
  return {
    targets: hasApp ? ["user", "group", "department", "tag"] : ["user", "group"],
    edit: hasApp, // a card, once
    recall: hasApp,
    react: false,
    readers: false,
    media: ["image", "voice", "video", "file"],
    inputs: ["select"],
    hearsUnmentioned: false,
    text: { maxBytes },
    ...(streaming === "off" || mode === undefined ? {} : { stream }),
    redelivers: mode !== "stream",
    ...(mode === "stream" ? { bound: "connection" as const } : {}),
  };
}
