/** One channel of a bot, opened; and what is said of one it does not have. */
import { isDeepStrictEqual } from "node:util";
import { channelError } from "../errors.ts";
import { queueOf } from "../ingress/lane.ts";
import type { Address } from "../model/address.ts";
import type { Channel, OpenChannel } from "../model/channel.ts";
import type { DeliveryContext } from "../reply/context.ts";

export interface Account {
  readonly channel: Channel;
  readonly open: OpenChannel;
}

/** By `channel:account`. Undefined: this bot has no such channel. */
export type FindAccount = (queue: string) => Account | undefined;

/** Where an address or a reference belongs. Throws `unsupported`. */
export function accountOf(find: FindAccount, of: Pick<Address, "channel" | "account">): Account {
  return find(queueOf({ channel: of.channel, account: of.account ?? "default" })) ?? missingChannel(of);
}

/** The same turn at another place: through that place's channel, and not as an answer to what came in. */
export function contextAt(context: DeliveryContext, to: Address, find: FindAccount): DeliveryContext {
  if (isDeepStrictEqual(to, context.to)) return context;
  const { channel, open } = accountOf(find, to);
  return { ...context, channel: open, can: channel.can, to, replyTo: undefined };
}

/** Throws `unsupported`: the address or reference names a channel this bot lacks. */
export function missingChannel(of: { readonly channel: string; readonly account?: string | undefined }): never {
  const { channel, account = "default" } = of;
  throw channelError({
    code: "unsupported",
    kind: "config",
    message: `this bot has no channel ${channel} with the account ${account}`,
    fix: {
      en: "Add it to channels, or correct channel and account of the address.",
      zh: "请在 channels 中添加它,或更正地址中的渠道与账号。",
    },
  });
}
