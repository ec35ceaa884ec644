/** What `doctor` prints: each channel's findings, and what the bot itself knows. */
import type { Finding } from "../model/channel.ts";
import type { Engine } from "./engine.ts";

/** A channel whose probe throws is a finding, not an exception. */
export async function probeBot(engine: Engine, signal: AbortSignal): Promise<readonly Finding[]> {
  const perChannel = await Promise.all(
    engine.accounts().map(async ({ channel, open }): Promise<readonly Finding[]> => {
      const own = engine.state.durable ? [] : [volatileState(channel.id, channel.account)];
      try {
        return [...own, ...(await open.probe(signal))];
      } catch (error) {
        const cause = { en: `The check itself failed: ${String(error)}`, zh: `检查本身失败:${String(error)}` };
        return [...own, { level: "error", code: "probe_failed", channel: channel.id, account: channel.account, cause }];
      }
    }),
  );
  return perChannel.flat();
}

function volatileState(channel: string, account: string): Finding {
  return {
    level: "warning",
    code: "state_volatile",
    channel,
    account,
    cause: {
      en: "Messages are kept in memory only: a crash loses what was accepted.",
      zh: "消息只保存在内存中:进程崩溃会丢失已接收的消息。",
    },
    fix: { en: "Use sqliteState({ file }).", zh: "请使用 sqliteState({ file })。" },
  };
}
