/** Error answers by their code, as acknowledgements of frames and as answers of calls. */
import type { Answer } from "../server.ts";
import type { Json } from "./json.ts";

/** What a frame or a call gets. */
export interface Outcome {
  readonly errcode: number;
  readonly errmsg: string;
  readonly body?: Json;
}

const TEXTS: Readonly<Record<string, string>> = {
  "-1": "system busy",
  40001: "invalid credential",
  40003: "invalid userid",
  40004: "invalid media type",
  40005: "invalid type parameter",
  40006: "invalid media size",
  40007: "invalid media_id",
  40008: "invalid message type",
  40013: "invalid corpid",
  40014: "invalid access_token",
  40033: "invalid charset. please check your request, if include \\uxxxx will create fail",
  40056: "invalid agentid",
  40058: "invalid Request Parameter",
  41001: "access_token missing",
  42001: "access_token expired",
  44001: "empty media data",
  44004: "empty content",
  45001: "media size out of limit",
  45002: "content size out of limit",
  45009: "api freq out of limit",
  45033: "concurrent call out of limit",
  48002: "api forbidden for no authority",
  50002: "user not in the visible range",
  60011: "no privilege to access/modify contact/party/agent",
  60020: "not allow to access from your ip",
  60111: "userid not found",
  81013: "user & party & tag all invalid",
  86003: "invalid chat id",
  93000: "invalid webhook url",
  93004: "bot has been disabled",
  93006: "invalid chatid",
  93008: "not in group",
  93019: "invalid bot_id",
  95000: "invalid open_kfid",
  95001: "send msg count limit",
  95002: "send msg after 48 hours is not allowed",
  95007: "invalid msg token",
  95018: "send msg session status invalid",
  301002: "no permission to operate the agent",
  846605: "invalid req_id",
  846607: "aibot message count out of limit",
  846608: "stream message update expired",
  846609: "aibot websocket not subscribed",
  853000: "signature is incorrect, please check if the bot secret is correct",
};

/** Where the bot comes from, as WeCom sees it. */
const FROM_IP = "192.0.2.7";

/** Done; `body` is what the acknowledgement carries. */
export function done(body?: Json): Outcome {
  return { errcode: 0, errmsg: "ok", ...(body === undefined ? {} : { body }) };
}

/** Refused. What follows the code after a blank is its text: `40058 something else`. */
export function refused(given: string): Outcome {
  const [code = "", ...words] = given.split(" ");
  const said = words.length === 0 ? (TEXTS[code] ?? "unknown error") : words.join(" ");
  const more = `more info at https://open.work.weixin.qq.com/devtool/query?e=${code}`;
  return { errcode: Number(code), errmsg: `${said}, hint: [1785000000123456789], from ip: ${FROM_IP}, ${more}` };
}

/** The same as the answer of a call: status 200 throughout. `html` is a gateway that answers for the platform. */
export function weComError(given: string): Answer {
  if (given === "html") {
    const headers = { "content-type": "text/html" };
    return { status: 200, headers, body: "<html><body>blocked</body></html>" };
  }
  return { status: 200, body: refused(given) };
}

/** The answer of a call that was executed. */
export function answered(more: Json = {}): Answer {
  return { status: 200, body: { errcode: 0, errmsg: "ok", ...more } };
}
