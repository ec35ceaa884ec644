/**
 * Turns an answer into an error of the catalogue, or says that it is none: answers of the REST interface, and
 * acknowledgements of the long connection. Only `errcode` counts; the platform's sentence may change.
 */
import type { ChannelError, Localized } from "@openclaw-china/core";
import { type Answer, redact } from "@openclaw-china/core/internal";
import { findKnown, type Known, wecomError } from "../errors.ts";
import type { Command } from "./link.ts";

/** What to know about a call for judging its answer. */
export interface CallFacts {
  /** For the message: "send to the group". */
  readonly what: string;
  /** `app`: the secret itself is in the call. `token`: an access token is, so 40001 is about that first. */
  readonly auth: "token" | "app" | "none";
  /** Never to be seen in a text. */
  readonly secrets?: readonly string[];
}

/** An acknowledgement, and the command it answers. */
export interface Ack {
  /** Absent or 0: done. */
  readonly errcode: number | undefined;
  readonly errmsg: string;
  readonly reqId: string;
  readonly cmd: Command;
}

type Json = Readonly<Record<string, unknown>>;

/** The answer's JSON, or the catalogue's error for it. */
export function judge(answer: Answer, facts: CallFacts): Record<string, unknown> {
  const error = errorOf(answer, facts);
  if (error !== undefined) throw error;
  return { ...asRecord(answer.json) };
}

/** The error an answer stands for; undefined when the platform has done what was asked. */
export function errorOf(answer: Answer, facts: CallFacts): ChannelError | undefined {
  const body = asRecord(answer.json);
  if (body === undefined) return gatewayError(answer, facts);
  const { status } = answer;
  const code = codeIn(body) ?? (status >= 400 ? String(status) : undefined);
  if (code === undefined) return undefined;
  const message = typeof body["errmsg"] === "string" ? body["errmsg"] : "";
  const known = listed(code, message, facts) ?? unlisted(status);
  return makeError({ code, message, status, requestId: hintIn(message) }, known, facts);
}

/** The error an acknowledgement stands for, with its code and `req_id`; undefined when the frame has done its work. */
export function judgeAck(
  ack: Ack,
  facts: { readonly what: string; readonly secrets?: readonly string[] },
): ChannelError | undefined {
  const { errcode, errmsg, reqId, cmd } = ack;
  if (errcode === undefined || errcode === 0) return undefined;
  const code = String(errcode);
  // A malformed subscription has no cause but the credentials in it.
  const known = cmd === "aibot_subscribe" && code === "40058" ? findKnown("93019") : findKnown(code, errmsg);
  const said = { code, message: errmsg, status: undefined, requestId: reqId };
  return makeError(said, known ?? unlisted(200), facts);
}

/** True when the subscription of the connection is gone: connect anew, then send again. */
export function isUnsubscribed({ platform }: ChannelError): boolean {
  return platform?.code === "846609";
}

/** True when the message or stream that is answered is no longer there to be answered: another way is left. */
export function isStale({ platform }: ChannelError): boolean {
  return platform?.code === "846605" || platform?.code === "846608";
}

interface Said {
  readonly code: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
}

/** A revoked token is sometimes called an invalid secret; where the secret itself was sent it is that. */
function listed(code: string, message: string, { auth }: CallFacts): Known | undefined {
  if (code === "40001" && auth === "token") return findKnown("40014");
  return findKnown(code, message);
}

/** Undefined: the call has done its work. */
function codeIn(body: Json): string | undefined {
  const code = body["errcode"];
  if (code === undefined || code === null || Number(code) === 0) return undefined;
  return typeof code === "number" || typeof code === "string" ? String(code) : "unreadable errcode";
}

/** What the platform's support asks for. */
function hintIn(message: string): string | undefined {
  return /hint:\s*\[([^\]]{1,80})\]/.exec(message)?.[1];
}

function makeError(said: Said, known: Known, facts: Pick<CallFacts, "what" | "secrets">): ChannelError {
  const { code, status, requestId } = said;
  const ip = known.trouble === "address" ? /from ip:\s*([0-9a-fA-F.:]{2,45})/.exec(said.message)?.[1] : undefined;
  const from = ip === undefined ? "" : ` (${ip})`;
  const page = /^-?\d{1,9}$/.test(code) ? ` → https://open.work.weixin.qq.com/devtool/query?e=${code}` : "";
  return wecomError(known.trouble, {
    ...(known.verdict === undefined ? {} : { verdict: known.verdict }),
    message: `cannot ${facts.what}: ${known.cause.en}${from} (${code})`,
    fix: {
      en: `${known.fix.en}${ip === undefined ? "" : ` Address: ${ip}.`}${page}`,
      zh: `${known.cause.zh}${from}。${known.fix.zh}${page}`,
    },
    platform: {
      code,
      message: redact(said.message, facts.secrets),
      ...(status === undefined ? {} : { status }),
      ...(requestId === undefined ? {} : { requestId }),
    },
  });
}

/** Codes that nobody has listed: 5xx is unknown, the rest is a no. */
function unlisted(status: number): Known {
  const cause: Localized = { en: "the platform answered with an error", zh: "平台返回错误" };
  const fix: Localized = { en: "See the platform's message and its hint.", zh: "请查看平台返回的信息与其中的 hint。" };
  const again: Localized = { en: "Nothing to do: it is repeated by itself.", zh: "无需处理:会自动重试。" };
  const line = (trouble: Known["trouble"], own = fix): Known => ({ codes: [], trouble, cause, fix: own });
  if (status >= 500) return line("busy", again);
  if (status === 408) return line("timeout", again);
  return status === 429 ? line("throttled", again) : line("request");
}

/** HTML or nothing instead of an API answer: a proxy, or a relay. 5xx leaves open what was done. */
function gatewayError({ status }: Answer, facts: CallFacts): ChannelError {
  const isOpen = status >= 500 || status < 400;
  return wecomError(isOpen ? "busy" : "request", {
    message: `cannot ${facts.what}: a gateway answered instead of WeCom (status ${status}, no JSON)`,
    fix: {
      en: "Look for a proxy on the way (option proxy), and at endpoints.api if you use a relay.",
      zh: "请检查途中的代理(proxy 选项);若使用中转,请检查 endpoints.api。",
    },
    platform: { code: String(status), message: "the answer is no JSON", status },
  });
}

function asRecord(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
