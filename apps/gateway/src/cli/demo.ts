/** `gateway demo`: everything on this machine, without credentials. */
import { envSnapshot } from "@openclaw-china/core/internal";
import { startDemo } from "../demo.ts";
import type { Io } from "./io.ts";
import { createLog } from "./log.ts";
import { useProxy } from "./proxy.ts";
import { watchSignals } from "./signals.ts";

const PORT = 8787;
/** Running turns get this long at the end. */
const DRAIN_MS = 20_000;

export async function demo(options: { readonly port?: number | undefined }, io: Io): Promise<number> {
  const env = envSnapshot();
  const log = createLog({ env, level: "warn", hidden: [env["OPENAI_API_KEY"] ?? ""] });
  useProxy(env);
  const ending = watchSignals();
  const running = await startDemo({ port: options.port ?? PORT, nextFree: options.port === undefined, env, log });
  io.out(`模拟的钉钉、网关与演示页已就绪 · simulated DingTalk, gateway and page are up (agent: ${running.agent})`);
  io.out("");
  io.out(`  ${running.address}`);
  io.out("");
  io.out("刚刚完成的一次对话 · one exchange, just made:");
  try {
    const { by, said, answer } = await running.exchange();
    io.out(`  ${by} › ${said}`);
    for (const [at, line] of answer.text.split("\n").entries())
      io.out(`  ${at === 0 ? "助手 Assistant ›" : " "} ${line}`);
    io.out(`  (${answer.kind}, ${answer.state}, ${answer.history.length} 帧 frames)`);
  } catch (error) {
    io.err(`✗ the first exchange failed: ${error instanceof Error ? error.message : String(error)}`);
    await running.stop(0);
    return 1;
  }
  io.out("");
  io.out("Ctrl+C 结束 · ends it.");
  await ending.told;
  await running.stop(DRAIN_MS);
  return 0;
}
