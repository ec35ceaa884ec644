/** The state's file, made before anybody else could. */
import { chmod, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { configError } from "@openclaw-china/core/internal";

/** It holds messages and access tokens: for this user alone, from the first moment. */
export async function makeStateFile(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, "a", 0o600);
    await file.close();
    await chmod(path, 0o600);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    const fix = {
      en: "Set state.file to a path where this user may write a file.",
      zh: "请将 state.file 设为当前用户可写的文件路径。",
    };
    throw configError(`the state file ${path} cannot be written: ${why}`, fix, error);
  }
}
