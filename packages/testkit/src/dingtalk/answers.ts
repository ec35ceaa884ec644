/** Every error answer of the platform that the protocol document names, by code. */
import { type Answer, type Call, jsonOf } from "../server.ts";

/** `[status, message]` of the new interfaces. */
const OPENAPI: Readonly<Record<string, readonly [number, string]>> = {
  authFailed: [401, "鉴权失败"],
  InvalidAuthentication: [401, "不合法的access_token"],
  invalidClientIdOrSecret: [400, "无效的clientId或者clientSecret"],
  InvalidAppKey: [401, "invalid appKey"],
  ServiceTimeout: [504, "gateway timeout"],
  "Forbidden.AccessDenied.AccessTokenPermissionDenied": [403, "没有调用该接口的权限"],
  "Forbidden.AccessDenied.IpNotInWhiteList": [403, "访问ip不在白名单之中"],
  "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi": [403, "qps limit"],
  "Forbidden.AccessDenied.QpsLimitForApi": [403, "qps limit"],
  "Forbidden.AccessDenied.ApiCountLimitForOrg": [403, "quota"],
  "invalidParameter.robotCode.empty": [400, "机器人robotCode为空"],
  "invalidParameter.robotCode.auth": [400, "robotCode不属于该应用"],
  "invalidParameter.userIds.empty": [400, "userIds为空"],
  "invalidParameter.userIds.invalid": [400, "userIds不合法"],
  "invalidParameter.userIds.overMax": [400, "userIds超过20个"],
  "invalidParameter.openConversationId.invalid": [400, "openConversationId不合法"],
  "invalidParameter.msgKey.invalid": [400, "msgKey不合法"],
  "invalidParameter.msgParam.invalid": [400, "msgParam不合法"],
  "staffId.notExisted": [400, "员工不存在"],
  "param.stream.outTrackId": [400, "card is not exist"],
  "param.stream.keyEmpty": [400, "param.stream.keyEmpty"],
  "param.stream.guidEmpty": [400, "param.stream.guidEmpty"],
  "param.stream.contentEmpty": [400, "param.stream.contentEmpty"],
  "param.stream.isFull": [400, "param.stream.isFull"],
  "param.stream.content": [400, "content is too large"],
  "param.stream.finalized": [400, "card is finalized"],
  "param.templateNotExist": [400, "template not exist"],
  "param.templateUnpublished": [400, "template unpublished"],
  "param.cardNotExist": [400, "card not exist"],
  "param.cardAlreadyExist": [400, "card already exist"],
  "param.openSpaceIdInvalid": [400, "openSpaceId invalid"],
  "param.openDeliverModelError": [400, "openDeliverModel error"],
  "param.contentUnsafe": [400, "content unsafe"],
  "param.userIdNotExist": [400, "userId not exist"],
  "card.concurrentUpdate": [403, "the card is being updated"],
  "system.busy": [500, "system busy"],
  "system.err": [500, "system error"],
  unknownError: [500, "未知错误"],
  orgAuthLevelNotEnough: [403, "organisation not verified"],
};

/** Messages of the old interfaces, which answer 200. */
const OLD: Readonly<Record<string, string>> = {
  "-1": "系统繁忙",
  15: "Remote service error",
  40001: "获取access_token时AppSecret错误",
  40004: "不合法的媒体文件类型",
  40005: "不合法的文件类型",
  40006: "不合法的文件大小",
  40014: "不合法的access_token",
  40035: "缺少参数 json",
  40089: "不合法的corpid或corpsecret",
  42001: "access_token已过期",
  43004: "无效的HTTP HEADER Content-Type",
  90002: "qps limit",
  90018: "qps limit",
  90020: "quota",
  101002: "message is too long",
  130101: "send too fast, exceed 20 times per minute",
  300001: "session 不存在或已过期",
  310000: "sign not match",
  400013: "群已被解散",
  400101: "access_token不存在",
  400102: "机器人已停用",
  400105: "不支持的消息类型",
  400106: "机器人不存在",
  401102: "miss param : file->mediaId",
  410100: "发送速度太快而限流",
  430101: "含有不安全的外链",
  430102: "含有不合适的文本",
  430103: "含有不合适的图片",
  430104: "含有不合适的内容",
  460101: "message too long, exceed 20000 bytes",
};

