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

/** Names of query parameters, headers and JSON members whose values are secrets on one of the platforms. */
const SECRET_NAME =
  "access_?token|app_?secret|client_?secret|corp_?secret|bot_?secret|suite_?secret|secret|ticket|session|token|sign|signature|msg_signature|encrypt_?key|aes_?key|encoding_?aes_?key|password|api_?key|authorization|x-acs-dingtalk-access-token|sessionWebhook|key";
const IN_QUERY = new RegExp(`([?&](?:${SECRET_NAME})=)[^&\\s"'<>]+`, "gi");
const IN_JSON = new RegExp(`("(?:${SECRET_NAME})"\\s*:\\s*")[^"]*"`, "gi");
const BEARER = /(bearer\s+)[a-z0-9._~+/=-]+/gi;

/**
 * The text with everything that looks like a credential replaced by `***`: query parameters, JSON members, bearer tokens,
 * and each of `secrets` wherever it stands (values shorter than 6 characters are left, they would tear words apart).
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text.replace(IN_QUERY, "$1***").replace(IN_JSON, '$1***"').replace(BEARER, "$1***");
  for (const secret of secrets) if (secret.length >= 6) clean = clean.replaceAll(secret, "***");
  return clean;
}
