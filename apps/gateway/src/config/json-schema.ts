/** JSON Schema of the whole config file, the channels' blocks included: for completion and checks in editors. */
import type { Localized } from "@openclaw-china/core";
import { PLATFORMS, platformOf } from "../platforms/platforms.ts";
import { jsonSchemaOf } from "./file.ts";
import { FILE_KEYS, robotKeys } from "./keys.ts";

/** A node of a JSON Schema. */
export interface SchemaNode {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly required?: readonly string[];
}

/** With descriptions in both languages; `${NAME}` is allowed wherever a text of some form is. */
export function configSchema(): SchemaNode {
  const file = jsonSchemaOf() as SchemaNode;
  const channels = { ...file.properties?.["channels"], properties: channelSchemas() };
  const whole = { ...file, title: "openclaw-china.json5", properties: { ...file.properties, channels } };
  return withVariables(described(whole, ""));
}

function channelSchemas(): Readonly<Record<string, SchemaNode>> {
  return Object.fromEntries(
    PLATFORMS.map((platform) => {
      const { $schema: _, ...block } = platform.schema() as SchemaNode & { readonly $schema?: string };
      const docs = new Map<string, Localized>(platform.keys.map((one) => [one.key, one]));
      return [
        platform.id,
        { ...block, properties: mapNodes(block.properties ?? {}, (node, key) => withDocs(node, docs.get(key))) },
      ];
    }),
  );
}

const DOCS: ReadonlyMap<string, Localized> = new Map(FILE_KEYS.map((one) => [one.key, one]));

function described(node: SchemaNode, path: string, known = DOCS): SchemaNode {
  const docs = known.get(path);
  const within = (key: string): string => (path === "" ? key : `${path}.${key}`);
  const { properties, additionalProperties: others, oneOf, anyOf } = node;
  if (path.startsWith("channels.")) return withDocs(node, docs);
  return withDocs(
    {
      ...node,
      ...(properties === undefined
        ? {}
        : { properties: mapNodes(properties, (one, key) => described(one, within(key), known)) }),
      ...(typeof others === "object" ? { additionalProperties: described(others, within("*"), known) } : {}),
      ...(oneOf === undefined ? {} : { oneOf: oneOf.map((one) => described(one, path, docsFor(one, known))) }),
      ...(anyOf === undefined ? {} : { anyOf: anyOf.map((one) => described(one, path, known)) }),
    },
    docs,
  );
}

/** Robots of different platforms have keys of one name and different meaning. */
function docsFor({ properties }: SchemaNode, known: typeof DOCS): typeof DOCS {
  const platform = platformOf(String(properties?.["channel"]?.const));
  return platform === undefined
    ? known
    : new Map([...known, ...robotKeys(platform).map((one) => [one.key, one] as const)]);
}

function withDocs(node: SchemaNode, docs: Localized | undefined): SchemaNode {
  return docs === undefined ? node : { ...node, description: `${docs.en}\n${docs.zh}` };
}

/** A text with a form (an address, a length) may stand in the file as `${NAME}`. */
function withVariables(node: SchemaNode): SchemaNode {
  const isFormed = node.type === "string" && node.enum === undefined && node.const === undefined;
  if (isFormed && Object.keys(node).some((key) => ["format", "pattern", "maxLength"].includes(key))) {
    const { description, ...form } = node;
    const forms = { anyOf: [form, { type: "string", pattern: "\\$\\{[^}]+\\}" }] };
    return description === undefined ? forms : { description, ...forms };
  }
  const { properties, additionalProperties: others, items, anyOf, oneOf } = node;
  return {
    ...node,
    ...(properties === undefined ? {} : { properties: mapNodes(properties, withVariables) }),
    ...(typeof others === "object" ? { additionalProperties: withVariables(others) } : {}),
    ...(items === undefined ? {} : { items: withVariables(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(withVariables) }),
    ...(oneOf === undefined ? {} : { oneOf: oneOf.map(withVariables) }),
  };
}

function mapNodes(
  nodes: Readonly<Record<string, SchemaNode>>,
  map: (node: SchemaNode, key: string) => SchemaNode,
): Readonly<Record<string, SchemaNode>> {
  return Object.fromEntries(Object.entries(nodes).map(([key, node]) => [key, map(node, key)]));
}
