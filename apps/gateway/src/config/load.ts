/** Finds and reads what a command works with: the config file, the secrets file, the place of the state. */
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Localized } from "@openclaw-china/core";
import { defaultSecretsFile, envSnapshot, fillIn, readSecrets, sha256Hex } from "@openclaw-china/core/internal";
import { type GatewayFile, isBlock, parseConfigFile, readConfigFile } from "./file.ts";
import { type Resolved, resolveConfig, type Sources } from "./resolve.ts";
import { holdsSecret } from "./secret.ts";

/** A config file, understood, and where its state is. */
export interface Loaded extends Resolved {
  /** Absolute. */
  readonly stateFile: string;
}

/** Throws `config_invalid` or `secret_missing`. */
export async function loadConfig(path: string): Promise<Loaded> {
  const from = await sources();
  const given = await readConfigFile(path);
  const resolved = resolveConfig(given, from);
  const warnings = [...resolved.warnings, ...(await readableByOthers(path, given))];
  return { ...resolved, warnings, stateFile: besides(path, resolved.file.state.file) };
}

/** Changes when the file, or a secret that it names, changes. Tells nothing of either. */
export function fingerprintOf({ file }: Pick<Resolved, "file">): string {
  return sha256Hex(JSON.stringify(file));
}

/** Only where the state is: a look at it needs no credentials. Absolute. */
export async function stateFileOf(path: string): Promise<string> {
  const given = await readConfigFile(path);
  const state = isBlock(given) && given["state"] !== undefined ? { state: given["state"] } : {};
  const file = parseConfigFile({ channels: {}, ...(fillIn(state, await sources()) as object) });
  return besides(path, file.state.file);
}

/** Only the group robots: they need no credentials of an app. */
export async function robotsOf(path: string): Promise<GatewayFile["robots"]> {
  const given = await readConfigFile(path);
  const robots = isBlock(given) && given["robots"] !== undefined ? { robots: given["robots"] } : {};
  return parseConfigFile({ channels: {}, ...(fillIn(robots, await sources()) as object) }).robots;
}

async function sources(): Promise<Sources> {
  const env = envSnapshot();
  return { env, secrets: await readSecrets(defaultSecretsFile(env)) };
}

/** The same file from whatever folder a command is run in. */
function besides(path: string, file: string): string {
  return resolve(dirname(path), file);
}

async function readableByOthers(path: string, given: unknown): Promise<readonly Localized[]> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0 || !holdsSecret(given)) return [];
  return [
    {
      en: `${path} holds a secret and other users of this machine can read it: move the secret to secrets.env, or run chmod 600 ${path}`,
      zh: `${path} 含有密钥且本机其他用户可读:请将密钥移至 secrets.env,或执行 chmod 600 ${path}`,
    },
  ];
}
