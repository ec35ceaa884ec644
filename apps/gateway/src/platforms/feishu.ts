/** Feishu and Lark for the gateway. */
import { createFeishu, createFeishuRobot } from "@openclaw-china/feishu";
import { CONFIG_KEYS, feishuConfigSchema, parseFeishuConfig } from "@openclaw-china/feishu/config";
import * as z from "zod";
import { address, name, proxy } from "../config/forms.ts";
import { type Platform, robotKind } from "./platform.ts";

const VARIABLES = { app_id: "FEISHU_APP_ID", app_secret: "FEISHU_APP_SECRET" };

const robot = z.strictObject({
  channel: z.literal("feishu"),
  token: name,
  secret: name.optional(),
  keyword: name.optional(),
  domain: z.enum(["feishu", "lark"]).optional(),
  endpoints: z.strictObject({ api: address.optional() }).optional(),
  proxy: proxy.optional(),
});

export const FEISHU: Platform = {
  id: "feishu",
  name: { en: "Feishu", zh: "飞书" },
  keys: CONFIG_KEYS,
  schema: feishuConfigSchema,
  read(block) {
    const { channels, routing } = parseFeishuConfig(block);
    return channels.flatMap((options, at) => {
      const own = routing[at];
      if (own === undefined) return [];
      const credentials = { app_id: options.appId, app_secret: options.appSecret };
      const missing = (["app_id", "app_secret"] as const)
        .filter((key) => credentials[key] === undefined)
        .map((key) => ({ key, variable: VARIABLES[key] }));
      return [{ routing: own, missing, channel: () => createFeishu(options) }];
    });
  },
  variables: VARIABLES,
  otherNames: ["lark", "feishu_bot", "lark_bot", "openclaw_lark"],
  kinds: { inGroups: ["text", "image", "file", "voice", "video"], textless: ["video", "file"] },
  reference: {
    en: "Every key may be left out; webhook mode needs `verification_token` or `encrypt_key`.",
    zh: "各项均可省略;webhook 模式需要 `verification_token` 或 `encrypt_key`。",
  },
  robot: robotKind(robot, {
    keys: [
      {
        key: "token",
        en: "Last part of the robot's address. Whoever has it can write to the group: write ${NAME}.",
        zh: "Webhook 地址的最后一段。持有者即可向群发送消息:请写成 ${NAME}。",
      },
      { key: "secret", en: "Key of the signature. Default none.", zh: "签名密钥。默认不签名。" },
      {
        key: "keyword",
        en: "Appended where a message lacks it. Default none.",
        zh: "自定义关键词,消息中缺少时自动追加。默认无。",
      },
      { key: "domain", en: '"feishu" (default) or "lark".', zh: '"feishu"(默认)或 "lark"。' },
      { key: "endpoints", en: "Where the platform is.", zh: "平台地址。" },
      { key: "endpoints.api", en: "Default that of the domain.", zh: "默认取 domain 对应的地址。" },
    ],
    example: '"oncall": { "channel": "feishu", "token": "${ONCALL_ROBOT_TOKEN}", "secret": "${ONCALL_ROBOT_SECRET}" }',
    open: ({ token, secret, keyword, domain, endpoints, proxy: way }) =>
      createFeishuRobot({
        token,
        ...(secret === undefined ? {} : { secret }),
        ...(keyword === undefined ? {} : { keyword }),
        ...(domain === undefined ? {} : { domain }),
        ...(endpoints?.api === undefined ? {} : { endpoints: { api: endpoints.api } }),
        ...(way === undefined ? {} : { proxy: way }),
      }),
  }),
};
