/** What channels read of the options they are given, in one way for all. */
import { configError } from "../errors.ts";
import { redact } from "../log.ts";
import type { AccessOptions } from "../model/capabilities.ts";

const ACCESS: Readonly<Record<keyof AccessOptions, true>> = {
  respondToMentions: true,
  respondToPrivate: true,
  dmPolicy: true,
  allowFrom: true,
  groupPolicy: true,
  groupAllowFrom: true,
  requireMention: true,
  groups: true,
  allowBots: true,
};

/** Who may talk to the bot, of the options. */
export function accessOf(options: AccessOptions): AccessOptions {
  const given = (Object.keys(ACCESS) as (keyof AccessOptions)[]).filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}

/** A key that is all digits comes as a number from some config files. Undefined: empty. */
export function textOf(value: unknown): string | undefined {
  const given = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  return given === "" ? undefined : given;
}

/**
 * Scheme and host of an address, `byDefault` when it is not given. Throws `config_invalid` when it is more, or has another
 * scheme than the default one (without TLS is allowed: tests and private deployments).
 */
export function originOf(option: string, given: string | undefined, byDefault: string): string {
  const url = URL.parse(given ?? byDefault);
  const isKnown =
    url !== null && (url.protocol === "https:" || url.protocol === "http:") === byDefault.startsWith("http");
  const isWeb = isKnown && /^(https?|wss?):$/.test(url.protocol);
  if (isWeb && url.pathname === "/" && url.search === "") return `${url.protocol}//${url.host}`;
  throw configError(`${option} is ${isWeb ? "more than an origin" : "no address"}: "${redact(given ?? "")}"`, {
    en: `Write scheme and host, for example ${byDefault}, without a path, or leave ${option} out.`,
    zh: `请填写协议与主机,例如 ${byDefault}(不带路径),或不设置 ${option}。`,
  });
}
