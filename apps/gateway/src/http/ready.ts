/** Whether a message could be accepted now, on evidence; and if not, why. */
import type { BotStatus, ConnectionStatus, Localized, State } from "@openclaw-china/core";

type Connection = BotStatus["channels"][number];

/** What `/readyz` answers. */
export interface Readiness {
  readonly ready: boolean;
  /** Empty when ready. */
  readonly why: readonly Localized[];
}

/** Pure. */
export function readinessOf(channels: BotStatus["channels"], stored: boolean): Readiness {
  const why = [
    ...(stored ? [] : [STATE_AWAY]),
    ...(channels.length === 0 ? [NO_CHANNEL] : []),
    ...channels.flatMap((one) => whyNot(one) ?? []),
  ];
  return { ready: why.length === 0, why };
}

const STATE_AWAY: Localized = {
  en: "the state cannot be written: look at the disk of the state file",
  zh: "状态无法写入:请检查状态文件所在磁盘",
};
const NO_CHANNEL: Localized = { en: "there is no channel", zh: "没有渠道" };

function whyNot(connection: Connection): Localized | undefined {
  const { state, error, via } = connection;
  const name = `${connection.channel}/${connection.account}`;
  if (state === "live" && via === "webhook") return undefined; // the platform calls when there is something to say
  if (state === "draining" || (state === "live" && isSeen(connection))) return undefined;
  if (state === "live") {
    return { en: `${name} is connected, but no frame has been seen yet`, zh: `${name} 已连接,但尚未收到任何帧` };
  }
  const cause = error === undefined ? "" : `: ${error.message}`;
  return { en: `${name} is ${state}${cause}`, zh: `${name} 的连接状态为 ${state}${cause}` };
}

/** On this connection, not on one before. */
function isSeen({ lastFrameAt, since }: ConnectionStatus): boolean {
  return lastFrameAt !== undefined && lastFrameAt >= since;
}

/** A write later than this counts as none. */
const WRITE_MS = 2_000;
/** Probes in this time share one write. */
const SHARE_MS = 1_000;

/** Asks whether the state can be written. Callers of one second share an answer, so that probing costs the disk little. */
export function createWriteProbe(state: Pick<State, "store">): () => Promise<boolean> {
  let shared: { readonly at: number; readonly answer: Promise<boolean> } | undefined;
  return () => {
    const now = performance.now();
    if (shared === undefined || now - shared.at >= SHARE_MS) shared = { at: now, answer: canWrite(state) };
    return shared.answer;
  };
}

async function canWrite({ store }: Pick<State, "store">): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), WRITE_MS);
  try {
    const written = store.put("readyz", new Date().toISOString(), 60_000).then(() => true);
    return await Promise.race([written, late.promise]);
  } catch {
    return false; // it was refused, which is the answer
  } finally {
    clearTimeout(timer);
  }
}
