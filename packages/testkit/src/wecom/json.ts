/** JSON as it is handled here: members by name, nothing thrown for a wrong kind. */
export type Json = Readonly<Record<string, unknown>>;

export function asJson(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

export function asList(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(asJson) : [];
}

/** Undefined for everything that is no text, and for the empty one. */
export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
