/** The machine's own Chromium, headless; nothing is downloaded. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Rejects with cause and fix where there is no browser. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findBrowser(process.env), args: FLAGS });
}

/** The program of CHROMIUM_PATH, else the first on PATH. Throws an Error with cause and fix. */
export function findBrowser(env: Readonly<Record<string, string | undefined>>): string {
  const named = env["CHROMIUM_PATH"] ?? "";
  if (named !== "") {
    if (isExecutable(named)) return named;
    throw new Error(
      `CHROMIUM_PATH names ${named}, which is no program here. Set it to that of Chromium or Chrome, or unset it.`,
    );
  }
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(
    `no browser was found: none of ${NAMES.join(", ")} is on PATH. Install Chromium (Debian: apt-get install chromium), or set CHROMIUM_PATH to its program.`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run
  }
}
