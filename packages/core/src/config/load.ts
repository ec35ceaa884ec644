/**
 * Secrets of config files: `${NAME}` comes from the environment, then from `~/.config/openclaw/secrets.env`. A missing name
 * is an error that says where to write it; a literal `${…}` is never used as a secret.
 */
import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { channelError, configError, type Localized } from "../errors.ts";
import type { Env } from "../http/proxy.ts";

export interface Secrets {
  /** Where they were looked for. */
  readonly file: string;
  /** From the file; empty when there is none. */
  readonly values: Readonly<Record<string, string>>;
  readonly warnings: readonly Localized[];
}

/** `OPENCLAW_SECRETS_FILE`, else `openclaw/secrets.env` in `XDG_CONFIG_HOME`, which is `~/.config` by default. */
export function defaultSecretsFile(env: Env = {}): string {
  const chosen = env["OPENCLAW_SECRETS_FILE"]?.trim();
  if (chosen !== undefined && chosen !== "") return chosen;
  return join(env["XDG_CONFIG_HOME"]?.trim() || join(homedir(), ".config"), "openclaw", "secrets.env");
}

/** Reads `NAME=value` lines. An absent file is empty; one that cannot be read is `config_invalid`. */
export async function readSecrets(file: string = defaultSecretsFile()): Promise<Secrets> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { file, values: {}, warnings: [] };
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
  const { mode } = await stat(file);
  const open = process.platform !== "win32" && (mode & 0o077) !== 0; // Windows has no such bits
  const warnings = open ? [readableByOthers(file)] : [];
  return { file, values: parseSecrets(text), warnings };
}

/** Comments, `export `, blanks around, and quotes around the value are understood; within quotes `#` begins no comment. */
export function parseSecrets(text: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const found = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (found?.[1] === undefined || found[2] === undefined) continue;
    const quoted = /^(["'])(.*?)\1(?:\s+#.*)?$/.exec(found[2]);
    values[found[1]] = quoted?.[2] ?? found[2].replace(/\s+#.*$/, "");
  }
  return values;
}

/** `value` with every `${NAME}` in its strings replaced. Throws `secret_missing`, naming the key and the file. */
export function fillIn(value: unknown, from: { readonly env: Env; readonly secrets: Secrets }, path = ""): unknown {
  if (typeof value === "string") return fillText(value, from, path);
  if (Array.isArray(value)) return value.map((item: unknown, at) => fillIn(item, from, `${path}[${at}]`));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fillIn(item, from, path === "" ? key : `${path}.${key}`)]),
  );
}

function fillText(
  text: string,
  { env, secrets }: { readonly env: Env; readonly secrets: Secrets },
  path: string,
): string {
  return text.replace(/\$\{([^}]*)\}/g, (_, given: string) => {
    const name = given.trim();
    const value = lookUp(name, { env, secrets });
    if (value === undefined) throw missing(name, path, secrets.file);
    return value;
  });
}

/** A variable of the environment, else of the secrets file; undefined where both have none, or an empty one. */
export function lookUp(
  name: string,
  { env, secrets }: { readonly env: Env; readonly secrets: Secrets },
): string | undefined {
  const own = (from: Env): string => (Object.hasOwn(from, name) ? (from[name]?.trim() ?? "") : "");
  return own(env) || own(secrets.values) || undefined;
}

function missing(name: string, path: string, file: string): Error {
  return channelError({
    code: "secret_missing",
    kind: "config",
    message: `${path} needs \${${name}}, which is neither in the environment nor in ${file}`,
    fix: {
      en: `Add the line ${name}=… to ${file}, or set the variable ${name}.`,
      zh: `请在 ${file} 中加入一行 ${name}=…,或设置环境变量 ${name}。`,
    },
  });
}

function unreadable(file: string, error: NodeJS.ErrnoException): Error {
  const why = error.code === "EISDIR" ? "it is a folder" : (error.code ?? error.message);
  return configError(
    `the secrets file ${file} cannot be read: ${why}`,
    {
      en: "Make it a text file of NAME=value lines that this user may read (chmod 600).",
      zh: "请将其改为当前用户可读的文本文件,每行 NAME=value(chmod 600)。",
    },
    error,
  );
}

function readableByOthers(file: string): Localized {
  return {
    en: `Other users of this machine can read ${file}: run chmod 600 ${file}`,
    zh: `本机其他用户可以读取 ${file}:请执行 chmod 600 ${file}`,
  };
}
