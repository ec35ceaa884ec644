/** Wires the parts of the channel; decides nothing itself. */
import type { Capabilities, Channel, Listener, OpenChannel, Runtime } from "@openclaw-china/core";
import { accessOf, readEnv, secretMissing, textOf, createTroubles } from "@openclaw-china/core/internal";
import { createClient } from "./api/client.ts";
import { judge } from "./api/judge.ts";
import { createAppToken, type Credentials } from "./api/token.ts";
import { listen } from "./edge/listen.ts";
import { createFiles } from "./files.ts";
import { createInteractive } from "./interactive.ts";
import { type DingTalkOptions, type Settings, settingsOf, type WebhookSecrets, webhookSecretsOf } from "./options.ts";
import { createSend } from "./outbound/send.ts";
import { createStreaming } from "./outbound/stream.ts";
import { createThinking } from "./outbound/thinking.ts";
import { probeDingTalk } from "./probe.ts";
import { createQuotes } from "./quotes.ts";

/** Frames of one card are at least this far apart: 2 a second, of the 20 calls a second an app has. */
const MIN_INTERVAL_MS = 400;
/** A finished card beyond about 3,000 Chinese characters was reported blank; clients stop drawing longer markdown. */
const CARD_CHARS = 2_800;
const MESSAGE_CHARS = 3_800;
const MESSAGE_BYTES = 14_000;

/** A DingTalk app's bot. Without arguments it reads DINGTALK_APP_KEY and DINGTALK_APP_SECRET. Throws `config_invalid`. */
export function createDingTalk(options: DingTalkOptions = {}): Channel {
  const settings = settingsOf(options);
  const access = accessOf(options);
  return {
    id: "dingtalk",
    account: settings.account,
    can: capabilities(settings),
    access,
    open: (runtime) =>
      openDingTalk(runtime, { settings, access, credentials: credentialsOf(options), webhook: webhookOf(options) }),
  };
}

interface Opening {
  readonly settings: Settings;
  readonly access: Channel["access"];
  readonly credentials: Credentials;
  readonly webhook: WebhookSecrets;
}

function openDingTalk(runtime: Runtime, { settings, access, credentials, webhook }: Opening): OpenChannel {
  const { clock, log, http, store } = runtime;
  const { account, endpoints, proxy, template, ownTemplate, thinking } = settings;
  const robotCode = settings.robotCode ?? credentials.appKey;
  const app = { ...credentials, endpoints, proxy };
  const { appSecret } = credentials;
  const troubles = createTroubles(clock);
  const token = createAppToken(runtime, app);
  const client = createClient({ http, clock, proxy, endpoints, token, appSecret, onEnd: troubles.note });
  const quotes = createQuotes({ store, log, account });
  const cards = { template, ownTemplate, minIntervalMs: MIN_INTERVAL_MS };
  const stream = createStreaming({ client, clock, log, account, robotCode, ...cards, onFinished: quotes.noteSent });
  const talk = { client, store, clock, log, robotCode, settings, onSent: quotes.noteSent };
  const { around, repeatable, press, names, ...changes } = createInteractive(talk);
  const files = createFiles({ client, http, clock, store, log, robotCode, settings });
  let listener: Listener | undefined;
  return {
    listen(sink, signal) {
      listener = listen({
        mode: settings.mode,
        webhook,
        self: { account, robotCode, botName: settings.botName, now: clock.now },
        credentials,
        apiOrigin: endpoints.api,
        proxy,
        runtime,
        sink,
        signal,
        press,
        judgeOpen: (answer) =>
          judge(answer, { what: "open the stream connection", auth: "stream", secrets: [appSecret] }),
      });
      return listener;
    },
    send: around(files.around(createSend({ client, clock, account, robotCode, onSent: quotes.noteSent }))),
    download: files.download,
    repeatable,
    ...changes,
    probe(signal, how) {
      const now = { link: listener?.status(), refused: troubles.findings() };
      return probeDingTalk({ runtime, app, settings, access, webhook, client, robotCode, ...now }, { signal, ...how });
    },
    ...(settings.streaming === "off" ? {} : { stream }),
    async enrich(message) {
      await names.note(message.sender);
      return quotes.enrich(message);
    },
    ...(thinking === "off" ? {} : { presence: createThinking({ client, store, account, thinking }) }),
  };
}

function capabilities({ streaming }: Settings): Capabilities {
  return {
    targets: ["user", "group"],
    edit: true, // cards
    recall: true, // what has a processQueryKey
    react: true,
    readers: true, // of what has a processQueryKey
    media: ["image", "voice", "file"], // a video goes as a file
    inputs: [],
    hearsUnmentioned: false,
    text: { maxChars: MESSAGE_CHARS, maxBytes: MESSAGE_BYTES },
    ...(streaming === "off" ? {} : { stream: { minIntervalMs: MIN_INTERVAL_MS, maxChars: CARD_CHARS } }),
    redelivers: true,
  };
}

/** Resolved when the channel is opened, not when it is made: build steps load modules without secrets. */
function credentialsOf({ appKey, appSecret }: DingTalkOptions): Credentials {
  return {
    appKey:
      textOf(appKey) || readEnv("DINGTALK_APP_KEY")?.trim() || secretMissing("appKey", "app_key", "DINGTALK_APP_KEY"),
    appSecret:
      textOf(appSecret) ||
      readEnv("DINGTALK_APP_SECRET")?.trim() ||
      secretMissing("appSecret", "app_secret", "DINGTALK_APP_SECRET"),
  };
}

function webhookOf(options: DingTalkOptions): WebhookSecrets {
  if (options.mode !== "webhook" && options.mode !== "both") return {};
  return { token: readEnv("DINGTALK_WEBHOOK_TOKEN")?.trim() || undefined, ...webhookSecretsOf(options) };
}
