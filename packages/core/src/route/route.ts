/** Which agent answers a message: first match wins. Pure; checked once when the bot is made. */
import type { Route } from "../bot/types.ts";
import { configError } from "../errors.ts";
import type { MessageInbound } from "../model/inbound.ts";
import { isWindow, matches, matchText } from "./match.ts";

/** Chooses a route for a message. Undefined: the default handler. */
export type Router = (message: MessageInbound, now: Date) => Route | undefined;

/** Throws `config_invalid` for unknown agents, unreadable time windows, and examples that another route takes. */
export function createRouter(routes: readonly Route[], agents: readonly string[]): Router {
  for (const [index, route] of routes.entries()) checkRoute(route, index, agents);
  checkExamples(routes);
  return (message, now) => routes.find((route) => matches(route.when, message, now));
}

function checkRoute(route: Route, index: number, agents: readonly string[]): void {
  if (!agents.includes(route.agent)) {
    throw configError(`routes[${index}] names the agent "${route.agent}", which does not exist`, {
      en: `Define it in agents, or use one of: ${agents.join(", ") || "(none defined)"}.`,
      zh: `请在 agents 中定义它,或使用:${agents.join("、") || "(尚未定义)"}。`,
    });
  }
  const { between } = route.when;
  if (between !== undefined && !isWindow(between)) {
    throw configError(`routes[${index}].when.between is "${between}", which is not a time window`, {
      en: 'Write local times as "09:00-18:00".',
      zh: '请写成本地时间段,例如 "09:00-18:00"。',
    });
  }
}

function checkExamples(routes: readonly Route[]): void {
  for (const [index, route] of routes.entries()) {
    for (const example of route.examples ?? []) {
      const taker = routes.findIndex((other, at) => at <= index && takes(other, route, example));
      if (taker === index) continue;
      const why =
        taker === -1
          ? `does not match routes[${index}] itself`
          : `is taken by the earlier routes[${taker}] (agent "${routes[taker]?.agent ?? ""}")`;
      throw configError(`the example "${example}" of routes[${index}] (agent "${route.agent}") ${why}`, {
        en: "Change the text of the route, move it up, or correct the example.",
        zh: "请修改该路由的 text、将其上移,或更正示例。",
      });
    }
  }
}

/** Whether `other` takes a text that `route` shall catch; `between` is ignored, since examples have no time. */
function takes(other: Route, route: Route, example: string): boolean {
  if (other.when.text !== undefined && matchText(other.when.text, example) === undefined) return false;
  if (other === route) return other.when.kind === undefined || other.when.kind === "text";
  if (other.when.kind !== undefined && other.when.kind !== "text") return false;
  return (["channel", "account", "group", "sender"] as const).every((field) =>
    covers(other.when[field], route.when[field]),
  );
}

function covers(wide: string | readonly string[] | undefined, narrow: string | readonly string[] | undefined): boolean {
  if (wide === undefined || wide === "*") return true;
  if (narrow === undefined) return false;
  const all = typeof wide === "string" ? [wide] : wide;
  return all.includes("*") || (typeof narrow === "string" ? [narrow] : narrow).every((one) => all.includes(one));
}
