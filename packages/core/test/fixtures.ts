/** Inbounds for tests; every field can be replaced. */
import type { ActionInbound, MessageInbound, RecallInbound } from "../src/index.ts";

let count = 0;

export function message(over: Partial<MessageInbound> & { text: string }): MessageInbound {
  count += 1;
  const channel = over.channel ?? "test";
  const account = over.account ?? "default";
  return {
    kind: "message",
    id: `m${count}`,
    channel,
    account,
    receivedAt: 0,
    raw: {},
    conversation: { kind: "direct", id: "c1", key: `${channel}:${account}:c1` },
    sender: { id: "u1", name: "Lin", isBot: false },
    mentions: [],
    mentionsSelf: true,
    mentionsAll: false,
    attachments: [],
    ...over,
  };
}

export function inGroup(id: string, over: Partial<MessageInbound> & { text: string }): MessageInbound {
  return message({ conversation: { kind: "group", id, key: `test:default:${id}` }, ...over });
}

export function recall(of: MessageInbound): RecallInbound {
  count += 1;
  const { channel, account, conversation } = of;
  return { kind: "recall", id: `r${count}`, channel, account, receivedAt: 0, raw: {}, messageId: of.id, conversation };
}

export function press(over: Partial<ActionInbound> & { button: string }): ActionInbound {
  count += 1;
  return {
    kind: "action",
    source: "card",
    id: `a${count}`,
    channel: "test",
    account: "default",
    receivedAt: 0,
    raw: {},
    conversation: { kind: "direct", id: "c1", key: "test:default:c1" },
    sender: { id: "u1", name: "Lin", isBot: false },
    values: {},
    ...over,
  };
}
