/** Messages of an application, and the one active answer of a bot, one function per endpoint. */
import { ChannelError } from "@openclaw-china/core";
import { checkAddress, sha256Hex } from "@openclaw-china/core/internal";
import { unclearError, wecomError } from "../errors.ts";
import { type Caller, callOpen, type Client } from "./client.ts";
import type { MessageBody } from "./frames.ts";

/** Who gets a message of an application. */
export interface Recipients {
  readonly touser?: string;
  readonly toparty?: string;
  readonly totag?: string;
}

/** What the platform says of a message of an application. */
export interface AppSent {
  /** Recalls name it. */
  readonly msgId: string;
  /** Of a card with buttons: its one update within 72 h. */
  readonly responseCode: string | undefined;
  /** Recipients that do not exist, or are out of sight; the others have it. */
  readonly invalid: readonly string[];
}

/** The longest that the platform takes. */
const DUPLICATE_CHECK_S = 14_400;
/** Two equal texts with two keys differ in the length of their check, so that they are two messages. */
const CHECK_STEPS = 3_600;

/**
 * POST /cgi-bin/message/send. The same JSON is one message for hours (duplicate check), and the JSON depends on `key`: what
 * failed on the way may be sent again, and two equal texts still arrive twice.
 */
export async function sendAsApp(
  client: Client,
  message: { readonly to: Recipients; readonly agentId: number; readonly body: MessageBody; readonly key: string },
  signal: AbortSignal,
): Promise<AppSent> {
  const what = "send as the application";
  const answer = await client.call({
    method: "POST",
    path: "/cgi-bin/message/send",
    json: {
      ...message.to,
      agentid: message.agentId,
      ...message.body,
      enable_duplicate_check: 1,
      duplicate_check_interval: intervalOf(message.key),
    },
    signal,
    what,
    idempotent: true,
  });
  const { msgid, response_code: code } = answer;
  if (typeof msgid !== "string" || msgid === "") throw unclearError(what, "msgid");
  const invalid = [answer["invaliduser"], answer["invalidparty"], answer["invalidtag"], answer["unlicenseduser"]];
  return {
    msgId: msgid,
    responseCode: typeof code === "string" && code !== "" ? code : undefined,
    invalid: invalid.flatMap((list) => (typeof list === "string" && list !== "" ? list.split("|") : [])),
  };
}

function intervalOf(key: string): number {
  return DUPLICATE_CHECK_S - (Number.parseInt(sha256Hex(key).slice(0, 8), 16) % CHECK_STEPS);
}

/** POST /cgi-bin/appchat/send: only groups which this application has made. No id comes back, and nothing is checked twice. */
export async function sendToAppChat(
  client: Client,
  message: { readonly chatId: string; readonly body: MessageBody },
  signal: AbortSignal,
): Promise<void> {
  await client.call({
    method: "POST",
    path: "/cgi-bin/appchat/send",
    json: { chatid: message.chatId, ...message.body, safe: 0 },
    signal,
    what: "send to the group as the application",
    idempotent: false,
  });
}

/** POST /cgi-bin/message/recall: within 24 hours. */
export async function recallMessage(client: Client, msgId: string, signal: AbortSignal): Promise<void> {
  await client.call({
    method: "POST",
    path: "/cgi-bin/message/recall",
    json: { msgid: msgId },
    signal,
    what: "recall a message",
    idempotent: true,
  });
}

/**
 * POST to a `response_url`: once, within an hour, markdown or a card. The address is a credential and came with a message:
 * only the platform's own host is called.
 */
export async function answerByUrl(
  caller: Caller & { readonly api: string },
  { url, body }: { readonly url: string; readonly body: MessageBody },
  signal: AbortSignal,
): Promise<void> {
  const what = "answer by the message's response_url";
  const address = checkAddress(url, { origins: [caller.api, PLATFORM] });
  const code = address.searchParams.get("response_code") ?? "";
  try {
    await callOpen(caller, { url: address.href, json: body, signal, what, secrets: [url, address.href, code] });
  } catch (error) {
    throw error instanceof ChannelError ? asOver(error) : error;
  }
}

const PLATFORM = "https://qyapi.weixin.qq.com";

/** Whatever number the platform gives a second use: it is over, unless the text itself was refused. */
function asOver(error: ChannelError): ChannelError {
  const isOther = error.outcome !== "refused" || error.code === "too_large" || error.code === "content_rejected";
  if (isOther || error.platform === undefined) return error;
  return wecomError("expired", {
    message: `${error.message}; an address answers once, within an hour`,
    fix: {
      en: "Write to the bot again; with an application (app) beside the bot answers go on through it.",
      zh: "请重新给机器人发消息;若为机器人配置了自建应用(app),后续回复会改由应用发送。",
    },
    platform: error.platform,
    cause: error,
  });
}
