/** Reads a config file of another product: JSON, JSON5 or YAML, whatever it is called. */
import { readFile } from "node:fs/promises";
import { configError } from "@openclaw-china/core/internal";
import JSON5 from "json5";
import { parse as parseYaml } from "yaml";

/** Throws `config_invalid`, with the place of the mistake and nothing of the file's text: it may be a secret. */
export async function readForeign(path: string): Promise<unknown> {
  const text = (await readText(path)).replace(/^\uFEFF/, "");
  const isYaml = /\.ya?ml$/i.test(path);
  const first = isYaml ? tryYaml(text) : tryJson(text);
  if ("value" in first) return first.value;
  const second = isYaml ? tryJson(text) : tryYaml(text);
  if ("value" in second && typeof second.value === "object") return second.value;
  throw configError(`${path} is neither JSON, JSON5 nor YAML: ${first.mistake}`, {
    en: "Give the config file of the other product as it is.",
    zh: "请指定其他产品的原配置文件。",
  });
}

type Parsed = { readonly value: unknown } | { readonly mistake: string };

function tryJson(text: string): Parsed {
  try {
    return { value: JSON5.parse<unknown>(text) };
  } catch (error) {
    const { lineNumber, columnNumber } = error as { readonly lineNumber?: number; readonly columnNumber?: number };
    return { mistake: `no JSON at line ${lineNumber ?? "?"}, column ${columnNumber ?? "?"}` };
  }
}

function tryYaml(text: string): Parsed {
  try {
    return { value: parseYaml(text, { logLevel: "error" }) as unknown };
  } catch (error) {
    const [at] =
      (error as { readonly linePos?: readonly { readonly line: number; readonly col: number }[] }).linePos ?? [];
    return { mistake: `no YAML at line ${at?.line ?? "?"}, column ${at?.col ?? "?"}` };
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : (code ?? message);
    throw configError(
      `the file ${path} cannot be read: ${why}`,
      { en: "Give the path of the other product's config file.", zh: "请指定其他产品配置文件的路径。" },
      error,
    );
  }
}
