/** What the platforms say: by the running gateway, which knows more, or by channels of our own that open no connection. */
import { createBot, type Finding, memoryState } from "@openclaw-china/core";
import { askAdmin } from "../admin/socket.ts";
import type { Resolved } from "../config/resolve.ts";

/** How long all checks of all channels may take. */
const PROBE_MS = 60_000;

interface Asking {
  /** Metered calls too. */
  readonly spend: boolean;
}

/** Without state and without a connection. */
export async function probeChannels(
  { channels }: Pick<Resolved, "channels">,
  { spend }: Asking,
): Promise<readonly Finding[]> {
  const bot = createBot({ channels, state: { ...memoryState(), durable: true } });
  try {
    return await bot.probe({ spend, signal: AbortSignal.timeout(PROBE_MS) });
  } finally {
    await bot.stop({ timeoutMs: 0 });
  }
}

/** Its connections, its state, and what was refused while it worked. */
export async function askRunning(admin: string, { spend }: Asking): Promise<readonly Finding[]> {
  const findings = await askAdmin(admin, { path: `/probe?spend=${spend}`, timeoutMs: PROBE_MS });
  return (findings ?? []) as readonly Finding[];
}
