/** Every error answer of the platform that the protocol document names, by code. */
import type { Answer, Call } from "../server.ts";
import type { Json } from "./json.ts";
import type { Bot } from "./tenant.ts";

/** A call as it is executed: by an app, with the ids of its path. */
export type Execute = (call: Call, bot: Bot, ids: readonly string[]) => Answer;

/** Messages; what is not named here gets its code as message. */
const MESSAGES: Readonly<Record<string, string>> = {
  1: "system busy",
  403: "forbidden",
  514: "auth failed",
  1000040343: "internal error",
  1000040344: "AppID or AppSecret is empty",
  1000040345: "invalid AppID or AppSecret",
  1000040350: "the number of connections exceeded the limit",
  1000040351: "system busy",
  10003: "invalid param",
  10012: "app ticket is invalid",
  10013: "app status is unavailable",
  10014: "app secret invalid",
  99991543: "app_id or app_secret is incorrect",
  99991661: "Missing access token for authorization. Please make a request with token attached.",
  99991662: "app is disabled or not installed",
  99991663: "Invalid access token for authorization. Please make a request with token attached.",
  99991664: "app access token invalid",
  99991668: "Invalid access token for authorization (user)",
  99991671: "Invalid access token for authorization. The token must start with 't-' or 'u-'.",
  99991673: "app unavailable",
  99991676: "token no permission",
  99991677: "Authentication token expired",
  99991679: "Unauthorized. You do not have permission to perform the requested operation on the resource.",
  99991400: "request trigger frequency limit",
  99991403: "monthly API quota exceeded",
  99992361: "open_id cross app",
  99992402: "field validation failed",
  2200: "internal error",
  230001: "Your request contains an invalid request parameter.",
  230002: "Bot/User can NOT be out of the chat.",
  230006: "Bot ability is not activated.",
  230011: "The message was withdrawn.",
  230013: "Bot has NO availability to this user.",
  230015: "P2P chat can NOT be shared.",
  230017: "Bot is NOT the owner of the resource.",
  230018: "These operations are NOT allowed at current group settings.",
  230019: "The topic does NOT exist.",
  230020: "This operation triggers the frequency limit.",
  230022: "The content of the message contains sensitive information.",
  230025: "The length of the message content reaches its limit.",
  230027: "Lack of necessary permissions.",
  230028: "The messages do NOT pass the audit.",
  230029: "The user has resigned.",
  230031: "The card is too old to be updated.",
  230034: "The receive_id is invalid.",
  230035: "Send Message Permission deny.",
  230038: "Cross tenant p2p chat operate forbid.",
  230049: "The message is being sent.",
  230050: "The message is invisible to the operator.",
  230053: "The user has stopped the bot from sending messages.",
  230054: "This operation is not supported for this message type.",
  230055: "The type of file upload does not match the type of message being sent.",
  230071: "The group does not support reply in thread.",
  230072: "The message has reached the number of times it can be edited.",
  230099: "Failed to create card content",
  231001: "reaction type is invalid.",
  231003: "The message is not found, maybe deleted.",
  231007: "No permission to delete the reaction.",
  232009: "The chat is already dissolved.",
  232010: "Operator and chat can NOT be in different tenants.",
  232025: "Bot ability is not activated.",
  234001: "Invalid request param.",
  234003: "File not in msg.",
  234006: "The file size exceed the max value.",
  234007: "App does not enable bot feature.",
  234010: "File's size can't be 0.",
  234011: "Can't recognize image format.",
  234039: "Image resolution exceeds limit.",
  234043: "Unsupported message type.",
  200220: "failed to generate card content",
  200570: "card contains invalid image keys",
  200740: "card entity does not exist",
  200750: "card entity is expired",
  200770: "uuid conflict",
  200810: "card is in an interaction",
  200850: "streaming mode timed out",
  200860: "card content exceeds 30KB",
  300302: "update_multi must be true",
  300307: "card json is empty",
  300309: "streaming mode is closed",
  300311: "no permission to operate the card",
  300313: "element does not exist",
  300317: "sequence number compare failed",
  11232: "frequency limited, slow down",
  9499: "Bad Request",
  19001: "param invalid: incoming webhook access token invalid",
  19021: "sign match fail or timestamp is not within one hour from current time",
  19022: "Ip Not Allowed",
  19024: "Key Words Not Found",
  41050: "no user authority error",
};

/** Reasons inside 230099. */
const CARD_REASONS: Readonly<Record<string, string>> = {
  11310: "card table number over limit; ErrorValue: table",
  11311: "card element number over limit",
  200570: "card contains invalid image keys",
  200621: "parse card json err",
  200750: "card entity is expired",
  200760: "card entity has been sent",
  300302: "update_multi must be true",
  300311: "no permission to operate the card",
  200740: "card entity does not exist",
};

