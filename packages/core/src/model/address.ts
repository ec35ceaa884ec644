/** Places that can be written to, and their one-string form for config files and command lines. */
import { configError } from "../errors.ts";

/** A place that can be written to. Plain JSON: keep it in your database. */
export interface Address {
  readonly channel: string;
  /** Default `"default"`. */
  readonly account?: string;
  /** `channel.can.targets` lists what a platform takes. */
  readonly kind: "user" | "group" | "department" | "tag";
  readonly id: string;
  readonly threadId?: string;
}

const KINDS: readonly string[] = ["user", "group", "department", "tag"];

/**
 * Reads `dingtalk:group:cid…` or `dingtalk/sales:user:staff-1`, as in config files and on the command line. What follows
 * the second colon is the id, colons included. Throws `config_invalid`.
 */
export function parseAddress(text: string): Address {
  const match = /^([a-z][a-z0-9_-]*)(?:\/([^:/]+))?:([a-z]+):(.+)$/s.exec(text);
  const [, channel, account, kind, id] = match ?? [];
  if (channel === undefined || kind === undefined || id === undefined || !KINDS.includes(kind)) {
    throw configError(`"${text.slice(0, 80)}" is not an address`, {
      en: `Write channel:kind:id or channel/account:kind:id with kind one of ${KINDS.join(", ")}, for example dingtalk:group:cid….`,
      zh: `请写成 渠道:类型:id 或 渠道/账号:类型:id,类型为 ${KINDS.join("、")} 之一,例如 dingtalk:group:cid…。`,
    });
  }
  return {
    channel,
    ...(account === undefined ? {} : { account }),
    kind: kind as Address["kind"],
    id,
  };
}

/** The one-string form that `parseAddress` reads. A thread is not part of it. */
export function formatAddress(address: Address): string {
  const account = address.account === undefined || address.account === "default" ? "" : `/${address.account}`;
  return `${address.channel}${account}:${address.kind}:${address.id}`;
}
