/** What is registered on a bot before it starts: listeners in order, then routes, then the handler. */
import { configError } from "../errors.ts";
import type { InboundKind } from "../model/inbound.ts";
import { fold, matchText } from "../route/match.ts";
import type { Router } from "../route/route.ts";
import type { Link } from "./compose.ts";
import { pressAsMessage } from "./turn.ts";
import type { AnyTurn, Handler, Route, Turn } from "./types.ts";

export interface Listeners {
  add(link: Link): void;
  /** No listener may be added from now on. */
  seal(): readonly Link[];
}

export function createListeners(tail: () => readonly Link[]): Listeners {
  const links: Link[] = [];
  let sealed: readonly Link[] | undefined;
  return {
    add(link) {
      if (sealed !== undefined) {
        throw configError(`${link.name} was registered after the bot had started`, {
          en: "Register use, command, hears and on before start(), send() or the first webhook().",
          zh: "请在 start() 或首次 webhook() 之前注册 use、command、hears 和 on。",
        });
      }
      links.push(link);
    },
    seal() {
      sealed ??= [...links, ...tail()];
      return sealed;
    },
  };
}

/** Runs for every inbound. */
export function useLink(handler: Handler<AnyTurn>): Link {
  return { name: "use", match: (turn) => turn, handler };
}

/** Runs for one kind of inbound. */
export function kindLink<K extends InboundKind>(kind: K, handler: Handler<Turn<K>>): Link {
  return { name: `on ${kind}`, match: (turn) => (turn.kind === kind ? turn : undefined), handler };
}

/** `/name` or `/name arguments`, any case. */
export function commandLink(
  name: string | readonly string[],
  handler: Handler<Turn & { readonly args: string }>,
): Link {
  const names = new Set((typeof name === "string" ? [name] : name).map((one) => fold(one.replace(/^\//, ""))));
  return {
    name: `command ${[...names].join("|")}`,
    match(turn) {
      if (turn.kind !== "message") return undefined;
      const [, word, args = ""] = /^\s*\/(\S+)\s*([\s\S]*)$/.exec(turn.text) ?? [];
      return word !== undefined && names.has(fold(word)) ? extend(turn, { args: args.trim() }) : undefined;
    },
    handler,
  };
}

/** Runs when the text matches. */
export function hearsLink(
  pattern: string | RegExp | readonly (string | RegExp)[],
  handler: Handler<Turn & { readonly match: readonly string[] }>,
): Link {
  return {
    name: `hears ${String(pattern)}`,
    match(turn) {
      const found = turn.kind === "message" ? matchText(pattern, turn.text) : undefined;
      return found === undefined ? undefined : extend(turn, { match: found });
    },
    handler,
  };
}

/** Routes and the handler, which see messages, and presses nobody took as messages. */
export function tailLinks(options: {
  readonly routes: readonly Route[];
  readonly router: Router;
  readonly agents: Readonly<Record<string, Handler>>;
  readonly handler: Handler | undefined;
  readonly now: () => Date;
}): readonly Link[] {
  const chosen = new WeakMap<AnyTurn, Route>(); // asked once per turn, however many routes there are
  const routes: readonly Link[] = options.routes.map((route, index) => ({
    name: `route ${index + 1} → ${route.agent}`,
    match(turn) {
      const asked = asMessage(turn);
      if (asked === undefined) return undefined;
      const choice = index === 0 ? options.router(asked.message, options.now()) : chosen.get(turn);
      if (index === 0 && choice !== undefined) chosen.set(turn, choice);
      return choice === route ? asked : undefined;
    },
    handler: options.agents[route.agent] ?? (() => undefined),
  }));
  const { handler } = options;
  const last: readonly Link[] = handler === undefined ? [] : [{ name: "handler", match: asMessage, handler }];
  return [UNREADABLE, ...routes, ...last];
}

/** No agent is asked about a message that holds nothing: the person is told why. */
const UNREADABLE: Link = {
  name: "unreadable",
  match: (turn) => (turn.kind === "message" && turn.message.unreadable !== undefined ? turn : undefined),
  handler: (turn: Turn) => turn.message.unreadable,
};

function asMessage(turn: AnyTurn): Turn | undefined {
  if (turn.kind === "message") return turn;
  if (turn.kind !== "action") return undefined;
  const message = pressAsMessage(turn.action, turn.text);
  return extend(turn, { kind: "message" as const, message, text: message.text });
}

/** The same turn with more members; getters and methods stay those of the turn. */
function extend<T extends object, E extends object>(turn: T, extra: E): T & E {
  return Object.create(turn, Object.getOwnPropertyDescriptors(extra)) as T & E;
}
