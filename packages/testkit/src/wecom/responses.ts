/** `response_url`: one message by an address that came with a callback, within an hour. */
import type { Clock } from "@openclaw-china/core";
import { type Answer, type Call, jsonOf } from "../server.ts";
import { answered, weComError } from "./answers.ts";
import { asJson, type Json } from "./json.ts";
import { type Bot, hash } from "./tenant.ts";

export interface Responses {
  /** An address for an answer of this bot at this place. */
  address(bot: Bot, place: string): string;
  /** POST /cgi-bin/aibot/response. */
  respond(call: Call): Answer;
}

export interface ResponsesParts {
  readonly clock: Clock;
  readonly origin: () => string;
  /** Shows a message: the error's code, or undefined. */
  readonly show: (body: Json, where: { readonly bot: Bot; readonly place: string }) => string | undefined;
}

const LIFE_MS = 3_600_000;

export function createResponses({ clock, origin, show }: ResponsesParts): Responses {
  const open = new Map<string, { readonly bot: Bot; readonly place: string; readonly until: number }>();
  let count = 0;
  return {
    address(bot, place) {
      count += 1;
      const code = hash(`response ${count}`, 32);
      open.set(code, { bot, place, until: clock.now() + LIFE_MS });
      return `${origin()}/cgi-bin/aibot/response?response_code=${code}`;
    },
    respond({ url, body }) {
      const code = url.searchParams.get("response_code") ?? "";
      const found = open.get(code);
      if (found === undefined || found.until <= clock.now()) return weComError("40058 invalid response_code");
      const message = asJson(jsonOf(body));
      if (!["markdown", "template_card"].includes(String(message["msgtype"]))) return weComError("40008");
      const fault = show(message, found);
      if (fault !== undefined) return weComError(fault);
      open.delete(code);
      return answered();
    },
  };
}
