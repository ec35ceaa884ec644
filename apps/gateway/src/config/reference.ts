/**
 * The reference of the config file as markdown, from the schemas and their tables of keys. `scripts/write-config-reference.ts`
 * writes it to docs/; a test holds the files against it.
 */
import type { Localized } from "@openclaw-china/core";
import type { Platform } from "../platforms/platform.ts";
import { PLATFORMS } from "../platforms/platforms.ts";
import { configSchema, type SchemaNode } from "./json-schema.ts";
import { FILE_KEYS, robotKeys } from "./keys.ts";
import { ORDER, PAGE } from "./reference-text.ts";

type Language = keyof Localized;

/** The page in one language. */
export function renderReference(language: Language): string {
  const schema = configSchema();
  const text = PAGE[language];
  const tables: Readonly<Record<(typeof ORDER)[number], () => string>> = {
    head: () => "",
    file: () => table(fileRows(schema, language), language),
    echo: () => "",
    openai: () => table(agentRows(schema, { kind: "openai", language }), language),
    openclaw: () => table(agentRows(schema, { kind: "openclaw", language }), language),
    channels: () => PLATFORMS.map((platform) => blockSection(platform, schema, language)).join("\n\n"),
    routes: () => table(whenRows(schema, language), language),
    robots: () => PLATFORMS.map((platform) => robotSection(platform, schema, language)).join("\n\n"),
    rest: () => "",
  };
  const parts = ORDER.map((part) => [text[part], tables[part]()].filter((one) => one !== "").join("\n\n"));
  return `${parts.join("\n\n")}\n`;
}

interface Row {
  readonly key: string;
  readonly takes: string;
  readonly means: string;
}

