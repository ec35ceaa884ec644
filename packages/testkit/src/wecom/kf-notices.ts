/** Notices of customer service: something is to be pulled, with a token for ten minutes. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import { openTarget } from "./app-side.ts";
import type { SimulatedCallback } from "./callback-mode.ts";
import type { CallbackKeys, Target } from "./posts.ts";
import { newKey } from "./sealed.ts";
import type { Shared } from "./shared.ts";
import { hash } from "./tenant.ts";
import { writeXml } from "./xml.ts";

export interface Notices {
  readonly keys: CallbackKeys;
  /** Where the notices of an account go. */
  open(openKfId: string, address: string): SimulatedCallback;
  /** Resolves when it is answered, or given up. */
  notify(openKfId: string): Promise<void>;
  /** The token of a notice, while it lives. */
  isLive(token: string): boolean;
}

const TOKEN_MS = 600_000;

export function createNotices({ tenant, posts, clock }: Shared & { readonly clock: Clock }): Notices {
  const targets = new Map<string, Target>();
  const tokens = new Map<string, number>();
  const keys = { token: hash("kf token", 24), encodingAesKey: newKey(43), receiveId: tenant.corpId };
  return {
    keys,
    open: (openKfId, address) => openTarget(targets, posts, openKfId, { address, keys, format: "xml", calls: [] }),
    async notify(openKfId) {
      const target = targets.get(openKfId);
      if (target === undefined) return;
      const Token = `ENC${hash(randomUUID(), 40)}`;
      tokens.set(Token, clock.now() + TOKEN_MS);
      const CreateTime = Math.floor(clock.now() / 1_000);
      const head = { ToUserName: tenant.corpId, CreateTime, MsgType: "event", Event: "kf_msg_or_event" };
      await posts.send({ target, kind: "event", plain: writeXml({ ...head, Token, OpenKfId: openKfId }) });
    },
    isLive: (token) => (tokens.get(token) ?? 0) >= clock.now(),
  };
}
