/** Which texts of a config are secrets, and how they are kept out of what people see. */
import { lookUp } from "@openclaw-china/core/internal";
import type { Sources } from "./resolve.ts";

const SECRET_KEY = /secret|token|password|api_key|aes_key|encrypt_key|^key$/i;
/** These name an app or a bot and are shown in its console; they are no secrets wherever they were written. */
const PUBLIC_KEY = /^(app_key|robot_code)$/;
const SECRET_NAME = /key|secret|token|pass|pwd|auth|credential/i;
/** Shorter texts would tear words apart. */
const MIN_CHARS = 6;

/** Every secret of a config: what stands at a secret's key or in an address, and variables that are called so. */
export function secretsOf(
  file: unknown,
  { given, from }: { readonly given: unknown; readonly from: Sources },
): readonly string[] {
  const found = new Set<string>();
  const publics = new Set<string>();
  walk(file, (key, text) => {
    if (PUBLIC_KEY.test(key)) publics.add(text);
    else if (SECRET_KEY.test(key)) found.add(text);
    else for (const part of secretParts(text)) found.add(part);
  });
  walk(given, (_, text) => {
    for (const [, name = ""] of text.matchAll(/\$\{([^}]*)\}/g)) {
      if (SECRET_NAME.test(name)) found.add(lookUp(name.trim(), from) ?? "");
    }
  });
  return [...found].filter((text) => text !== "" && !publics.has(text));
}

/** True when a file's own text, before `${NAME}` is filled in, holds a secret. */
export function holdsSecret(given: unknown): boolean {
  let holds = false;
  walk(given, (key, text) => {
    if (SECRET_KEY.test(key) && !text.includes("${")) holds = true;
  });
  return holds;
}

/** The value with every secret replaced: `(set)` at the key of one, `***` inside of a text. */
export function withoutSecrets(value: unknown, hidden: readonly string[], key = ""): unknown {
  if (typeof value === "string") {
    if (SECRET_KEY.test(key) && !PUBLIC_KEY.test(key)) return "(set)";
    return hidden.includes(value) ? "***" : withoutTexts(cleanAddress(value), hidden);
  }
  if (Array.isArray(value)) return value.map((one) => withoutSecrets(one, hidden, key));
  if (typeof value !== "object" || value === null) return value;
  const nameOf = namesIn(key);
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, withoutSecrets(one, hidden, nameOf(name))]),
  );
}

/** A text, for example a line of the log, with `***` in place of every secret. */
export function withoutTexts(text: string, hidden: readonly string[]): string {
  let clean = text;
  for (const secret of hidden) if (secret.length >= MIN_CHARS) clean = clean.replaceAll(secret, "***");
  return clean;
}

/** An address without password and query values, whatever their length. */
function cleanAddress(text: string): string {
  const url = addressOf(text);
  if (url === undefined || (url.username === "" && url.search === "")) return text;
  if (url.password !== "") url.password = "***";
  else if (url.username !== "") url.username = "***";
  for (const name of new Set(url.searchParams.keys())) url.searchParams.set(name, "***");
  return url.href;
}

function addressOf(text: string): URL | undefined {
  return /^[a-z]+:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}

/** Name and password of an address, and what its query holds. */
function secretParts(text: string): readonly string[] {
  const url = addressOf(text);
  if (url === undefined) return [];
  const { username, password, searchParams } = url;
  const parts = [password, password === "" ? username : "", ...searchParams.values()];
  return parts.flatMap((part) => [part, decoded(part)]).filter((part) => part !== "");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone % is written as it is
  }
}

function walk(value: unknown, visit: (key: string, text: string) => void, key = ""): void {
  if (typeof value === "string") visit(key, value);
  if (typeof value !== "object" || value === null) return;
  const nameOf = Array.isArray(value) ? () => key : namesIn(key);
  for (const [name, one] of Object.entries(value)) walk(one, visit, nameOf(name));
}

/** Keywords are no keys: somebody may route the word "password". */
function namesIn(key: string): (name: string) => string {
  return key === "keyword_routes" ? () => key : (name) => name;
}
