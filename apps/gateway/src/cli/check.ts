/** `gateway check`: the config as it is understood, without secrets; warnings; with `--online` what the platform says. */
import { createBot, type Finding, memoryState } from "@openclaw-china/core";
import type { Resolved } from "../config/resolve.ts";
import type { Io } from "./io.ts";
import { loadConfig } from "./start.ts";

export async function check(options: { readonly config: string; readonly online: boolean }, io: Io): Promise<number> {
  const resolved = await loadConfig(options.config);
  io.out(JSON.stringify(shown(resolved), undefined, 2));
  for (const warning of resolved.warnings) io.out(`! ${warning}`);
  const bot = createBot<string>({
    channels: resolved.channels,
    agents: Object.fromEntries(Object.keys(resolved.file.agents).map((name) => [name, () => undefined])),
    routes: resolved.routes,
    state: memoryState(),
    ...resolved.bot,
  });
  try {
    const findings = options.online ? await bot.probe() : [];
    for (const finding of findings) sayFinding(finding, io);
    const failed = findings.some(({ level }) => level === "error");
    io.out(
      failed
        ? "✗ see above"
        : `✓ ${options.config} is valid${options.online ? "" : " (add --online to ask the platform)"}`,
    );
    return failed ? 1 : 0;
  } finally {
    await bot.stop({ timeoutMs: 0 });
  }
}

function sayFinding({ level, channel, account, cause, fix, url }: Finding, io: Io): void {
  const mark = { ok: "✓", warning: "!", error: "✗" }[level];
  io.out(`${mark} ${channel}/${account}: ${cause.en}`);
  io.out(`  ${cause.zh}`);
  if (fix === undefined || level === "ok") return;
  io.out(`  → ${fix.en}`);
  io.out(`  → ${fix.zh}${url === undefined ? "" : ` ${url}`}`);
}

const SECRET = /secret|token|password|api_key/i;

/** The file as it was understood; every secret is only said to be there. */
function shown({ file, routes, channels }: Resolved): unknown {
  const accounts = channels.map(({ id, account, access, can }) => ({
    channel: id,
    account,
    access,
    streaming: can.stream !== undefined,
  }));
  const order = routes.map(({ when, agent }) => ({ when: { ...when, ...textOf(when.text) }, agent }));
  return { ...(withoutSecrets(file) as object), accounts, routes: order };
}

function textOf(text: Resolved["routes"][number]["when"]["text"]): object {
  return text === undefined ? {} : { text: [text].flat().map(String) };
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      SECRET.test(key) && typeof item === "string" ? "(set)" : withoutSecrets(item),
    ]),
  );
}
