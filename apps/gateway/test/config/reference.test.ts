/** The reference on disk is what the schemas say, and its examples are valid. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CONFIG_KEYS } from "@openclaw-china/dingtalk/config";
import JSON5 from "json5";
import { describe, expect, test } from "vitest";
import { configSchema, type SchemaNode } from "../../src/config/json-schema.ts";
import { FILE_KEYS } from "../../src/config/keys.ts";
import { renderReference } from "../../src/config/reference.ts";
import { resolveConfig } from "../../src/config/resolve.ts";

const DOCS = join(import.meta.dirname, "../../../../docs");
const COMMAND = "node --conditions=@openclaw-china/source scripts/write-config-reference.ts";

describe.each([
  ["en", "configuration.md"],
  ["zh", "configuration.zh-CN.md"],
] as const)("%s", (language, file) => {
  const page = renderReference(language);

  test("the file on disk is the generated one", () => {
    expect(readFileSync(join(DOCS, file), "utf8"), `docs/${file} is old: run ${COMMAND}`).toBe(page);
  });

  test("every key is in it", () => {
    for (const { key } of CONFIG_KEYS) expect(page).toContain(`| \`${key}\` |`);
    for (const { key } of FILE_KEYS) expect(page).toContain(key.split(".").at(-1));
    expect(page).not.toMatch(/undefined|\[object|\| {2}\|/);
  });

  test("its whole examples are valid, and warn of nothing", () => {
    const examples = [...page.matchAll(/```json5\n(\{[\s\S]*?)```/g)].map(([, text = ""]) =>
      JSON5.parse<unknown>(text),
    );
    expect(examples).toHaveLength(2);
    const names = [
      "OPENCLAW_TOKEN",
      "OPENAI_API_KEY",
      "DINGTALK_APP_KEY",
      "DINGTALK_APP_SECRET",
      "SALES_KEY",
      "SALES_SECRET",
      "SUPPORT_KEY",
      "SUPPORT_SECRET",
    ];
    const env = Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
    for (const example of examples) {
      expect(resolveConfig(example, { env, secrets: { file: "", values: {}, warnings: [] } }).warnings).toEqual([]);
    }
  });
});

test("the table of keys and the schema know the same keys", () => {
  expect(keysOf(configSchema(), "").toSorted()).toEqual(FILE_KEYS.map(({ key }) => key).toSorted());
  for (const { key, en, zh } of FILE_KEYS) {
    expect(en, key).toMatch(/\.$/);
    expect(zh, key).toMatch(/。$/);
  }
});

test("the JSON Schema describes every key, and lets ${NAME} stand for an address", () => {
  const schema = configSchema();
  const dingtalk = schema.properties?.["channels"]?.properties?.["dingtalk"];
  expect(Object.keys(dingtalk?.properties ?? {}).toSorted()).toEqual(CONFIG_KEYS.map(({ key }) => key).toSorted());
  for (const node of Object.values(dingtalk?.properties ?? {})) expect(node.description).toMatch(/\p{Script=Han}/u);
  for (const [key, node] of Object.entries(schema.properties ?? {}))
    expect(node.description, key).toMatch(/\p{Script=Han}/u);
  const pattern = dingtalk?.properties?.["endpoints"]?.properties?.["api"]?.anyOf?.[1]?.pattern ?? "";
  expect(new RegExp(pattern).test("${DINGTALK_API}")).toBe(true);
});

/** Dotted keys of the schema, names of agents as `*`; a channel's block counts as one. */
function keysOf(node: SchemaNode, path: string): readonly string[] {
  const own = path === "" || path.endsWith("*") ? [] : [path];
  if (path.startsWith("channels.")) return own;
  const inside = Object.entries(node.properties ?? {}).flatMap(([key, one]) =>
    keysOf(one, path === "" ? key : `${path}.${key}`),
  );
  const named = typeof node.additionalProperties === "object" ? keysOf(node.additionalProperties, `${path}.*`) : [];
  const options = (node.oneOf ?? []).flatMap((one) => keysOf(one, path).filter((key) => key !== path));
  return [...new Set([...own, ...inside, ...named, ...options])];
}
