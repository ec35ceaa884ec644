/** Access tokens: one for each pair of corporation and secret, the same while it lives. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Answer, Call } from "../server.ts";
import { answered, weComError } from "./answers.ts";

/** Whose secret it is: an application, or the customer service product. */
export interface Holder {
  readonly id: string;
  readonly secret: string;
}

export interface Tokens {
  /** GET /cgi-bin/gettoken. */
  issue(call: Call): Answer;
  /** Who makes a call; a text is the code of the error it gets. */
  holderOf(call: Call): string | { readonly id: string };
  /** A secret that works from now on. */
  add(holder: Holder): void;
  /** Every token is void from now on, as after a change of a secret. */
  revoke(): void;
}

const LIFE_MS = 7_200_000;

interface Token {
  readonly id: string;
  readonly until: number;
}

export function createTokens({ corpId, clock }: { readonly corpId: string; readonly clock: Clock }): Tokens {
  const holders = new Map<string, string>();
  const byToken = new Map<string, Token>();
  const bySecret = new Map<string, string>();

  const tokenOf = (secret: string, id: string): string => {
    const known = bySecret.get(secret);
    if (known !== undefined && (byToken.get(known)?.until ?? 0) > clock.now()) return known;
    const token = `${randomUUID()}${randomUUID()}`.replaceAll("-", "");
    byToken.set(token, { id, until: clock.now() + LIFE_MS });
    bySecret.set(secret, token);
    return token;
  };

  return {
    issue({ url }) {
      const secret = url.searchParams.get("corpsecret") ?? "";
      if (url.searchParams.get("corpid") !== corpId) return weComError("40013");
      const id = holders.get(secret);
      if (id === undefined) return weComError("40001");
      const token = tokenOf(secret, id);
      const leftMs = (byToken.get(token)?.until ?? 0) - clock.now();
      return answered({ access_token: token, expires_in: Math.max(1, Math.round(leftMs / 1_000)) });
    },
    holderOf({ url }) {
      const given = url.searchParams.get("access_token") ?? "";
      if (given === "") return "41001";
      const token = byToken.get(given);
      if (token === undefined) return "40014";
      return token.until > clock.now() ? { id: token.id } : "42001";
    },
    add: ({ id, secret }) => void holders.set(secret, id),
    revoke() {
      byToken.clear();
      bySecret.clear();
    },
  };
}
