/** The keys that the block of every channel has, with their docs. A channel adds its credentials and what else is its own. */
import type { Localized } from "../errors.ts";
import type { Aliases } from "./keys.ts";
import type { RoutingKeys } from "./routing.ts";
import {
  address,
  byName,
  choice,
  either,
  flag,
  id,
  type Kind,
  listOf,
  object,
  oneOrMore,
  positive,
  text,
  textLike,
} from "./kinds.ts";

/** One key: what it takes and what it means. */
export interface KeyFacts<T = unknown> extends Localized {
  readonly kind: Kind<T>;
}

/** Keys in the order of the reference. Each may be left out. */
export type Keys = Readonly<Record<string, KeyFacts>>;

/** What the values of these keys are. */
export type Values<K extends Keys> = { readonly [Name in keyof K]?: K[Name]["kind"]["_zod"]["output"] | undefined };

/** The values of the keys that every block has, as written. */
export interface SharedKeys extends RoutingKeys {
  readonly enabled?: boolean | undefined;
  readonly proxy?: string | undefined;
  readonly thinking?: "reaction" | "text" | "off" | undefined;
  readonly streaming?: "auto" | "off" | undefined;
  readonly monthly_call_budget?: number | undefined;
  readonly respond_to_mentions?: boolean | undefined;
  readonly respond_to_private?: boolean | undefined;
  readonly dm_policy?: "open" | "pairing" | "allowlist" | "disabled" | undefined;
  readonly allow_from?: readonly string[] | undefined;
  readonly group_policy?: "open" | "allowlist" | "disabled" | undefined;
  readonly group_allow_from?: readonly string[] | undefined;
  readonly require_mention?: boolean | undefined;
  readonly groups?: Readonly<Record<string, GroupKeys>> | undefined;
  readonly allow_bots?: boolean | undefined;
}

interface GroupKeys {
  readonly allow_from?: readonly string[] | undefined;
  readonly require_mention?: boolean | undefined;
}

const ids = listOf(id);
const when = object(
  {},
  {
    text: oneOrMore(text),
    group: oneOrMore(id),
    sender: oneOrMore(id),
    kind: choice(["text", "image", "voice", "video", "file"]),
    between: textLike(/^\d{2}:\d{2}-\d{2}:\d{2}$/),
  },
);
const groupRouting = object({}, { mention_only: flag, keyword_routes: byName(text, /./), default_agent: text });
const proxy = either(choice(["env", "off"]), address);

/** First of all: whether the block counts. */
export const FIRST_KEYS: Keys = {
  enabled: key(flag, "False: this block is left out. Default true.", "设为 false 则忽略该配置。默认 true。"),
};

/** After the channel's own. */
export const SHARED_KEYS: Keys = {
  proxy: key(
    proxy,
    '"env" (default) reads HTTPS_PROXY; "off"; or an address.',
    '"env"(默认,读取 HTTPS_PROXY)、"off" 或代理地址。',
  ),
  thinking: key(
    choice(["reaction", "text", "off"]),
    'What is seen until the first words. Default "reaction".',
    '首字出现前的提示方式。默认 "reaction"。',
  ),
  streaming: key(
    choice(["auto", "off"]),
    '"off" saves metered calls. Default "auto".',
    '"off" 可节省接口调用量。默认 "auto"。',
  ),
  monthly_call_budget: key(positive, "Most metered calls a month.", "每月接口调用上限。"),
  respond_to_mentions: key(flag, "Answer in groups when mentioned. Default true.", "群聊中被 @ 时回复。默认 true。"),
  respond_to_private: key(flag, "Answer in direct chats. Default true.", "回复单聊消息。默认 true。"),
  dm_policy: key(
    choice(["open", "pairing", "allowlist", "disabled"]),
    'Who may write directly: "open" (default), "allowlist" (allow_from), "disabled"; "pairing" only inside OpenClaw.',
    '单聊准入策略:"open"(默认)、"allowlist"(按 allow_from)、"disabled";"pairing" 仅在 OpenClaw 中可用。',
  ),
  allow_from: key(ids, "People whom dm_policy lets in.", "dm_policy 允许的人员。"),
  group_policy: key(
    choice(["open", "allowlist", "disabled"]),
    'Which groups are answered: "open" (default), "allowlist" (groups and group_allow_from), "disabled".',
    '群聊准入策略:"open"(默认)、"allowlist"(按 groups 与 group_allow_from)、"disabled"。',
  ),
  group_allow_from: key(ids, "Groups or people whom group_policy lets in.", "group_policy 允许的群或人员。"),
  require_mention: key(
    flag,
    "Answer in groups only when mentioned. Default true.",
    "群聊中仅在被 @ 时回复。默认 true。",
  ),
  groups: key(
    byName(object({}, { allow_from: ids, require_mention: flag })),
    "By group id: allow_from, require_mention.",
    "按群设置 allow_from、require_mention。",
  ),
  allow_bots: key(
    flag,
    "Let other bots talk to this one. Default false.",
    "允许其他机器人与本机器人对话。默认 false。",
  ),
  default_agent: key(text, "Answers what no route takes.", "未命中路由时应答的 agent。"),
  group_routing: key(
    groupRouting,
    "Of groups: mention_only (the same as require_mention), keyword_routes, default_agent.",
    "群聊路由:mention_only(同 require_mention)、keyword_routes、default_agent。",
  ),
  routes: key(
    listOf(object({ when, agent: text }, { examples: listOf(text) })),
    "Tried first: when, agent, examples.",
    "优先匹配的路由:when、agent、examples。",
  ),
};

/** Last: the other accounts. Its schema is made of all the keys before. */
export const ACCOUNTS_DOCS: Localized = {
  en: "Several apps by name; the keys above are their defaults.",
  zh: "多个应用(按名称);以上各项为其默认值。",
};

/** Names that operators know from elsewhere, for keys of every channel. */
export const SHARED_ALIASES: Aliases = {
  bypass_proxy_for_send: ["proxy"],
  message_type: ["streaming"],
  allowed_users: ["allow_from"],
  keyword_routes: ["group_routing.keyword_routes"],
  mention_only: ["group_routing.mention_only"],
};

/** One line of the table of keys. */
export function key<T>(kind: Kind<T>, en: string, zh: string): KeyFacts<T> {
  return { kind, en, zh };
}
