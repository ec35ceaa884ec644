/** The gateway's config file: JSON5, checked by one schema. Unknown keys are errors that name the nearest right one. */
import { readFile } from "node:fs/promises";
import { configError } from "@openclaw-china/core/internal";
import JSON5 from "json5";
import * as z from "zod";

const name = z.string().min(1);
const openai = z.strictObject({
  kind: z.literal("openai"),
  /** Default the official address, or OPENAI_BASE_URL. */
  base_url: z.url().optional(),
  api_key: name.optional(),
  model: name,
  system: z.string().optional(),
  /** Messages of a conversation that are remembered; 0: none. */
  memory_messages: z.int().min(0).max(200).default(20),
});
const openclaw = z.strictObject({ kind: z.literal("openclaw"), url: z.url(), token: name, agent: name });
const echo = z.strictObject({ kind: z.literal("echo") });
const agent = z.discriminatedUnion("kind", [echo, openai, openclaw]);

const file = z.strictObject({
  $schema: z.string().optional(),
  state: z.strictObject({ file: name }).default({ file: "openclaw-china.db" }),
  http: z
    .strictObject({ host: name.default("127.0.0.1"), port: z.int().min(0).max(65_535).default(8787) })
    .default({ host: "127.0.0.1", port: 8787 }),
  agents: z.record(name, agent),
  channels: z.strictObject({ dingtalk: z.unknown().optional() }),
  unknown_reply: z.enum(["notice", "resend", "silent"]).optional(),
  when_busy: z.enum(["queue", "merge", "interrupt"]).optional(),
  lanes: z.int().min(1).max(10_000).optional(),
  max_age_ms: z.int().min(1_000).optional(),
  stop_words: z.array(name).optional(),
  turn_timeout_ms: z.int().min(1_000).optional(),
});

export type GatewayFile = z.infer<typeof file>;
export type AgentConfig = GatewayFile["agents"][string];

/** The file's text as a value. Throws `config_invalid`, with line and column where the text is no JSON5. */
export async function readConfigFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw configError(
      `the config file ${path} cannot be read: ${why}`,
      {
        en: "Give its path with --config, or try everything without one: gateway demo.",
        zh: "请用 --config 指定路径;也可先运行 gateway demo,无需配置文件。",
      },
      error,
    );
  }
  try {
    return JSON5.parse<unknown>(text);
  } catch (error) {
    const where = error instanceof Error ? error.message.replace(/^JSON5: /, "") : String(error);
    throw configError(
      `the config file ${path} is no JSON5: ${where}`,
      { en: "Correct the text at that line and column.", zh: "请更正该行该列处的内容。" },
      error,
    );
  }
}

/** Checked, with defaults. Throws `config_invalid` naming the key. */
export function parseConfigFile(value: unknown): GatewayFile {
  const parsed = file.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = issue?.path.join(".") ?? "";
  if (issue?.code === "unrecognized_keys") throw unknownKey(issue.keys[0] ?? "", at, value);
  throw configError(`${at || "the config file"}: ${issue?.message ?? "is invalid"}`, {
    en: "See docs/configuration.md for what this key takes.",
    zh: "请参阅 docs/configuration.md 中该键的取值。",
  });
}

const KEYS = Object.keys(file.shape);

function unknownKey(key: string, at: string, _value: unknown): Error {
  const place = at === "" ? key : `${at}.${key}`;
  const known = at === "" ? KEYS : at === "channels" ? ["dingtalk"] : [];
  const near = known.find((one) => distance(one, key) <= 2);
  const list = known.filter((one) => one !== "$schema").join(", ");
  return configError(`${place} is no key of the config file`, {
    en: near === undefined ? `Remove it.${list && ` Known here: ${list}.`}` : `Write ${near}.`,
    zh: near === undefined ? `请删除。${list && `此处可用:${list}。`}` : `请改为 ${near}。`,
  });
}

/** Letters to add, remove or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
