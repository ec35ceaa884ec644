/** What an operator is told about a value that a schema refuses, and about keys that do not exist. */
import { keyMeant, schemaError, snakeCase } from "@openclaw-china/core/internal";
import { expect, test } from "vitest";
import * as z from "zod/mini";

const tool = z.strictObject({ kind: z.literal("tool"), url: z.url(), retries: z.optional(z.int()) });
const other = z.strictObject({ kind: z.literal("other"), name: z.string().check(z.minLength(1)) });
const schema = z.strictObject({
  mode: z.optional(z.enum(["fast", "slow", "off"])),
  on: z.optional(z.boolean()),
  port: z.optional(z.int().check(z.minimum(0), z.maximum(65_535))),
  budget: z.optional(z.number().check(z.positive())),
  lanes: z.optional(z.int().check(z.minimum(1))),
  ids: z.optional(z.union([z.string(), z.array(z.string())])),
  code: z.optional(z.string().check(z.length(43))),
  between: z.optional(z.string().check(z.regex(/^\d{2}:\d{2}-\d{2}:\d{2}$/))),
  list: z.optional(z.array(z.strictObject({ when: z.strictObject({ text: z.string() }) }))),
  tools: z.optional(z.record(z.string().check(z.regex(/^[\w-]+$/)), z.discriminatedUnion("kind", [tool, other]))),
  server: z.optional(z.strictObject({ host: z.string() })),
});
const aliases = { hostname: ["server.host", "host"], label: ["name"], retry: ["retries"] };

function told(given: unknown, path = "block"): { readonly message: string; readonly en: string; readonly zh: string } {
  const parsed = schema.safeParse(given);
  if (parsed.success) return expect.unreachable("the schema took it");
  const error = schemaError(given, parsed.error.issues, { path, schema: z.toJSONSchema(schema), aliases });
  expect(error.code).toBe("config_invalid");
  return { message: error.message, ...error.fix };
}

test.each([
  [{ mode: "polling" }, 'block.mode: expected "fast", "slow" or "off", found another text', '"fast"、"slow"或"off"'],
  [{ on: "yes" }, "block.on: expected true or false, found another text", "true 或 false"],
  [{ on: null }, "block.on: expected true or false, found null", "true 或 false"],
  [{ port: 70_000 }, "block.port: expected a whole number from 0 to 65535, found 70000", "0 到 65535 的整数"],
  [{ port: "80" }, "block.port: expected a whole number from 0 to 65535, found another text", "整数"],
  [{ budget: 0 }, "block.budget: expected a number above 0, found 0", "大于 0 的数字"],
  [{ lanes: 0 }, "block.lanes: expected a whole number of at least 1, found 0", "不小于 1 的整数"],
  [{ ids: 3 }, "block.ids: expected a text or a list in brackets, found 3", "文本或方括号列表"],
  [{ code: "short" }, "block.code: expected a text of 43 characters, found another text", "43 个字符"],
  [{ between: "9-5" }, 'block.between: expected a time window such as "09:00-18:00", found another text', "时间段"],
  [{ list: {} }, "block.list: expected a list in brackets, found a block in braces", "方括号列表"],
  [{ list: [{ when: {} }] }, "block.list[0].when.text is missing", "请填写文本。"],
  [
    { tools: { a: { kind: "else" } } },
    'block.tools.a.kind: expected "tool" or "other", found another text',
    '"tool"或"other"',
  ],
  [
    { tools: { a: { kind: "tool", url: "no" } } },
    "block.tools.a.url: expected an address with its scheme (https://…), found another text",
    "地址",
  ],
  [{ tools: { a: { kind: "other", name: "" } } }, "block.tools.a.name: expected a text, found an empty text", "文本"],
  [{ tools: { a: { kind: "tool" } } }, "block.tools.a.url is missing", "地址"],
  [{ tools: { "a b": { kind: "tool" } } }, "block.tools.a b: this name cannot be used", "字母、数字"],
  [[], "block: expected a block in braces, found a list", "花括号"],
])("%j: %s", (given, message, zh) => {
  const { message: said, en, zh: fix } = told(given);
  expect(said).toBe(message);
  expect(en).toMatch(/^(Write|Use) /);
  expect(fix).toContain(zh);
});

test.each([
  [{ Mode: 1 }, 'block has no key "Mode"; it is called "mode" here', "Write mode instead of Mode."],
  [{ mdoe: 1 }, 'block has no key "mdoe"; it is called "mode" here', "Write mode instead of mdoe."],
  [{ unheard: 1 }, 'block has no key "unheard"', "Remove it. Known here: mode, on, port"],
  [
    { hostname: 1 },
    'block has no key "hostname"; it is called "server.host" here',
    "Write server.host instead of hostname.",
  ],
  [{ server: { hostname: 1 } }, 'block.server has no key "hostname"; it is called "host" here', "Write host"],
  [{ list: [{ When: 1 }] }, 'block.list[0] has no key "When"; it is called "when" here', "Write when"],
  [
    { tools: { a: { kind: "tool", url: "http://x", Retries: 1 } } },
    'block.tools.a has no key "Retries"; it is called "retries" here',
    "Write retries",
  ],
  [
    { tools: { a: { kind: "tool", url: "http://x", label: 1 } } },
    'block.tools.a has no key "label"',
    "Remove it. Known here: kind, url, retries.",
  ],
  [
    { tools: { a: { kind: "other", name: "x", label: 1 } } },
    'block.tools.a has no key "label"; it is called "name" here',
    "Write name",
  ],
])("an unknown key: %j", (given, message, fix) => {
  const { message: said, en } = told(given);
  expect(said).toBe(message);
  expect(en).toContain(fix);
});

test("the file itself has no name", () => {
  expect(told({ on: 1, Mode: 2 }, "").message).toMatch(/^the config file has no key "Mode"/);
  expect(told("text", "").message).toBe("the config file: expected a block in braces, found another text");
  expect(told({ server: { host: 1 } }, "").message).toBe("server.host: expected a text, found 1");
});

test("no value is ever repeated: it may be a secret", () => {
  const { message, en, zh } = told({ mode: "very-secret", code: "very-secret" });
  expect(message + en + zh).not.toContain("very-secret");
});

test.each([
  ["clientId", "client_id"],
  ["client-id", "client_id"],
  ["baseURL", "base_url"],
  ["HTTPPort", "http_port"],
  ["already_so", "already_so"],
])("%s in snake_case is %s", (given, snake) => {
  expect(snakeCase(given)).toBe(snake);
});

test("short words are not mistaken for others, and names every object has mean nothing", () => {
  expect(keyMeant("port", ["host"], {})).toBeUndefined();
  expect(keyMeant("constructor", ["host"], {})).toBeUndefined();
  expect(keyMeant("agnets", ["agents"], {})).toBe("agents");
});