/** Permissions by the start of a call's name. */
const SCOPES: readonly (readonly [string, string])[] = [
  ["card/streaming", "Card.Streaming.Write"],
  ["card/", "Card.Instance.Write"],
  ["robot/", "qyapi_robot_sendmsg"],
];

const PERMISSION = "Forbidden.AccessDenied.AccessTokenPermissionDenied";

/**
 * An answer by its code, in the form of the interface that gives it. Besides codes: `88/40014` is an old answer that wraps
 * another; `1111` an address that is blocked; `html` no answer of an interface; `success=false`; `deliverResults` a card that
 * is created and reaches nobody; `invalidStaffIdList` and `flowControlledStaffIdList` a send that reaches nobody. What
 * follows the code after a blank is its message: `310000 keywords not in content`.
 */
export function dingTalkError(given: string, call?: Call): Answer {
  const [code = "", ...words] = given.split(" ");
  const said = words.length === 0 ? undefined : words.join(" ");
  if (code.startsWith("88/")) return wrapped(code.slice(3), said);
  const special = specialAnswer(code, call);
  if (special !== undefined) return special;
  const old = OLD[code];
  if (old !== undefined) {
    const timeout = code === "15" ? { sub_code: "isp.top-remote-connection-timeout" } : {};
    return { status: 200, body: { errcode: Number(code), errmsg: said ?? old, ...timeout } };
  }
  const [status, message] = OPENAPI[code] ?? [400, code];
  const scope = SCOPES.find(([start]) => call?.name.startsWith(start) === true)?.[1];
  const detail = code === PERMISSION && scope !== undefined ? { accessdenieddetail: { requiredScopes: [scope] } } : {};
  const requestid = "00000000-0000-4000-8000-000000000002";
  return { status, body: { code, message: said ?? message, requestid, ...detail } };
}

/** Status 200 throughout, as on the platform. */
function specialAnswer(code: string, call: Call | undefined): Answer | undefined {
  const request = (call === undefined ? undefined : jsonOf(call.body)) as
    | { readonly userIds?: unknown; readonly outTrackId?: unknown }
    | undefined;
  switch (code) {
    case "html":
      return {
        status: 200,
        headers: { "content-type": "text/html" },
        body: "<html><body>blocked</body></html>",
      };
    case "1111":
      return { status: 200, body: { status: 1111, wait: 5, source: "x5", punish: "deny", uuid: "u" } };
    case "success=false":
      return { status: 200, body: { success: false, result: false } };
    case "deliverResults":
      return undelivered(String(request?.outTrackId), "robot is not in the conversation");
    case "invalidStaffIdList":
    case "flowControlledStaffIdList": {
      const lists = { invalidStaffIdList: [], flowControlledStaffIdList: [], [code]: request?.userIds ?? [] };
      return { status: 200, body: { processQueryKey: "pqk-nobody", ...lists } };
    }
    default:
      return undefined;
  }
}

/** Status 200 and `success`, and nobody sees the card. */
export function undelivered(outTrackId: string, errorMsg: string): Answer {
  const deliverResults = [{ spaceType: "IM_GROUP", spaceId: "", success: false, carrierId: "", errorMsg }];
  return { status: 200, body: { success: true, result: { outTrackId, deliverResults } } };
}

function wrapped(sub: string, said: string | undefined): Answer {
  const message = said ?? (sub === "60011" ? "没有调用该接口的权限" : (OLD[sub] ?? sub));
  const errmsg = `ding talk error[subcode=${sub},submsg=${message}]`;
  return { status: 200, body: { errcode: 88, sub_code: sub, sub_msg: message, errmsg, request_id: "r" } };
}