function table(rows: readonly Row[], language: Language): string {
  const [key, takes, means] = { en: ["Key", "Takes", "Meaning"], zh: ["配置项", "取值", "含义"] }[language];
  const head = `| ${key} | ${takes} | ${means} |\n| --- | --- | --- |`;
  const lines = rows.map((row) => `| \`${row.key}\` | ${cell(row.takes)} | ${cell(row.means)} |`);
  return [head, ...lines].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** Everything but the agents' own keys and the channels' blocks, which have tables of their own. */
function fileRows(schema: SchemaNode, language: Language): readonly Row[] {
  const own = FILE_KEYS.filter(
    ({ key }) => !/^(agents\.|robots\.|channels\.|(agents|robots|channels|state|http)$)/.test(key),
  );
  return own.map((one) => rowOf(one.key, { node: nodeAt(schema, one.key), docs: one, language }));
}

function agentRows(
  schema: SchemaNode,
  { kind, language }: { readonly kind: string; readonly language: Language },
): readonly Row[] {
  const agents = schema.properties?.["agents"]?.additionalProperties;
  const options = typeof agents === "object" ? (agents.oneOf ?? []) : [];
  const agent = options.find(({ properties }) => properties?.["kind"]?.const === kind);
  return Object.entries(agent?.properties ?? {})
    .filter(([key]) => key !== "kind")
    .map(([key, node]) => {
      const docs = FILE_KEYS.find((one) => one.key === `agents.*.${key}`) ?? { en: "", zh: "" };
      const isRequired = agent?.required?.includes(key) === true;
      const row = rowOf(key, { node, docs, language });
      return isRequired ? { ...row, means: `${REQUIRED[language]}${row.means}` } : row;
    });
}

const REQUIRED: Localized = { en: "**Required.** ", zh: "**必填。**" };

function robotSection(platform: Platform, schema: SchemaNode, language: Language): string {
  const { id, name, robot } = platform;
  const robots = schema.properties?.["robots"]?.additionalProperties;
  const options = typeof robots === "object" ? (robots.oneOf ?? []) : [];
  const kind = options.find(({ properties }) => properties?.["channel"]?.const === id);
  const keys = [...robotKeys(platform), ...FILE_KEYS];
  const rows = Object.entries(kind?.properties ?? {}).map(([key, node]) => {
    const docs = keys.find((one) => one.key === `robots.*.${key}`) ?? { en: "", zh: "" };
    const row = rowOf(key, { node, docs, language });
    return kind?.required?.includes(key) === true ? { ...row, means: `${REQUIRED[language]}${row.means}` } : row;
  });
  const example = `\`\`\`json5\n"robots": {\n  ${robot.example}\n}\n\`\`\``;
  return [`### ${name[language]}`, example, table(rows, language)].join("\n\n");
}

function blockSection({ id, keys, reference }: Platform, schema: SchemaNode, language: Language): string {
  const rows = keys.map((one) => {
    const row = rowOf(one.key, { node: nodeAt(schema, `channels.${id}.${one.key}`), docs: one, language });
    return one.key === "accounts" ? { ...row, takes: ACCOUNTS[language] } : row;
  });
  return [`## \`channels.${id}\``, reference[language], table(rows, language)].join("\n\n");
}

const ACCOUNTS: Localized = { en: "`{ name: { the same keys } }`", zh: "`{ 名称: { 同上各项 } }`" };

function whenRows(schema: SchemaNode, language: Language): readonly Row[] {
  const when = nodeAt(schema, `channels.${PLATFORMS[0].id}.routes`)?.items?.properties?.["when"]?.properties ?? {};
  return Object.entries(when).map(([key, node]) =>
    rowOf(key, { node, docs: WHEN[key] ?? { en: "", zh: "" }, language }),
  );
}

const WHEN: Readonly<Record<string, Localized>> = {
  text: {
    en: "A word that the text contains, whatever its case and width; or `/…/i`, a regular expression. The mention of the bot does not count.",
    zh: "文本包含的词(不区分大小写与全半角),或正则表达式 `/…/i`。不含对机器人的 @。",
  },
  group: { en: 'Ids of groups; `"*"`: any group.', zh: '群 id;`"*"` 表示任意群。' },
  sender: {
    en: "Ids of people (DingTalk: staffId, WeCom: userid).",
    zh: "人员 id(钉钉为 staffId,企业微信为 userid)。",
  },
  kind: {
    en: "What the message carries. In groups of DingTalk and WeCom only `text` and `image` arrive.",
    zh: "消息类型。钉钉与企业微信群聊中只能收到 `text` 与 `image`。",
  },
  between: { en: 'Local time, `"09:00-18:00"`; it may pass midnight.', zh: '本地时间段,如 `"09:00-18:00"`,可跨午夜。' },
};

function rowOf(
  key: string,
  {
    node,
    docs,
    language,
  }: { readonly node: SchemaNode | undefined; readonly docs: Localized; readonly language: Language },
): Row {
  return { key, takes: node === undefined ? "" : takesOf(node, language), means: docs[language] };
}

function nodeAt(schema: SchemaNode, path: string): SchemaNode | undefined {
  return path.split(".").reduce<SchemaNode | undefined>((node, key) => node?.properties?.[key], schema);
}

const WORDS: Readonly<Record<string, Localized>> = {
  boolean: { en: "`true`, `false`", zh: "`true`、`false`" },
  number: { en: "number", zh: "数字" },
  integer: { en: "whole number", zh: "整数" },
  string: { en: "text", zh: "文本" },
  uri: { en: "address", zh: "地址" },
};

/** What a key takes, in a few words. */
function takesOf(node: SchemaNode, language: Language): string {
  const comma = language === "en" ? ", " : "、";
  const { enum: values, anyOf, items, properties, additionalProperties: others, type = "" } = node;
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (values !== undefined) return values.map((value) => `\`${JSON.stringify(value)}\``).join(comma);
  if (anyOf !== undefined) {
    const forms = anyOf.filter(({ pattern }) => pattern?.startsWith("\\$") !== true);
    const words = new Set(forms.map((one) => takesOf(one, language)));
    return [...words].join(language === "en" ? " or " : "或");
  }
  if (items !== undefined) {
    const one = items.properties === undefined ? takesOf(items, language) : `{ ${membersOf(items)} }`;
    return language === "en" ? `list: ${one}` : `列表:${one}`;
  }
  if (properties !== undefined) return `{ ${membersOf(node)} }`;
  if (typeof others === "object") {
    const inside = others.properties === undefined ? takesOf(others, language) : `{ ${membersOf(others)} }`;
    return `{ …: ${inside} }`;
  }
  const word = WORDS[node.format ?? type] ?? WORDS[type];
  return word?.[language] ?? type;
}

function membersOf({ properties = {} }: SchemaNode): string {
  return Object.keys(properties)
    .map((key) => `\`${key}\``)
    .join(", ");
}
