/** Wires the parts of the channel; decides nothing itself. */
import type { Capabilities, Channel, Listener, OpenChannel, Runtime } from "@openclaw-china/core";
import { accessOf } from "@openclaw-china/core/internal";
import { createFrames } from "./api/frames.ts";
import { judgeAck } from "./api/judge.ts";
import { createLink } from "./api/link.ts";
import { createCorporation } from "./corporation.ts";
import type { Door } from "./edge/callback.ts";
import { listen } from "./edge/listen.ts";
import { answerPress } from "./edge/press.ts";
import { createGrowing } from "./growing.ts";
import { createInteractive } from "./interactive.ts";
import { type Settings, settingsOf, type WeComOptions } from "./options.ts";
import { probeWeCom } from "./probe.ts";
import { type Secrets, secretsOf } from "./secrets.ts";

/** Of 20,480; what is escaped, and where an answer goes on, need some room. */
const BOT_BYTES = 20_000;
const APP_BYTES = 2_048;
/** Between two frames of an answer, at the least. */
const MIN_GAP_MS = 300;
/** A stream takes frames for six minutes. */
const STREAM_LIFE_MS = 330_000;

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
  const { account, endpoints, proxy, mode, welcome } = settings;
  const { bot } = secrets;
  const base = { store, clock, log, account };
  const botSecrets = bot === undefined ? [] : [bot.botSecret];
  const link = createLink({ clock, secrets: botSecrets });
  const frames = createFrames(link);
  const { app, kf, customers, files, kfInbox } = createCorporation(runtime, { settings, secrets });
  const { pressed, send, repeatable, ...changes } = createInteractive({
    ...base,
    caller: { http, clock, proxy, api: endpoints.api },
    hasCallbackBot: mode === "webhook",
    customers,
    load: files.load,
    ...(bot && { bot: { botId: bot.botId, frames } }),
    ...(app && { app }),
    ...(kf && { kf }),
  });
  const { board, around, ...growing } = createGrowing({ ...base, settings, frames });
  const self = { account, botName: settings.botName, now: clock.now };
  let listener: Listener | undefined;
  return {
    listen(sink, signal) {
      const ways = { ...base, self, sink, signal, runtime, proxy };
      const welcomeDesk = {
        ...base,
        welcome,
        send: (reqId: string, content: string, abort: AbortSignal) =>
          frames.welcome(reqId, { msgtype: "text", text: { content } }, abort),
      };
      listener = listen({
        stream: bot && {
          ...ways,
          bot,
          link,
          socketUrl: endpoints.socket,
          welcome: welcomeDesk,
          press: { clock, log, account, pressed, update: frames.updateCard },
          judgeSubscribe: (ack) =>
            judgeAck({ ...ack, cmd: "aibot_subscribe" }, { what: "subscribe", secrets: botSecrets }),
        },
        callbacks: {
          ...ways,
          doors: doorsOf(secrets),
          board,
          welcome,
          kf: kfInbox,
          press: (inbound, to) => answerPress({ pressed, clock }, inbound, to),
        },
      });
      return listener;
    },
    send: around(send),
    download: files.download,
    repeatable,
    ...(app && changes),
    ...growing,
    probe: (signal) =>
      probeWeCom(
        { runtime, settings, access, ...(app && { app }), ...(kf && { kf }), link: listener?.status() },
        signal,
      ),
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
