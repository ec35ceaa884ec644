/** What the rules of access come to: groups that are never answered, settings a platform cannot follow, and who is let in. */
import type { Localized } from "../errors.ts";
import type { AccessOptions, Capabilities } from "../model/capabilities.ts";
import type { Found } from "./finding.ts";

export interface AccessFacts {
  readonly access: AccessOptions;
  readonly can: Pick<Capabilities, "hearsUnmentioned">;
  /** The platform's name. */
  readonly platform: Localized;
}

/** Pure. */
export function accessFindings({ access, can, platform }: AccessFacts): readonly Found[] {
  const silence = silenceIn(access);
  const found: Found[] = [];
  if (silence !== undefined) found.push({ level: "warning", code: "groups_off", ...silence });
  if (!can.hearsUnmentioned && asksForUnmentioned(access))
    found.push({ level: "warning", code: "mention_needed_anyway", ...unheard(platform) });
  const open = openIn(access);
  if (open.length > 0) found.push({ level: "ok", code: "open_to_all", cause: openTo(open, platform) });
  return found;
}

function silenceIn(access: AccessOptions): Pick<Found, "cause" | "fix"> | undefined {
  const { respondToMentions, groupPolicy, groupAllowFrom = [], groups = {} } = access;
  const set = (key: string, value: string): Pick<Found, "cause" | "fix"> => ({
    cause: { en: `No group is answered: ${key} is ${value}.`, zh: `群聊不会得到回复:${key} 为 ${value}。` },
    fix: { en: `Change ${key} to answer groups.`, zh: `如需在群聊中回复,请修改 ${key}。` },
  });
  if (respondToMentions === false) return set("respond_to_mentions", "false");
  if (groupPolicy === "disabled") return set("group_policy", "disabled");
  const isEmpty = groupAllowFrom.length === 0 && Object.keys(groups).length === 0;
  return groupPolicy === "allowlist" && isEmpty ? set("group_allow_from", "empty") : undefined;
}

function asksForUnmentioned({ requireMention, groups = {} }: AccessOptions): boolean {
  return requireMention === false || Object.values(groups).some((group) => group.requireMention === false);
}

function unheard(platform: Localized): Pick<Found, "cause" | "fix"> {
  return {
    cause: {
      en: `require_mention: false has no effect: ${platform.en} hands over only group messages that mention the bot.`,
      zh: `require_mention: false 不起作用:${platform.zh}只推送 @机器人 的群消息。`,
    },
    fix: {
      en: "Mention the bot in groups, and leave require_mention out.",
      zh: "请在群里 @机器人,并去掉 require_mention。",
    },
  };
}

function openIn({ respondToPrivate, respondToMentions, dmPolicy, groupPolicy }: AccessOptions): readonly string[] {
  return [
    ...(respondToPrivate !== false && (dmPolicy ?? "open") === "open" ? ["dm_policy"] : []),
    ...(respondToMentions !== false && (groupPolicy ?? "open") === "open" ? ["group_policy"] : []),
  ];
}

function openTo(keys: readonly string[], platform: Localized): Localized {
  const [en, zh] = [keys.join(" and "), keys.join("、")];
  return {
    en: `Whoever can see the bot on ${platform.en} may talk to it (${en}: open): its visible range there is the fence.`,
    zh: `凡在${platform.zh}中能看到机器人的人都可与其对话(${zh}:open),范围由平台上的可见范围决定。`,
  };
}
