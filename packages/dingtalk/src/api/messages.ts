/** Robot messages and session webhooks, one function per endpoint. Source: API definitions of robot_1_0. */
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
  const answer = await client.call({
    method: "POST",
    base: "api",
    path: "/v1.0/robot/oToMessages/batchSend",
    json: { ...message, msgParam: JSON.stringify(message.msgParam) },
    signal,
    what: "send to a person",
    idempotent: false,
  });
  return {
    processQueryKey: String(answer["processQueryKey"] ?? ""),
    invalid: listOf(answer["invalidStaffIdList"]),
    throttled: listOf(answer["flowControlledStaffIdList"]),
  };
}

/** POST /v1.0/robot/groupMessages/send. */
export async function sendToGroup(
  client: Client,
  message: RobotMessage & { readonly openConversationId: string },
  signal: AbortSignal,
): Promise<string> {
  const answer = await client.call({
    method: "POST",
    base: "api",
    path: "/v1.0/robot/groupMessages/send",
    json: { ...message, msgParam: JSON.stringify(message.msgParam) },
    signal,
    what: "send to the group",
    idempotent: false,
  });
  return String(answer["processQueryKey"] ?? "");
}

/** POST to a session webhook, which needs no token: the address itself is the credential. */
export async function sendBySession(client: Client, url: string, body: object, signal: AbortSignal): Promise<void> {
  await client.callOpen({ url, json: body, signal, what: "reply through the session webhook", idempotent: false });
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
