/** Who answers on one account: keys of a block → routes of the bot. The same in every channel. */
import type { Route } from "../bot/types.ts";
import { configError } from "../errors.ts";
import { isWindow } from "../route/match.ts";
import { compact } from "./options.ts";

/** Who answers on one account; the loader turns it into `handler`, `agents` and `routes` of the bot. */
export interface AccountRouting {
  readonly account: string;
  readonly defaultAgent?: string;
  /** Of groups; default `defaultAgent`. */
  readonly groupAgent?: string;
  /** Of groups, in file order: a substring of the text without mentions, any case. */
  readonly keywords: readonly { readonly keyword: string; readonly agent: string }[];
  /** Tried before the keywords; `when` holds channel and account already. */
  readonly routes: readonly Route[];
}

/** The keys of a block that say who answers. */
export interface RoutingKeys {
  readonly default_agent?: string | undefined;
  readonly group_routing?:
    | {
        /** The same as `require_mention`. */
        readonly mention_only?: boolean | undefined;
        readonly keyword_routes?: Readonly<Record<string, string>> | undefined;
        readonly default_agent?: string | undefined;
      }
    | undefined;
  readonly routes?: readonly RouteKeys[] | undefined;
}

/** One route as it is written. */
export interface RouteKeys {
  readonly when: {
    readonly text?: string | readonly string[] | undefined;
    readonly group?: string | readonly string[] | undefined;
    readonly sender?: string | readonly string[] | undefined;
    readonly kind?: "text" | "image" | "voice" | "video" | "file" | undefined;
    readonly between?: string | undefined;
  };
  readonly agent: string;
  readonly examples?: readonly string[] | undefined;
}

/** `path` is the account's place in the file, for errors. Throws `config_invalid` for what is no expression or no time. */
export function routingOf(
  one: RoutingKeys,
  at: { readonly channel: string; readonly account: string; readonly path: string },
): AccountRouting {
  const { default_agent: defaultAgent, group_routing: group, routes = [] } = one;
  const keywords = Object.entries(group?.keyword_routes ?? {}).map(([keyword, agent]) => ({ keyword, agent }));
  return compact({
    account: at.account,
    defaultAgent,
    groupAgent: group?.default_agent ?? defaultAgent,
    keywords,
    routes: routes.map((route, n) => routeOf(route, { ...at, path: `${at.path}.routes[${n}]` })),
  });
}

function routeOf(
  { when, agent, examples }: RouteKeys,
  { channel, account, path }: { readonly channel: string; readonly account: string; readonly path: string },
): Route {
  const { text: pattern, between, ...rest } = when;
  if (between !== undefined && !isWindow(between)) throw noWindow(`${path}.when.between`);
  const patterns = pattern === undefined ? undefined : typeof pattern === "string" ? [pattern] : pattern;
  const text = patterns?.map((one) => patternOf(one, `${path}.when.text`));
  return compact({ when: compact({ ...rest, between, text, channel, account }), agent, examples });
}

/** `/…/i` is a regular expression, anything else a substring. */
function patternOf(source: string, path: string): string | RegExp {
  const match = /^\/(.+)\/([a-z]*)$/s.exec(source);
  if (match === null) return source;
  try {
    return new RegExp(match[1] ?? "", match[2]);
  } catch (error) {
    const fix = { en: "Correct the expression between the slashes.", zh: "请修正斜杠之间的正则表达式。" };
    throw configError(`${path} is no regular expression: ${source.slice(0, 80)}`, fix, error);
  }
}

function noWindow(path: string): Error {
  return configError(`${path} is no time of day`, {
    en: 'Write "HH:MM-HH:MM", for example "22:00-06:00".',
    zh: '请写 "HH:MM-HH:MM",例如 "22:00-06:00"。',
  });
}
