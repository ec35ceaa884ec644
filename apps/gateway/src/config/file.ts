/** The gateway's config file: JSON5, checked by one schema. Unknown keys are errors that name the right one. */
import { readFile } from "node:fs/promises";
import { type Aliases, configError, schemaError } from "@openclaw-china/core/internal";
import JSON5 from "json5";
import * as z from "zod";
import type { RobotConfig, RobotKind } from "../platforms/platform.ts";
import { PLATFORMS } from "../platforms/platforms.ts";
import { address, name } from "./forms.ts";

const names = z.string().regex(/^[\w-]+$/);
const echo = z.strictObject({ kind: z.literal("echo") });
const openai = z.strictObject({
  kind: z.literal("openai"),
  model: name,
  base_url: address.optional(),
  api_key: name.optional(),
  system: z.string().optional(),
  memory_messages: z.int().min(0).max(200).default(20),
});
const openclaw = z.strictObject({ kind: z.literal("openclaw"), url: address, token: name, agent: name });
const agent = z.discriminatedUnion("kind", [echo, openai, openclaw]);

const robot = z.discriminatedUnion("channel", kindsOf(PLATFORMS));
/** Each block is checked by its platform. */
const channels = z.strictObject(Object.fromEntries(PLATFORMS.map(({ id }) => [id, z.unknown().optional()])));

const state = z.strictObject({ file: name.default("openclaw-china.db") });
const http = z.strictObject({ host: name.default("127.0.0.1"), port: z.int().min(0).max(65_535).default(8787) });

/** Its keys are described in keys.ts, in this order. */
export const fileSchema: z.ZodType<GatewayFile> = z.strictObject({
  $schema: z.string().optional(),
  agents: z.record(names, agent).default({}),
  channels,
  robots: z.record(names, robot).default({}),
  state: state.prefault({}),
  http: http.prefault({}),
  unknown_reply: z.enum(["notice", "resend", "silent"]).optional(),
  when_busy: z.enum(["queue", "merge", "interrupt"]).optional(),
  lanes: z.int().min(1).max(10_000).optional(),
  stop_words: z.array(name).optional(),
  max_age_ms: z.int().min(1_000).optional(),
  turn_timeout_ms: z.int().min(1_000).optional(),
  stop_timeout_ms: z.int().min(0).max(600_000).default(20_000),
});

/** One agent, as the file describes it. */
export type AgentConfig = z.infer<typeof agent>;

/** The file, checked, with defaults. */
export interface GatewayFile {
  readonly $schema?: string | undefined;
  readonly agents: Readonly<Record<string, AgentConfig>>;
  /** The platforms' blocks, by id. */
  readonly channels: Readonly<Record<string, unknown>>;
  readonly robots: Readonly<Record<string, RobotConfig>>;
  readonly state: z.infer<typeof state>;
  readonly http: z.infer<typeof http>;
  readonly unknown_reply?: "notice" | "resend" | "silent" | undefined;
  readonly when_busy?: "queue" | "merge" | "interrupt" | undefined;
  readonly lanes?: number | undefined;
  readonly stop_words?: string[] | undefined;
  readonly max_age_ms?: number | undefined;
  readonly turn_timeout_ms?: number | undefined;
  readonly stop_timeout_ms: number;
}

/** The file's text as a value. Throws `config_invalid`, with line and column where the text is no JSON5. */
export async function readConfigFile(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON5.parse<unknown>(text);
  } catch (error) {
    const where = error instanceof Error ? error.message.replace(/^JSON5: /, "") : String(error);
    throw configError(
      `the config file ${path} is no JSON5: ${where} (line:column)`,
      { en: "Correct the text at that line and column.", zh: "请更正该行该列处的内容。" },
      error,
    );
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw configError(
      `the config file ${path} cannot be read: ${UNREADABLE[code] ?? code}`,
      {
        en: "Give its path with --config, or try everything without one: gateway demo.",
        zh: "请用 --config 指定路径;也可先运行 gateway demo,无需配置文件。",
      },
      error,
    );
  }
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "this user may not read it",
};

/** Checked, with defaults. Throws `config_invalid` naming the key. */
export function parseConfigFile(value: unknown): GatewayFile {
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw schemaError(value, parsed.error.issues, { path: "", schema: jsonSchemaOf(), aliases: ALIASES });
}

/** JSON Schema of what the file may hold; the blocks of the channels are their own matter. */
export function jsonSchemaOf(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(fileSchema, { io: "input" });
}

function kindsOf([first, ...others]: typeof PLATFORMS): [RobotKind["schema"], ...RobotKind["schema"][]] {
  return [first.robot.schema, ...others.map((one) => one.robot.schema)];
}

/** An object with keys, as a file holds it. */
export function isBlock(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names from other products' files. None is accepted silently: the error names ours. */
const ALIASES: Aliases = {
  ...Object.fromEntries(PLATFORMS.flatMap(({ id, otherNames }) => otherNames.map((other) => [other, [id]]))),
  agent: ["agents"],
  models: ["agents"],
  channel: ["channels"],
  storage: ["state"],
  database: ["state", "file"],
  db: ["state.file", "file"],
  path: ["file"],
  filename: ["file"],
  server: ["http"],
  port: ["http.port"],
  host: ["http.host"],
  hostname: ["http.host", "host"],
  bind: ["http.host", "host"],
  listen: ["http.host", "host"],
  type: ["kind"],
  provider: ["kind"],
  url: ["base_url"],
  base_url: ["url"],
  api_base: ["base_url", "url"],
  endpoint: ["base_url", "url"],
  gateway_url: ["url"],
  key: ["api_key"],
  token: ["api_key", "access_token"],
  webhook: ["access_token"],
  sign: ["secret"],
  keywords: ["keyword"],
  api_key: ["token"],
  gateway_token: ["token"],
  agent_id: ["agent"],
  model: ["agent"],
  model_name: ["model"],
  prompt: ["system"],
  system_prompt: ["system"],
  instructions: ["system"],
  memory: ["memory_messages"],
  history: ["memory_messages"],
  max_history: ["memory_messages"],
  history_limit: ["memory_messages"],
  concurrency: ["lanes"],
  max_concurrent: ["lanes"],
  busy: ["when_busy"],
  timeout: ["turn_timeout_ms"],
  timeout_ms: ["turn_timeout_ms"],
  drain_ms: ["stop_timeout_ms"],
  shutdown_timeout_ms: ["stop_timeout_ms"],
  stop_word: ["stop_words"],
};
