/**
 * The way of a self-built application: people, departments and tags at any time, and the groups it has made itself. The same
 * message with the same key is one message for hours; what it may hold is cut to its own, smaller size.
 */
import type { Address, Clock, DeliveryOptions, Logger, Sent } from "@openclaw-china/core";
import type { Client } from "../api/client.ts";
import type { MessageBody } from "../api/frames.ts";
import { type AppSent, type Recipients, sendAsApp, sendToAppChat } from "../api/messages.ts";
import { wecomError } from "../errors.ts";
import type { Pace } from "./pace.ts";
import { appBody, type Textual, TEXT_LIMITS } from "./render.ts";
import { type Uploads, withUpload } from "./upload.ts";
import { bareId, evidence, fileBody, holdOf, idOf, inPieces, type Way } from "./way.ts";

export interface AppWayDeps {
  readonly client: Client;
  readonly agentId: number;
  readonly uploads: Uploads;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
}

/** What we keep of a message of an application, for its recall and its change. */
export interface AppHandle {
  readonly via: "app";
  readonly msgId: string;
  /** Absent: a department or a tag. */
  readonly userIds?: readonly string[];
  readonly responseCode?: string;
}

export function createAppWay(deps: AppWayDeps): Way {
  const { client, agentId, log, account } = deps;

  const post = async (
    to: Address,
    { body, key }: { readonly body: MessageBody; readonly key: string },
    signal: AbortSignal,
  ): Promise<AppSent> => {
    const id = bareId(to);
    await deps.pace.take("member", `${to.kind} ${id}`, signal);
    try {
      if (to.kind === "group") {
        await sendToAppChat(client, { chatId: id, body }, signal);
        return { msgId: idOf("oc-", key), responseCode: undefined, invalid: [] };
      }
      const sent = await sendAsApp(client, { to: recipients(to, id), agentId, body, key }, signal);
      if (sent.invalid.length > 0) noteInvalid(to, id, sent.invalid);
      return sent;
    } catch (error) {
      const ms = holdOf(error);
      if (ms !== undefined) deps.pace.hold("member", `${to.kind} ${id}`, ms);
      throw error;
    }
  };

  const noteInvalid = (to: Address, id: string, invalid: readonly string[]): void => {
    if (to.kind === "user") throw unknownPerson(id);
    log.warn({ account, to: to.kind, invalid: invalid.slice(0, 20) }, "some recipients did not get a message");
  };

  const sendText = async (to: Address, message: Textual, options: DeliveryOptions): Promise<Sent> => {
    const { msgtype, content } = appBody(message);
    const limits = { maxBytes: TEXT_LIMITS.app, key: options.key };
    const ids = await inPieces(content, limits, async (piece, key) => {
      const body = { msgtype, [msgtype]: { content: piece } };
      return (await post(to, { body, key }, options.signal)).msgId;
    });
    return evidence(deps, ids, handleOf(to, { msgId: ids[0], responseCode: undefined }));
  };

  return {
    name: "application",
    async send(to, content, options) {
      if (content.kind === "text" || content.kind === "markdown") return sendText(to, content, options);
      const { key, signal } = options;
      if (content.kind === "file") {
        const { file } = content;
        const put = (id: string): Promise<AppSent> => post(to, { body: fileBody(file, id), key }, signal);
        const sent = await withUpload(deps.uploads, { file, signal }, put);
        return evidence(deps, [sent.msgId], handleOf(to, sent));
      }
      const body = { msgtype: "template_card", template_card: content.card };
      const sent = await post(to, { body, key }, signal);
      return evidence(deps, [content.taskId], handleOf(to, sent));
    },
  };
}

function recipients({ kind }: Address, id: string): Recipients {
  if (kind === "department") return { toparty: id };
  return kind === "tag" ? { totag: id } : { touser: id };
}

/** Groups give a message no id: nothing can be done to it later. */
function handleOf(to: Address, { msgId, responseCode }: Omit<AppSent, "invalid">): AppHandle | undefined {
  if (to.kind === "group") return undefined;
  const whose = to.kind === "user" ? { userIds: [bareId(to)] } : {};
  return { via: "app", msgId, ...whose, ...(responseCode === undefined ? {} : { responseCode }) };
}

function unknownPerson(id: string): Error {
  return wecomError("recipient", {
    message: `${id} is no member whom the application may write to`,
    fix: {
      en: "Use the userid of the address book, and check the application's visible range.",
      zh: "请使用通讯录中的 userid,并检查应用的可见范围。",
    },
  });
}
