/** What an import costs: neither zod nor ws is loaded before it is needed, and a config block only by those who read one. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** Imports one entry in a process of its own and prints the address of every module that was loaded for it. */
const CHILD = `
import { registerHooks } from "node:module";
const loaded = [];
registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
await import(process.argv[1]);
console.log(JSON.stringify(loaded));
`;

async function loadedBy(entry: string): Promise<readonly string[]> {
  const args = ["--conditions=@openclaw-china/source", "--input-type=module", "--eval", CHILD, entry];
  const cwd = import.meta.dirname;
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, maxBuffer: 8_388_608 });
  return JSON.parse(stdout) as readonly string[];
}

const ZOD = /\/zod\//;
const WS = /\/ws\//;
const BLOCK = /\/src\/config\/(accounts|block|kinds|internal)\.ts$/;

test.each(["@openclaw-china/core", "@openclaw-china/core/internal"])(
  "%s loads no zod, no ws, and nothing of config blocks",
  async (entry) => {
    const loaded = await loadedBy(entry);
    expect(loaded.some((url) => url.endsWith("/src/errors.ts"))).toBe(true);
    expect(loaded.filter((url) => ZOD.test(url) || WS.test(url) || BLOCK.test(url))).toEqual([]);
  },
);

test("the door for config blocks loads zod/mini", async () => {
  const loaded = await loadedBy("@openclaw-china/core/internal/config");
  expect(loaded.some((url) => url.includes("/zod/v4/mini/"))).toBe(true);
  expect(loaded.some((url) => BLOCK.test(url))).toBe(true);
});
