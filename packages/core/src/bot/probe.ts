/** What `doctor` prints: each channel's findings, and what the bot itself knows. */
import type { Finding, ProbeOptions } from "../model/channel.ts";
import { errorFinding } from "../doctor/finding.ts";
import type { Engine } from "./engine.ts";

/** A channel whose probe throws is a finding, not an exception. */
export async function probeBot(
  engine: Engine,
  signal: AbortSignal,
  options: ProbeOptions,
): Promise<readonly Finding[]> {
  const perChannel = await Promise.all(
    engine.accounts().map(async ({ channel, open }): Promise<readonly Finding[]> => {
      const own = engine.state.durable ? [] : [volatileState(channel.id, channel.account)];
      try {
        return [...own, ...(await open.probe(signal, options))];
      } catch (error) {
        const what = { en: "The check itself failed", zh: "检查本身失败" };
        const finding = { ...errorFinding(error, { what }), code: "probe_failed" };
        return [...own, { ...finding, channel: channel.id, account: channel.account }];
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
