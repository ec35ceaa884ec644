/** DingTalk for the gateway. */
import { createDingTalk, createDingTalkRobot } from "@openclaw-china/dingtalk";
import { CONFIG_KEYS, dingTalkConfigSchema, parseDingTalkConfig } from "@openclaw-china/dingtalk/config";
import * as z from "zod";
import { address, name, proxy } from "../config/forms.ts";
import { type Platform, robotKind } from "./platform.ts";

const VARIABLES = {
  app_key: "DINGTALK_APP_KEY",
  app_secret: "DINGTALK_APP_SECRET",
  token: "DINGTALK_WEBHOOK_TOKEN",
};

const robot = z.strictObject({
  channel: z.literal("dingtalk"),
  access_token: name,
  secret: name.optional(),
  keyword: name.optional(),
  endpoints: z.strictObject({ oapi: address.optional() }).optional(),
  proxy: proxy.optional(),
});

export const DINGTALK: Platform = {
  id: "dingtalk",
  name: { en: "DingTalk", zh: "钉钉" },
  keys: CONFIG_KEYS,
  schema: dingTalkConfigSchema,
  read(block) {
    const { channels, routing } = parseDingTalkConfig(block);
    return channels.flatMap((options, at) => {
      const own = routing[at];
      if (own === undefined) return [];
      const credentials = { app_key: options.appKey, app_secret: options.appSecret };
      const missing = (["app_key", "app_secret"] as const)
        .filter((key) => credentials[key] === undefined)
        .map((key) => ({ key, variable: VARIABLES[key] }));
      return [{ routing: own, missing, channel: () => createDingTalk(options) }];
    });
  },
  variables: VARIABLES,
  otherNames: ["ding_talk", "dingding", "ding", "dingtalk_connector", "dingtalk_stream", "clawdbot_dingtalk"],
  kinds: { inGroups: ["text", "image"], textless: ["video", "file"] },
  hidesBots: true,
  reference: { en: "Every key may be left out.", zh: "各项均可省略。" },
  robot: robotKind(robot, {
    keys: [
      {
        key: "access_token",
        en: "What follows access_token= in the robot's address. Whoever has it can write to the group: write ${NAME}.",
        zh: "Webhook 地址中 access_token= 之后的内容。持有者即可向群发送消息:请写成 ${NAME}。",
      },
      {
        key: "secret",
        en: "Key of the signature, starts with SEC. Default none.",
        zh: "加签密钥,以 SEC 开头。默认不加签。",
      },
      {
        key: "keyword",
        en: "Appended where a message lacks it. Default none.",
        zh: "自定义关键词,消息中缺少时自动追加。默认无。",
      },
      { key: "endpoints", en: "Where the platform is.", zh: "平台地址。" },
      {
        key: "endpoints.oapi",
        en: "Default https://oapi.dingtalk.com.",
        zh: "默认 https://oapi.dingtalk.com。",
      },
    ],
    example: '"ops": { "channel": "dingtalk", "access_token": "${OPS_ROBOT_TOKEN}", "secret": "${OPS_ROBOT_SECRET}" }',
    open: ({ access_token: accessToken, secret, keyword, endpoints, proxy: way }) =>
      createDingTalkRobot({
        accessToken,
        ...(secret === undefined ? {} : { secret }),
        ...(keyword === undefined ? {} : { keyword }),
        ...(endpoints?.oapi === undefined ? {} : { endpoints: { oapi: endpoints.oapi } }),
        ...(way === undefined ? {} : { proxy: way }),
      }),
  }),
};
