/** Every key of the DingTalk block does what its doc line says: one test per key of the schema, on a simulated DingTalk. */
import { CONFIG_KEYS, dingTalkConfigSchema } from "@openclaw-china/dingtalk/config";
import { vi } from "vitest";
import { ACCESS } from "./access.ts";
import { CONNECTION } from "./connection.ts";
import { leavesOf } from "./leaves.ts";
import { ROUTING } from "./routing.ts";
import { makeStage } from "./stage.ts";
import { effectSuite } from "./table.ts";

vi.setConfig({ testTimeout: 60_000 });

effectSuite({
  name: "channels.dingtalk",
  keys: leavesOf(dingTalkConfigSchema(), ["accounts"]),
  says: (key) => CONFIG_KEYS.find((one) => one.key === key.split(/[.[]/)[0])?.en,
  effects: { ...CONNECTION, ...ACCESS, ...ROUTING },
  open: () => makeStage(),
});
