/** D2: token calls for 100 sends at once, cold. */
import { startChild } from "../process.ts";
import type { Row } from "../table.ts";
import { startTokenServer } from "./server.ts";

const SENDS = 100;

/** Rows D2. The SDK of WeCom calls nothing that takes a token. */
export async function tokenBench(): Promise<Row[]> {
  const ours = await count("token/ours.ts");
  const peer = await count("token/peer.ts");
  const wecom = await count("wecom/token.ts");
  return [
    {
      figure: "D2",
      what: `DingTalk: token calls for ${SENDS} sends at once`,
      floor: "",
      ours: String(ours),
      peer: String(peer),
      goal: "1",
      met: ours === 1,
    },
    {
      figure: "D2",
      what: `WeCom: token calls for ${SENDS} sends at once`,
      floor: "",
      ours: String(wecom),
      peer: "none",
      goal: "1",
      met: wecom === 1,
    },
  ];
}

async function count(script: string): Promise<number> {
  const server = await startTokenServer();
  const child = startChild(script);
  try {
    await child.ask("send", { port: server.port, count: SENDS });
    return server.counts().tokens;
  } finally {
    await Promise.all([child.stop(), server.close()]);
  }
}
