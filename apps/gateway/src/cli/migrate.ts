/** `gateway migrate <file>`: a config of another product as ours. The config goes out, what is to be known beside it. */
import { writeFile } from "node:fs/promises";
import { ChannelError } from "@openclaw-china/core";
import { configError, defaultSecretsFile, envSnapshot } from "@openclaw-china/core/internal";
import { type Migration, migrate } from "../migrate/migrate.ts";
import { readForeign } from "../migrate/read.ts";
import type { Note } from "../migrate/table.ts";
import { platformOf } from "../platforms/platforms.ts";
import { type Io, sayWarnings } from "./io.ts";

export interface MigrateOptions {
  /** Id of the product; else it is found out. */
  readonly from?: string | undefined;
  /** Written to, instead of standard output. */
  readonly out?: string | undefined;
  /** Writes over a file that is there. */
  readonly force: boolean;
}

export async function migrateFile(path: string, { from, out, force }: MigrateOptions, io: Io): Promise<number> {
  const migration = migrate(await readForeign(path), from);
  const text = `${JSON.stringify({ channels: { [migration.product.channel]: migration.block } }, undefined, 2)}\n`;
  if (out === undefined) io.out(text.trimEnd());
  else await write(out, text, force);
  sayNotes(migration, io);
  sayChecked(migration, io);
  if (out !== undefined) io.err(`✓ written to ${out} · 已写入 ${out}`);
  return 0;
}

function sayNotes({ product, notes, secrets, remarks }: Migration, io: Io): void {
  io.err(`✓ ${product.title}`);
  for (const one of notes) sayNote(one, io);
  sayWarnings(io, remarks);
  if (secrets.length === 0) return;
  const file = defaultSecretsFile(envSnapshot());
  io.err(`! secrets: add these lines to ${file} (chmod 600) · 请将以下密钥写入 ${file}(chmod 600):`);
  for (const { name, from } of secrets) io.err(`  ${name}=…    # ${from}`);
}

function sayNote({ from, to, text }: Note, io: Io): void {
  const isLeft = to.length === 0;
  if (isLeft && text === undefined) {
    io.err(`✓ ${from}: the default here · 与默认一致`);
    return;
  }
  const what = isLeft ? "" : ` → ${to.join(", ")}`;
  io.err(`${text === undefined ? "✓" : isLeft ? "-" : "!"} ${from}${what}${text === undefined ? "" : `: ${text.en}`}`);
  if (text !== undefined) io.err(`  ${text.zh}`);
}

/** Passes for a secret, and for a key of 43 characters. */
const FILLING = "a".repeat(43);

/** What the other product took and we do not is told now, and not at the start. */
function sayChecked({ product, block }: Migration, io: Io): void {
  const filled = JSON.parse(JSON.stringify(block).replaceAll(/\$\{(\w+)\}/g, FILLING)) as unknown;
  try {
    platformOf(product.channel)?.read(filled);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    sayWarnings(io, [
      {
        en: `To be corrected by hand: ${error.message}. ${error.fix.en}`,
        zh: `需手工修改:${error.message}。${error.fix.zh}`,
      },
    ]);
  }
}

async function write(path: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(path, text, { mode: 0o600, flag: force ? "w" : "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isThere = code === "EEXIST";
    throw configError(
      isThere ? `${path} exists already` : `${path} cannot be written: ${code ?? String(error)}`,
      isThere
        ? { en: "Name another file, or give --force to write over it.", zh: "请指定其他文件,或用 --force 覆盖。" }
        : { en: "Name a file that this user may write.", zh: "请指定当前用户可写的文件。" },
      error,
    );
  }
}