/** What a call needs, by the start of its name; one of them is enough. */
const SCOPES: readonly (readonly [start: string, scopes: readonly string[]])[] = [
  ["im/message/create", ["im:message:send_as_bot", "im:message"]],
  ["im/message/reply", ["im:message:send_as_bot", "im:message"]],
  ["im/message/forward", ["im:message:send_as_bot", "im:message"]],
  ["im/message/update", ["im:message:update", "im:message"]],
  ["im/message/patch", ["im:message:update", "im:message:send_as_bot", "im:message"]],
  ["im/message/delete", ["im:message:recall", "im:message:send_as_bot", "im:message"]],
  ["im/message/", ["im:message:readonly", "im:message"]],
  ["im/messageResource/", ["im:message:readonly", "im:message"]],
  ["im/messageReaction/list", ["im:message.reactions:read", "im:message"]],
  ["im/messageReaction/", ["im:message.reactions:write_only", "im:message"]],
  ["im/image/", ["im:resource"]],
  ["im/file/", ["im:resource"]],
  ["im/chatMembers/", ["im:chat.members:read", "im:chat:readonly"]],
  ["im/chat/", ["im:chat:readonly"]],
  ["contact/", ["contact:contact.base:readonly", "contact:user.base:readonly"]],
  ["application/application", ["application:application:self_manage"]],
  ["cardkit/", ["cardkit:card:write"]],
];

/** The scopes that open a call, or none when it needs none. */
export function scopesOf(name: string): readonly string[] {
  return SCOPES.find(([start]) => name.startsWith(start))?.[1] ?? [];
}

/** Done. */
export function ok(data: Json = {}): Answer {
  const headers = { "x-tt-logid": "202411250000000000000000000000AA" };
  return { status: 200, headers, body: { code: 0, msg: "success", data } };
}

const LOG_ID = "202411250000000000000000000000AB";
const RATE_LIMITED = "99991400";
const TOO_MANY = new Set([RATE_LIMITED, "99991403"]);
/** Codes under status 200: what answers outside the open interfaces. */
const PLAIN = new Set(["ws/endpoint", "bot/hook", "auth/tenantAccessToken"]);

/**
 * An answer by its code, in the form of the interface that gives it. Besides codes: `html` no answer of an interface. What
 * follows the code after a blank says more: the seconds of `99991400 3`, the reason in `230099 11310`, for other codes the
 * message.
 */
export function feishuError(given: string, call?: Call): Answer {
  const [code = "", ...words] = given.split(" ");
  const said = words.length === 0 ? undefined : words.join(" ");
  if (code === "html") return { status: 200, headers: { "content-type": "text/html" }, body: "<html>blocked</html>" };
  const msg = messageOf(code, words, call);
  const headers = { "x-tt-logid": LOG_ID };
  const number = /^-?\d+$/.test(code) ? Number(code) : code;
  if (call !== undefined && PLAIN.has(call.name)) {
    const data = call.name === "bot/hook" || code === "1" ? { data: {} } : {};
    return { status: 200, headers, body: { code: number, msg, ...data } };
  }
  const status = TOO_MANY.has(code) ? 429 : code === "2200" ? 500 : 400;
  const troubleshooter = `排查建议查看(Troubleshooting suggestions): https://open.feishu.cn/search?code=${code}`;
  const fields = code === "99992402" ? { field_violations: [{ field: said ?? "", description: "is invalid" }] } : {};
  const limits = code === RATE_LIMITED ? { "x-ogw-ratelimit-limit": "50", "x-ogw-ratelimit-reset": said ?? "1" } : {};
  const error = { log_id: LOG_ID, troubleshooter, ...fields };
  return { status, headers: { ...headers, ...limits }, body: { code: number, msg, error } };
}

function messageOf(code: string, words: readonly string[], call: Call | undefined): string {
  const said = words.length === 0 ? undefined : words.join(" ");
  const known = MESSAGES[code] ?? code;
  if (code === "230099") {
    const reason = said ?? "200621";
    const text = CARD_REASONS[reason] ?? "card content is invalid";
    return `${known}, ext=ErrCode: ${reason}; ErrMsg: ${text}; `;
  }
  if (code === "99991672") return accessDenied(words, call);
  if (code === RATE_LIMITED || code === "99992402") return known;
  if (code === "230001" && said !== undefined) return `${known} ext=${said}`;
  return said ?? known;
}

function accessDenied([list, appId = "cli_xxx"]: readonly string[], call: Call | undefined): string {
  const scopes = list?.split(",") ?? scopesOf(call?.name ?? "");
  const link = `https://open.feishu.cn/app/${appId}/auth?q=${scopes.join(",")}&op_from=openapi&token_type=tenant`;
  const wanted = `[${scopes.join(", ")}]`;
  return (
    `Access denied. One of the following scopes is required: ${wanted}. 应用尚未开通所需的应用身份权限：${wanted}，` +
    `点击链接申请并开通任一权限即可：${link}`
  );
}
