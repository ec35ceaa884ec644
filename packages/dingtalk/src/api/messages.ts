/** Robot messages and session webhooks, one function per endpoint. Source: API definitions of robot_1_0. */
import type { Reader } from "@openclaw-china/core";
import { dingtalkError, unclearError } from "../errors.ts";
import type { Client } from "./client.ts";

export interface RobotMessage {
  readonly robotCode: string;
  readonly msgKey: string;
  /** Sent as a JSON string of at most 15,000 bytes. */
  readonly msgParam: Readonly<Record<string, string>>;
}

/** POST /v1.0/robot/oToMessages/batchSend: at most 20 people; both lists must be looked at. */
export async function sendToUsers(
  client: Client,
  message: RobotMessage & { readonly userIds: readonly string[] },
  signal: AbortSignal,
): Promise<{
  readonly processQueryKey: string;
  readonly invalid: readonly string[];
  readonly throttled: readonly string[];
}> {
  const what = "send to a person";
  const answer = await client.call({
    method: "POST",
    base: "api",
    path: "/v1.0/robot/oToMessages/batchSend",
    json: { ...message, msgParam: JSON.stringify(message.msgParam) },
    signal,
    what,
    idempotent: false,
  });
  const invalid = listOf(answer["invalidStaffIdList"]);
  const throttled = listOf(answer["flowControlledStaffIdList"]);
  const isSentToSome = message.userIds.some((id) => !invalid.includes(id) && !throttled.includes(id));
  return { processQueryKey: isSentToSome ? keyIn(answer, what) : "", invalid, throttled };
}

/** POST /v1.0/robot/groupMessages/send. */
export async function sendToGroup(
  client: Client,
  message: RobotMessage & { readonly openConversationId: string },
  signal: AbortSignal,
): Promise<string> {
  const what = "send to the group";
  const answer = await client.call({
    method: "POST",
    base: "api",
    path: "/v1.0/robot/groupMessages/send",
    json: { ...message, msgParam: JSON.stringify(message.msgParam) },
    signal,
    what,
    idempotent: false,
  });
  return keyIn(answer, what);
}

/** POST /v1.0/robot/otoMessages/batchRecall (lower-case `t`) or /v1.0/robot/groupMessages/recall: status 200 names what failed. */
export async function recallMessages(
  client: Client,
  messages: {
    readonly robotCode: string;
    readonly processQueryKeys: readonly string[];
    /** Absent: they are in direct chats. */
    readonly openConversationId?: string;
  },
  signal: AbortSignal,
): Promise<void> {
  const inGroup = messages.openConversationId !== undefined;
  const { failedResult } = await client.call({
    method: "POST",
    base: "api",
    path: inGroup ? "/v1.0/robot/groupMessages/recall" : "/v1.0/robot/otoMessages/batchRecall",
    json: messages,
    signal,
    what: "recall a message",
    idempotent: true,
  });
  const failed = Object.entries((failedResult ?? {}) as Readonly<Record<string, unknown>>);
  const [first] = failed;
  if (first === undefined) return;
  const reason = client.quote(first[1]);
  const total = messages.processQueryKeys.length;
  throw dingtalkError("request", {
    message: `cannot recall ${total === 1 ? "a message" : `${failed.length} of ${total} parts of a message`}: ${reason}`,
    platform: { code: "failedResult", message: reason, status: 200 },
    fix: { en: "A message can be recalled for about a day.", zh: "消息仅可在约一天内撤回。" },
  });
}

/** Who a message was sent to by `sendToUsers`, for whom it may be asked for a day. */
interface AskedMessage {
  readonly robotCode: string;
  readonly processQueryKey: string;
}

/** GET /v1.0/robot/oToMessages/readStatus (capital `T`): of up to 20 people, those who have read it. */
export async function readersInChats(
  client: Client,
  { robotCode, processQueryKey }: AskedMessage,
  signal: AbortSignal,
): Promise<readonly Reader[]> {
  const path = "/v1.0/robot/oToMessages/readStatus";
  const answer = await client.call({
    method: "GET",
    base: "api",
    path: `${path}?${new URLSearchParams({ robotCode, processQueryKey }).toString()}`,
    bucket: path,
    signal,
    what: WHO_HAS_READ,
    idempotent: true,
  });
  const { messageReadInfoList: list } = answer;
  if (!Array.isArray(list)) throw unclearError(WHO_HAS_READ, "messageReadInfoList");
  return (list as readonly Readonly<Record<string, unknown>>[]).flatMap(readerOf);
}

/** POST /v1.0/robot/groupMessages/query, page by page: ids only. */
export async function readersInGroup(
  client: Client,
  message: AskedMessage & { readonly openConversationId: string },
  signal: AbortSignal,
): Promise<readonly Reader[]> {
  const readers: Reader[] = [];
  let page: Readonly<Record<string, unknown>> = {};
  do {
    const { nextToken } = page;
    page = await client.call({
      method: "POST",
      base: "api",
      path: "/v1.0/robot/groupMessages/query",
      json: { ...message, maxResults: PAGE, ...(typeof nextToken === "string" ? { nextToken } : {}) },
      signal,
      what: WHO_HAS_READ,
      idempotent: true,
    });
    if (!Array.isArray(page["readUserIds"])) throw unclearError(WHO_HAS_READ, "readUserIds");
    readers.push(...listOf(page["readUserIds"]).map((id) => ({ id })));
  } while (page["hasMore"] === true && typeof page["nextToken"] === "string" && readers.length < MAX_READERS);
  return readers;
}

const WHO_HAS_READ = "ask who has read a message";
/** The most that the platform gives at once, and the end of a list that does not end. */
const PAGE = 200;
const MAX_READERS = 10_000;

function readerOf({ userId, name, readStatus, readTimestamp }: Readonly<Record<string, unknown>>): readonly Reader[] {
  if (readStatus !== "READ" || userId === undefined) return [];
  const time = Number(readTimestamp ?? 0);
  // The unit is not said; the interface before this one had seconds.
  const at = time > 0 && time < 1e11 ? time * 1_000 : time;
  return [
    {
      id: String(userId),
      ...(typeof name === "string" && name !== "" ? { name } : {}),
      ...(at > 0 ? { at } : {}),
    },
  ];
}

/** POST to a session webhook, which needs no token: the address itself is the credential. */
export async function sendBySession(client: Client, url: string, body: object, signal: AbortSignal): Promise<void> {
  const what = "reply through the session webhook";
  const answer = await client.callOpen({ url, json: body, signal, what, idempotent: false });
  if (String(answer["errcode"]) !== "0") throw unclearError(what, "errcode");
}

/** The key that proves it: recall and quotes name it. */
function keyIn(answer: Readonly<Record<string, unknown>>, what: string): string {
  const key = answer["processQueryKey"];
  if (typeof key !== "string" || key === "") throw unclearError(what, "processQueryKey");
  return key;
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
