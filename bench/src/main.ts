/** `pnpm bench`: one table of what we and the official SDKs cost, in one run on this machine. Ratios count, not figures. */
import { cpus } from "node:os";
import { callbackBench } from "./callback/bench.ts";
import { importBench } from "./imports/bench.ts";
import { inboundBench } from "./inbound/bench.ts";
import { inboxBench } from "./inbox.ts";
import { formatTable, type Row } from "./table.ts";
import { tokenBench } from "./token/bench.ts";
import { webhookBench } from "./webhook/bench.ts";

const RUNS = Number(process.env["BENCH_RUNS"] ?? 5);
const DINGTALK = {
  platform: "DingTalk",
  ours: ["@openclaw-china/core", "@openclaw-china/dingtalk"],
  peer: ["dingtalk-stream"],
} as const;
const WECOM = {
  platform: "WeCom",
  ours: ["@openclaw-china/core", "@openclaw-china/wecom"],
  peer: ["@wecom/aibot-node-sdk", "@wecom/crypto"],
} as const;
const SECTIONS: Readonly<Record<string, () => Promise<Row[]>>> = {
  A: async () => [...(await importBench(RUNS, DINGTALK)), ...(await importBench(RUNS, WECOM))],
  B: async () => [
    ...(await inboundBench(RUNS, { platform: "DingTalk", folder: "inbound" })),
    ...(await inboundBench(RUNS, { platform: "WeCom", folder: "wecom" })),
  ],
  C: async () => [...(await webhookBench(RUNS)), ...(await callbackBench(RUNS))],
  D: () => tokenBench(),
  G: () => inboxBench(RUNS),
};

const chosen = process.argv.slice(2);
const rows: Row[] = [];
for (const [name, section] of Object.entries(SECTIONS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  process.stderr.write(`measuring ${name} …\n`);
  rows.push(...(await section()));
}
console.log(
  `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, medians of ${RUNS} runs\n`,
);
console.log(formatTable(rows));
console.log(
  "\nfloor: a bare ws client (A, B); a bare node:http server that verifies, parses and answers (C); one append and fdatasync after the other (G)",
);
