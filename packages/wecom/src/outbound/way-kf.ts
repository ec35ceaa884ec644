/**
 * The way to a customer of WeChat: the customer service account they wrote to, five messages within 48 hours of each of
 * theirs. Never another way: to others an outside person does not exist. Every message has an id of ours.
 */
import type { Address, Clock, DeliveryOptions } from "@openclaw-china/core";
import type { Client } from "../api/client.ts";
import type { MessageBody } from "../api/frames.ts";
import { sendToCustomer } from "../api/kf.ts";
import type { Customers } from "../customers.ts";
import { wecomError } from "../errors.ts";
import { plainBody, TEXT_LIMITS } from "./render.ts";
import { type Uploads, withUpload } from "./upload.ts";
import { bareId, evidence, fileBody, idOf, inPieces, replyOf, type Way } from "./way.ts";

export interface KfWayDeps {
  readonly client: Client;
  readonly customers: Pick<Customers, "openKfIdOf">;
  readonly uploads: Uploads;
  readonly clock: Clock;
  readonly account: string;
}

export function createKfWay(deps: KfWayDeps): Way {
  const post = async (
    to: Address,
    { body, key }: { readonly body: MessageBody; readonly key: string },
    options: DeliveryOptions,
  ): Promise<string> => {
    const reply = replyOf(options);
    const customerId = bareId(to);
    const isReply = reply?.via === "kf" && reply.customerId === customerId;
    const openKfId = isReply ? reply.openKfId : await deps.customers.openKfIdOf(customerId);
    if (openKfId === undefined) throw unknownCustomer(customerId);
    return sendToCustomer(deps.client, { customerId, openKfId, msgId: idOf("oc-", key), body }, options.signal);
  };

  return {
    name: "customer service",
    async send(to, content, options) {
      if (content.kind === "file") {
        const { file } = content;
        const id = await withUpload(deps.uploads, { file, signal: options.signal }, (mediaId) =>
          post(to, { body: fileBody(file, mediaId), key: `${options.key} ${mediaId}` }, options),
        );
        return evidence(deps, [id]);
      }
      const words = content.kind === "shown" ? content.words : content;
      const limits = { maxBytes: TEXT_LIMITS.kf, key: options.key };
      const ids = await inPieces(plainBody(words), limits, (piece, key) =>
        post(to, { body: { msgtype: "text", text: { content: piece } }, key }, options),
      );
      return evidence(deps, ids);
    },
  };
}

function unknownCustomer(id: string): Error {
  return wecomError("recipient", {
    message: `${id} is no customer who has written to an account of this bot`,
    outcome: "not_sent",
    fix: {
      en: "A customer can be answered only after they have written.",
      zh: "客户主动发来消息后才能回复。",
    },
  });
}
