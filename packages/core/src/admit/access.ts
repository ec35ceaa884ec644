/**
 * Who may talk to the bot: a pure decision on `AccessOptions`. The rule's name is the key of the config file, so that a
 * refusal in the trace says which line to change. `"*"` in a list stands for everybody.
 */
import type { AccessOptions } from "../model/capabilities.ts";
import type { ActionInbound, MessageInbound } from "../model/inbound.ts";

/** Undefined: allowed. Otherwise the rule that refuses. */
export type Refusal = { readonly rule: string; readonly detail: string } | undefined;

export function checkAccess(access: AccessOptions, inbound: MessageInbound | ActionInbound): Refusal {
  if (inbound.sender.isBot && access.allowBots !== true) {
    return { rule: "allow_bots", detail: "the sender is a bot" };
  }
  return inbound.conversation.kind === "direct" ? checkDirect(access, inbound) : checkGroup(access, inbound);
}

function checkDirect(access: AccessOptions, inbound: MessageInbound | ActionInbound): Refusal {
  if (access.respondToPrivate === false) return { rule: "respond_to_private", detail: "direct chats are off" };
  const policy = access.dmPolicy ?? "open";
  if (policy === "open") return undefined;
  if (policy === "disabled") return { rule: "dm_policy", detail: "disabled" };
  if (includes(access.allowFrom, inbound.sender.id)) return undefined;
  return { rule: "dm_policy", detail: `${policy}: ${inbound.sender.id} is not in allow_from` };
}

function checkGroup(access: AccessOptions, inbound: MessageInbound | ActionInbound): Refusal {
  const group = inbound.conversation.id;
  const sender = inbound.sender.id;
  const own = access.groups?.[group];
  if (access.respondToMentions === false) return { rule: "respond_to_mentions", detail: "groups are off" };
  const policy = access.groupPolicy ?? "open";
  if (policy === "disabled") return { rule: "group_policy", detail: "disabled" };
  if (policy === "allowlist") {
    const listed =
      own !== undefined || includes(access.groupAllowFrom, group) || includes(access.groupAllowFrom, sender);
    if (!listed) {
      return {
        rule: "group_policy",
        detail: `allowlist: neither ${group} nor ${sender} is in groups or group_allow_from`,
      };
    }
  }
  if (own?.allowFrom !== undefined && !includes(own.allowFrom, sender)) {
    return { rule: "groups.allow_from", detail: `${sender} is not in the list of ${group}` };
  }
  const mustMention = own?.requireMention ?? access.requireMention ?? true;
  if (mustMention && inbound.kind === "message" && !inbound.mentionsSelf) {
    return { rule: "require_mention", detail: "the bot is not mentioned" };
  }
  return undefined;
}

function includes(list: readonly string[] | undefined, id: string): boolean {
  return list !== undefined && (list.includes(id) || list.includes("*"));
}
