/**
 * What a message quotes, and what was forwarded in it: the platform's event has only ids, so they are fetched, once each. What
 * the platform does not hand over (recalled, no scope, another chat) stays as it came: the message itself is worth answering.
 */
import type { Logger, MessageInbound } from "@openclaw-china/core";
import type { Client } from "./api/client.ts";
import { getMessage } from "./api/messages.ts";
import { forwardText, readMessage } from "./forwards.ts";
import { fieldsOf, stringOf } from "./inbound/fields.ts";

export interface Quotes {
  /** The message with what it quotes and what was forwarded filled in as far as is known. Never rejects. */
  enrich(message: MessageInbound): Promise<MessageInbound>;
}

export function createQuotes(deps: {
  readonly client: Client;
  readonly log: Logger;
  readonly account: string;
}): Quotes {
  const { client, log, account } = deps;
  const signal = new AbortController().signal; // each call ends by its own deadline

  const fetched = async (id: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    try {
      return await getMessage(client, id, signal);
    } catch (error) {
      log.warn({ err: error, account }, "a quoted or forwarded message could not be read; it is answered without");
      return [];
    }
  };

  const withForwards = async (message: MessageInbound): Promise<MessageInbound> => {
    if (!isForward(message)) return message;
    const text = forwardText(message.id, await fetched(message.id));
    return text === "" ? message : { ...message, text };
  };

  return {
    async enrich(given) {
      const message = await withForwards(given);
      const { quote } = message;
      if (quote?.id === undefined || quote.text !== "" || quote.attachments.length > 0) return message;
      const items = await fetched(quote.id);
      const [first] = items;
      if (first === undefined) return message;
      const { type, sender, content } = readMessage(first);
      const text = type === "merge_forward" ? forwardText(quote.id, items) : content.text;
      return {
        ...message,
        quote: { ...quote, ...(sender === undefined ? {} : { sender }), text, attachments: content.attachments },
      };
    },
  };
}

function isForward({ raw }: MessageInbound): boolean {
  return stringOf(fieldsOf(fieldsOf(fieldsOf(raw)["event"])["message"])["message_type"]) === "merge_forward";
}
