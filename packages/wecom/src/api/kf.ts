/** WeChat customer service, one function per endpoint. */
import type { Client } from "./client.ts";
import type { MessageBody } from "./frames.ts";

/** A page of what customers wrote. */
export interface KfPage {
  /** Where the next page begins; kept before its messages are handled. */
  readonly nextCursor: string;
  /** Also with an empty page. */
  readonly hasMore: boolean;
  readonly messages: readonly unknown[];
}

/** POST /cgi-bin/kf/sync_msg. `token` is that of the notice: without it the call is strictly limited. */
export async function syncMessages(
  client: Client,
  { openKfId, cursor, token }: { readonly openKfId: string; readonly cursor?: string; readonly token?: string },
  signal: AbortSignal,
): Promise<KfPage> {
  const answer = await client.call({
    method: "POST",
    path: "/cgi-bin/kf/sync_msg",
    json: {
      ...(cursor === undefined ? {} : { cursor }),
      ...(token === undefined ? {} : { token }),
      limit: 1_000,
      voice_format: 0,
      open_kfid: openKfId,
    },
    signal,
    what: "fetch the messages of customers",
    idempotent: true,
  });
  const { next_cursor: next, has_more: more, msg_list: list } = answer;
  return {
    nextCursor: typeof next === "string" ? next : (cursor ?? ""),
    hasMore: Number(more) === 1,
    messages: Array.isArray(list) ? (list as readonly unknown[]) : [],
  };
}

/** POST /cgi-bin/kf/send_msg: at most five within 48 h of each message of the customer. A repeated `msgId` is one message. */
export async function sendToCustomer(
  client: Client,
  message: {
    readonly customerId: string;
    readonly openKfId: string;
    /** Ours, at most 32 of `[0-9a-zA-Z_-]`. */
    readonly msgId: string;
    readonly body: MessageBody;
  },
  signal: AbortSignal,
): Promise<string> {
  const { customerId: touser, openKfId, msgId, body } = message;
  const { msgid } = await client.call({
    method: "POST",
    path: "/cgi-bin/kf/send_msg",
    json: { touser, open_kfid: openKfId, msgid: msgId, ...body },
    signal,
    what: "answer a customer",
    idempotent: true,
  });
  return typeof msgid === "string" && msgid !== "" ? msgid : msgId;
}

/** POST /cgi-bin/kf/send_msg_on_event: once, within 20 s of the customer's entering. */
export async function welcomeCustomer(
  client: Client,
  { code, body }: { readonly code: string; readonly body: MessageBody },
  signal: AbortSignal,
): Promise<void> {
  await client.call({
    method: "POST",
    path: "/cgi-bin/kf/send_msg_on_event",
    json: { code, ...body },
    signal,
    what: "welcome a customer",
    idempotent: true, // a code that was used is refused
  });
}
