/**
 * What a schema finds wrong with a config value, as an error for the operator: the key, what is there, what belongs there.
 * Works on plain issues and a JSON Schema, so that it serves every schema library; it repeats no text, which may be a secret.
 */
import { type ChannelError, configError, type Localized } from "../errors.ts";
import { type Aliases, keyMeant } from "./keys.ts";

/** What a schema library reports. */
export interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  /** Of unrecognised keys. */
  readonly keys?: readonly string[];
}

/** Where the value stands, and what is known of it. */
export interface SchemaPlace {
  /** `channels.x`; empty for the whole file. */
  readonly path: string;
  /** JSON Schema of the value. */
  readonly schema: unknown;
  readonly aliases: Aliases;
}

/** The part of JSON Schema that config schemas use. */
interface Node {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

/** `config_invalid` for the first thing that is wrong; unknown keys come first, since they explain the rest. */
export function schemaError(given: unknown, issues: readonly SchemaIssue[], place: SchemaPlace): ChannelError {
  const unknown = issues.find(({ code }) => code === "unrecognized_keys");
  const issue = unknown ?? issues[0];
  const path = issue?.path ?? [];
  const key = unknown?.keys?.[0];
  if (key !== undefined) return unknownKeyError(key, nodesAt(place.schema, given, path), { path, place });
  if (issue?.code === "invalid_key") return nameError(pathText(place.path, path));
  return valueError(valueAt(given, path), nodesAt(place.schema, given, path), pathText(place.path, path));
}

function unknownKeyError(
  key: string,
  nodes: readonly Node[],
  { path, place }: { readonly path: readonly PropertyKey[]; readonly place: SchemaPlace },
): ChannelError {
  const known = [...new Set(nodes.flatMap(({ properties }) => Object.keys(properties ?? {})))];
  const meant = keyMeant(key, known, place.aliases);
  const where = pathText(place.path, path) || "the config file";
  if (meant !== undefined) {
    return configError(`${where} has no key "${key}"; it is called "${meant}" here`, {
      en: `Write ${meant} instead of ${key}.`,
      zh: `请将 ${key} 改为 ${meant}。`,
    });
  }
  const list = known.filter((name) => !name.startsWith("$")).join(", ");
  return configError(`${where} has no key "${key}"`, {
    en: `Remove it.${list && ` Known here: ${list}.`}`,
    zh: `请删除该项。${list && `此处可用:${list}。`}`,
  });
}

function nameError(place: string): ChannelError {
  return configError(`${place}: this name cannot be used`, {
    en: "Use letters, digits, - and _ in names.",
    zh: "名称请使用字母、数字、- 和 _。",
  });
}

function valueError(value: unknown, nodes: readonly Node[], place: string): ChannelError {
  const expected = joined(nodes.map(describe));
  const where = place === "" ? "the config file" : place;
  const message =
    value === undefined ? `${where} is missing` : `${where}: expected ${expected.en}, found ${foundText(value)}`;
  return configError(message, { en: `Write ${expected.en}.`, zh: `请填写${expected.zh}。` });
}

/** Texts are not repeated. */
function foundText(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return value === "" ? "an empty text" : "another text";
  return typeof value === "object" && value !== null ? "a block in braces" : String(value);
}

function describe(node: Node): Localized {
  const options = node.anyOf ?? node.oneOf;
  if (options !== undefined) return joined(options.map(describe));
  const values = node.enum ?? ("const" in node ? [node.const] : undefined);
  if (values !== undefined) return joined(values.map((value) => same(JSON.stringify(value))));
  switch (node.type) {
    case "boolean":
      return { en: "true or false", zh: " true 或 false" };
    case "string":
      return describeText(node);
    case "number":
    case "integer":
      return describeNumber(node);
    case "array":
      return { en: "a list in brackets", zh: "方括号列表" };
    default:
      return { en: "a block in braces", zh: "花括号配置块" };
  }
}

function describeText({ format, minLength, maxLength, pattern }: Node): Localized {
  if (format === "uri") return { en: "an address with its scheme (https://…)", zh: "带协议的地址(https://…)" };
  if (minLength !== undefined && minLength === maxLength) {
    return { en: `a text of ${minLength} characters`, zh: `${minLength} 个字符的文本` };
  }
  if (pattern?.includes(":") === true) {
    return { en: 'a time window such as "09:00-18:00"', zh: '时间段,如 "09:00-18:00"' };
  }
  return { en: "a text", zh: "文本" };
}

function describeNumber({ type, minimum, exclusiveMinimum, maximum }: Node): Localized {
  const word = type === "integer" ? { en: "a whole number", zh: "整数" } : { en: "a number", zh: "数字" };
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? undefined : minimum;
  if (least !== undefined && most !== undefined) {
    return { en: `${word.en} from ${least} to ${most}`, zh: ` ${least} 到 ${most} 的${word.zh}` };
  }
  if (least !== undefined) return { en: `${word.en} of at least ${least}`, zh: `不小于 ${least} 的${word.zh}` };
  if (exclusiveMinimum === undefined) return word;
  return { en: `${word.en} above ${exclusiveMinimum}`, zh: `大于 ${exclusiveMinimum} 的${word.zh}` };
}

function same(text: string): Localized {
  return { en: text, zh: text };
}

/** `a, b or c`, each once. */
function joined(all: readonly Localized[]): Localized {
  const list = (words: readonly string[], comma: string, or: string): string => {
    const once = [...new Set(words)];
    const last = once.pop() ?? "";
    return once.length === 0 ? last : `${once.join(comma)}${or}${last}`;
  };
  const en = all.map((one) => one.en);
  const zh = all.map((one) => one.zh);
  return { en: list(en, ", ", " or "), zh: list(zh, "、", "或") };
}

/** The schema's nodes for a place, without those of a union that another kind of block is described by. */
function nodesAt(schema: unknown, given: unknown, path: readonly PropertyKey[]): readonly Node[] {
  let nodes: readonly Node[] = flat(schema as Node, given);
  let value = given;
  for (const key of path) {
    value = valueAt(value, [key]);
    nodes = nodes.flatMap((node) => childOf(node, key)).flatMap((node) => flat(node, value));
  }
  return nodes;
}

function childOf(node: Node, key: PropertyKey): readonly Node[] {
  if (typeof key === "number") return node.items === undefined ? [] : [node.items];
  const own = node.properties;
  if (own !== undefined && Object.hasOwn(own, key)) return [own[String(key)] ?? {}];
  return typeof node.additionalProperties === "object" ? [node.additionalProperties] : [];
}

function flat(node: Node, value: unknown): readonly Node[] {
  const options = node.anyOf ?? node.oneOf;
  if (options === undefined) return [node];
  const fitting = options.filter((option) => fits(option, value));
  return fitting.length === 0 ? options : fitting;
}

/** The constants of a union's member (`kind`) are those of the value. */
function fits({ properties = {} }: Node, value: unknown): boolean {
  const constants = Object.entries(properties).filter(([, { const: wanted }]) => wanted !== undefined);
  return constants.length > 0 && constants.every(([key, node]) => valueAt(value, [key]) === node.const);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    return (at as Record<PropertyKey, unknown>)[key];
  }, value);
}

/** `channels.x.routes[0].when`. */
function pathText(start: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, start);
}
