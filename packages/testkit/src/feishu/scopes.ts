/** What an app may do: everything but the sensitive scopes, unless said otherwise. */
import type { Bot } from "./tenant.ts";

/** Those of the protocol document. */
const SCOPES = [
  "im:message",
  "im:message:send_as_bot",
  "im:message:readonly",
  "im:message:update",
  "im:message:recall",
  "im:message.p2p_msg:readonly",
  "im:message.group_at_msg:readonly",
  "im:message.group_msg",
  "im:message.reactions:read",
  "im:message.reactions:write_only",
  "im:resource",
  "im:chat:readonly",
  "im:chat.members:read",
  "cardkit:card:write",
  "contact:user.base:readonly",
  "contact:contact.base:readonly",
  "contact:user.employee_id:readonly",
  "application:application:self_manage",
] as const;

export type FeishuScope = (typeof SCOPES)[number];

/** Not granted by default: sensitive, or one that would open what a finer scope is for. */
const WITHHELD: ReadonlySet<string> = new Set(["im:message", "im:message.group_msg"]);

export interface Scopes {
  grant(bot: Bot, scope: FeishuScope, isGranted: boolean): void;
  has(bot: Bot, scope: FeishuScope): boolean;
  /** One of them; none is needed when there are none. */
  hasOne(bot: Bot, scopes: readonly string[]): boolean;
  all(bot: Bot): readonly { readonly scope: FeishuScope; readonly isGranted: boolean }[];
}

export function createScopes(): Scopes {
  const changes = new Map<string, boolean>();
  const has = ({ appId }: Bot, scope: string): boolean => changes.get(`${appId} ${scope}`) ?? !WITHHELD.has(scope);
  return {
    grant: ({ appId }, scope, isGranted) => void changes.set(`${appId} ${scope}`, isGranted),
    has,
    hasOne: (bot, scopes) => scopes.length === 0 || scopes.some((scope) => has(bot, scope)),
    all: (bot) => SCOPES.map((scope) => ({ scope, isGranted: has(bot, scope) })),
  };
}
