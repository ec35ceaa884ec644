/** What a valid config will not do: routes that can never fire, and settings a platform cannot follow. Pure. */
import type { Channel, Localized, Route } from "@openclaw-china/core";
import { platformOf } from "../platforms/platforms.ts";
import type { PlacedRoute, Places } from "./resolve.ts";

type When = Route["when"];

/** One account, with its routes in the order they are tried. */
export interface AccountFacts {
  readonly channel: Pick<Channel, "id" | "account" | "access" | "can">;
  readonly routes: readonly PlacedRoute[];
  readonly places: Places;
}

/** In the order of the file's keys. */
export function warningsOf(facts: AccountFacts): readonly Localized[] {
  return [
    ...deafness(facts),
    ...blindness(facts),
    ...silence(facts),
    ...facts.routes.flatMap((_, at) => neverFires(facts, at)),
  ];
}

/** Unmentioned messages of a group that never arrive. */
function deafness({ channel, places }: AccountFacts): readonly Localized[] {
  const { id, account, access, can } = channel;
  if (can.hearsUnmentioned) return [];
  const key = places.has(account, "require_mention") ? "require_mention" : "group_routing.mention_only";
  const groups = Object.entries(access.groups ?? {}).filter(([, { requireMention }]) => requireMention === false);
  const off = [
    ...(access.requireMention === false ? [places.of(account, key)] : []),
    ...groups.map(([group]) => places.of(account, `groups.${group}.require_mention`)),
  ];
  return off.map((place) => ({
    en: `${place} is false, but ${id} hands over only those group messages that mention the bot: the others never arrive`,
    zh: `${place} 为 false,但 ${id} 只推送群里 @机器人 的消息,其余消息收不到`,
  }));
}

/** Bots that nobody can tell from people. */
function blindness({ channel: { id, account, access }, places }: AccountFacts): readonly Localized[] {
  if (access.allowBots !== false || platformOf(id)?.hidesBots !== true) return [];
  const place = places.of(account, "allow_bots");
  return [
    {
      en: `${place} has no effect: ${id} does not say whether a bot has sent a message, so that other bots are answered like people`,
      zh: `${place} 不起作用:${id} 不会标明消息是否由机器人发送,其他机器人会与普通人员一样得到回复`,
    },
  ];
}

/** Who is never answered. */
function silence(facts: AccountFacts): readonly Localized[] {
  const { channel, routes, places } = facts;
  const account = places.of(channel.account, "");
  const direct = directOff(facts);
  const group = groupsOff(facts);
  if (direct !== undefined && group !== undefined) {
    return [
      { en: `${account} answers nobody: ${direct}, ${group}`, zh: `${account} 不会回复任何人:${direct},${group}` },
    ];
  }
  const hasRest = routes.some(({ route: { when } }) => isCatchAll(when));
  if (hasRest || direct !== undefined) return [];
  return [
    {
      en: `${account} has no default_agent: direct messages that no route takes get no answer`,
      zh: `${account} 没有 default_agent:未命中路由的单聊消息不会得到回复`,
    },
  ];
}

function isCatchAll({ text, group, sender, kind, between }: When): boolean {
  return [text, group, sender, kind, between].every((one) => one === undefined);
}

/** The setting that keeps the bot out of direct chats. */
function directOff({ channel: { access } }: AccountFacts): string | undefined {
  if (access.respondToPrivate === false) return "respond_to_private: false";
  if (access.dmPolicy === "disabled") return 'dm_policy: "disabled"';
  const isEmpty = access.dmPolicy === "allowlist" && (access.allowFrom ?? []).length === 0;
  return isEmpty ? 'dm_policy: "allowlist" without allow_from' : undefined;
}

/** The setting that keeps the bot out of groups. */
function groupsOff({ channel: { access } }: AccountFacts): string | undefined {
  if (access.respondToMentions === false) return "respond_to_mentions: false";
  if (access.groupPolicy === "disabled") return 'group_policy: "disabled"';
  const listed = [...(access.groupAllowFrom ?? []), ...Object.keys(access.groups ?? {})];
  const isEmpty = access.groupPolicy === "allowlist" && listed.length === 0;
  return isEmpty ? 'group_policy: "allowlist" without groups and group_allow_from' : undefined;
}

function neverFires(facts: AccountFacts, at: number): readonly Localized[] {
  const { routes } = facts;
  const own = routes[at];
  if (own === undefined) return [];
  // The group's agent may be the account's: one line in the file, two routes.
  const isRepeated = routes.some(({ place }, later) => later > at && place === own.place);
  const why = isRepeated ? undefined : (impossible(facts, own.route.when) ?? takenBy(routes, at));
  if (why === undefined) return [];
  return [{ en: `${own.place} never fires: ${why.en}`, zh: `${own.place} 永远不会命中:${why.zh}` }];
}

/** Why no message at all can be of this form. */
function impossible(facts: AccountFacts, when: When): Localized | undefined {
  const { id } = facts.channel;
  const off = groupsOff(facts);
  if (when.group !== undefined && off !== undefined) return { en: `groups are off (${off})`, zh: `群聊已关闭(${off})` };
  const [from, to] = when.between?.split("-") ?? [];
  if (from !== undefined && from === to) return { en: "its time window is empty", zh: "时间段为空" };
  const { kind } = when;
  const kinds = platformOf(id)?.kinds;
  if (kind === undefined || kinds === undefined) return undefined;
  const onlyGroups = when.group !== undefined || directOff(facts) !== undefined;
  if (onlyGroups && !kinds.inGroups.includes(kind)) {
    return { en: `in a group of ${id} no ${kind} can mention the bot`, zh: `${id} 群聊中的 ${kind} 消息无法 @机器人` };
  }
  const isText = [when.text ?? /any/].flat().every((pattern) => typeof pattern === "string");
  if (!isText || !kinds.textless.includes(kind)) return undefined;
  return { en: `a ${kind} of ${id} comes without text`, zh: `${id} 的 ${kind} 消息不带文本` };
}

/** An earlier route that takes all its messages. */
function takenBy(routes: readonly PlacedRoute[], at: number): Localized | undefined {
  const own = routes[at];
  const earlier = routes.slice(0, at).find(({ route }) => own !== undefined && covers(route.when, own.route.when));
  if (earlier === undefined) return undefined;
  return { en: `${earlier.place}, before it, takes its messages`, zh: `排在前面的 ${earlier.place} 已接走这些消息` };
}

function covers(wide: When, narrow: When): boolean {
  return (
    (["channel", "account", "group", "sender"] as const).every((field) => coversIds(wide[field], narrow[field])) &&
    (wide.kind === undefined || wide.kind === narrow.kind) &&
    (wide.between === undefined || wide.between === narrow.between) &&
    coversText(wide.text, narrow.text)
  );
}

function coversIds(wide: When["group"], narrow: When["group"]): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined) return false;
  const all = [wide].flat();
  return all.includes("*") || [narrow].flat().every((id) => all.includes(id));
}

function coversText(wide: When["text"], narrow: When["text"]): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined) return false;
  return [narrow].flat().every((one) => [wide].flat().some((other) => coversPattern(other, one)));
}

/** A text that contains the longer word contains the shorter one; of expressions only equal ones are known to cover. */
function coversPattern(wide: string | RegExp, narrow: string | RegExp): boolean {
  if (typeof wide === "string" && typeof narrow === "string") return fold(narrow).includes(fold(wide));
  return String(wide) === String(narrow);
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
