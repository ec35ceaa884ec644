/** The logger's shape (pino fits as it is), the silent default, and the redactor every text passes on its way out. */

export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Libraries say nothing by default. */
export function silentLogger(): Logger {
  const nothing = (): void => undefined;
  return { debug: nothing, info: nothing, warn: nothing, error: nothing };
}

/** Names that end so are secrets wherever a value follows them: `appSecret`, `tenant_access_token`, `DINGTALK_APP_SECRET`. */
const STRONG =
  "\\w{0,40}(?:access_?token|refresh_?token|secret|_ticket|encrypt_?key|aes_?key|password|api_?key)|session_?webhook";
/** Words of everyday language: secrets as a query parameter or as a JSON member only. */
const WEAK = "[\\w-]{0,40}(?:token|ticket|signature)|sign";

/** Each takes a secret's value away and leaves what stands around it. Quantifiers are bounded: texts may be hostile. */
const SECRETS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // ?access_token=…&sign=…; `key` and `session` make addresses of robots
  [new RegExp(`((?:[?&]|&amp;)(?:${STRONG}|${WEAK}|key|session)=)[^&\\s"'<>]+`, "gi"), "$1***"],
  // "appSecret":"…", cut off or not; numbers too
  [new RegExp(`("(?:${STRONG}|${WEAK})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*("|$)`, "gi"), "$1***$2"],
  [new RegExp(`("(?:${STRONG}|${WEAK})"\\s*:\\s*)\\d{4,}`, "gi"), '$1"***"'],
  // \"appSecret\":\"…\": JSON within JSON
  [new RegExp(`(\\\\{1,8}"(?:${STRONG}|${WEAK})\\\\{1,8}"\\s*:\\s*\\\\{1,8}")[^"\\\\]+`, "gi"), "$1***"],
  // appSecret: '…' of an inspected object; APP_SECRET=… of a file or a form
  [new RegExp(`(\\b(?:${STRONG})\\s{0,4}[:=]\\s{0,4}')[^']+`, "gi"), "$1***"],
  [new RegExp(`(\\b(?:${STRONG})=)[\\w+/.~%-]{4,}={0,2}`, "gi"), "$1***"],
  // authorization: …, cookie: …, x-…-token: …
  [
    /(\b(?:(?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{1,60}(?:token|key|secret|signature))["']?\s{0,4}[:=]\s{0,4}["']?)[^\r\n"'}]+/gi,
    "$1***",
  ],
  [/(\bbearer\s{1,4})(?=[a-z]{0,200}[0-9._~+/=-])[a-z0-9._~+/=-]{6,}/gi, "$1***"],
  // https://user:password@host, and addresses whose last part is the secret
  [/(\w:\/\/[^\s/:@"']{0,200}:)[^\s/@"']{1,200}@/g, "$1***@"],
  [/(\/hook\/)[\w-]{8,}/g, "$1***"],
];

/** Without one of these none of the patterns finds anything: most texts of a trace. */
const NEEDED = /[=:]|bearer|\/hook\//i;

/**
 * The text with everything that looks like a credential replaced by `***`: query parameters, JSON members (also of JSON
 * within JSON), headers, passwords of addresses, bearer tokens, and first of all each of `secrets` wherever it stands, also
 * percent-encoded (values shorter than 6 characters are left, they would tear words apart). A user's own JSON loses members
 * that are called like a secret (`"token"`, `"sign"`); prose and members such as `"key"` stay. Redacting twice changes nothing.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  const known = secrets.filter(({ length }) => length >= 6).toSorted((a, b) => b.length - a.length);
  let clean = text;
  for (const secret of known) clean = clean.replaceAll(secret, "***").replaceAll(encodeURIComponent(secret), "***");
  if (!NEEDED.test(clean)) return clean;
  for (const [pattern, replacement] of SECRETS) clean = clean.replace(pattern, replacement);
  return clean;
}
