/** Wires the parts of the channel; decides nothing itself. */
import type { Capabilities, Channel, Listener, OpenChannel, Runtime } from "@openclaw-china/core";
import { accessOf, readEnv, secretMissing, textOf } from "@openclaw-china/core/internal";
import { createClient } from "./api/client.ts";
import { handshakeError, judge } from "./api/judge.ts";
import { createAppToken, type Credentials } from "./api/token.ts";
import { listen } from "./edge/listen.ts";
import { createFiles } from "./files.ts";
import { createIdentity } from "./identity.ts";
import { createInteractive } from "./interactive.ts";
import { type FeishuOptions, type Settings, settingsOf, type WebhookSecrets, webhookSecretsOf } from "./options.ts";
import { createSend, REPEATABLE_MS } from "./outbound/send.ts";
import { createStreaming, MIN_INTERVAL_MS } from "./outbound/stream.ts";
import { createThinking } from "./outbound/thinking.ts";
import { probeFeishu } from "./probe.ts";

const MESSAGE_CHARS = 4_000;
/** Of rich texts and cards, whose markup counts. */
const MESSAGE_BYTES = 24_000;
/** A card holds 30 KB of JSON, in which line breaks and quotation marks count twice. */
const CARD_BYTES = 18_000;
const CALLS = { what: "open the long connection", codes: "ws" } as const;

/** A Feishu or Lark app's bot. Without arguments it reads FEISHU_APP_ID and FEISHU_APP_SECRET. Throws `config_invalid`. */
export function createFeishu(options: FeishuOptions = {}): Channel {
  const settings = settingsOf(options);
  const access = accessOf(options);
  return {
    id: "feishu",
    account: settings.account,
    can: capabilities(settings),
    access,
    open: (runtime) =>
      openFeishu(runtime, {
        settings,
        access,
        credentials: credentialsOf(options),
        webhook: webhookSecretsOf(options),
      }),
  };
}

interface Opening {
  readonly settings: Settings;
  readonly access: Channel["access"];
  readonly credentials: Credentials;
  readonly webhook: WebhookSecrets;
}

function openFeishu(runtime: Runtime, { settings, access, credentials, webhook }: Opening): OpenChannel {
  const { clock, log, http, store } = runtime;
  const { account, endpoints, proxy, replyInThread } = settings;
  const { appId, appSecret } = credentials;
  const app = { ...credentials, endpoints, proxy };
  const client = createClient({ http, clock, proxy, endpoints, token: createAppToken(runtime, app), appSecret });
  const sender = createSend({ client, clock, account, replyInThread });
  const files = createFiles({ client, http, clock, store, log, appId, settings });
  const { around, press, ...changes } = createInteractive({
    client,
    store,
    clock,
    log,
    account,
    body: sender.body,
    pictureOf: files.pictureOf,
  });
  const stream = createStreaming({ client, clock, log, account, body: sender.body });
  let listener: Listener | undefined;
  return {
    listen(sink, signal) {
      const identity = createIdentity({ client, store, clock, log, account, appId }, signal);
      listener = listen({
        mode: settings.mode,
        webhook,
        credentials,
        apiOrigin: endpoints.api,
        proxy,
        runtime,
        signal,
        desk: { account, clock, log, sink, signal, identity, press },
        judgeOpen: (answer) => judge(answer, { ...CALLS, secrets: [appSecret] }),
        judgeRefusal: (headers) => handshakeError(headers, CALLS),
      });
      return listener;
    },
    send: around(files.around(sender)),
    download: files.download,
    ...changes,
    ...(settings.streaming === "off" ? {} : { stream }),
    ...(settings.thinking === "off" ? {} : { presence: createThinking({ client, store, account }) }),
    repeatable: () => REPEATABLE_MS,
    probe: (signal) => probeFeishu({ runtime, app, settings, access, webhook, link: listener?.status() }, signal),
  };
}

function capabilities({ streaming }: Settings): Capabilities {
  return {
    targets: ["user", "group"],
    edit: true,
    recall: true,
    react: true,
    readers: false,
    media: ["image", "voice", "video", "file"],
    inputs: ["select", "text"],
    hearsUnmentioned: true, // with the scope im:message.group_msg
    text: { maxChars: MESSAGE_CHARS, maxBytes: MESSAGE_BYTES },
    ...(streaming === "off" ? {} : { stream: { minIntervalMs: MIN_INTERVAL_MS, maxBytes: CARD_BYTES } }),
    redelivers: true,
  };
}

/** Resolved when the channel is opened, not when it is made: build steps load modules without secrets. */
function credentialsOf({ appId, appSecret }: FeishuOptions): Credentials {
  return {
    appId: textOf(appId) || readEnv("FEISHU_APP_ID")?.trim() || secretMissing("appId", "app_id", "FEISHU_APP_ID"),
    appSecret:
      textOf(appSecret) ||
      readEnv("FEISHU_APP_SECRET")?.trim() ||
      secretMissing("appSecret", "app_secret", "FEISHU_APP_SECRET"),
  };
}
