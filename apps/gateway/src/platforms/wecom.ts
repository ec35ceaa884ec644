/** WeCom for the gateway. */
import { createWeCom, createWeComRobot } from "@openclaw-china/wecom";
import { CONFIG_KEYS, parseWeComConfig, weComConfigSchema } from "@openclaw-china/wecom/config";
import * as z from "zod";
import { address, name, proxy } from "../config/forms.ts";
import { type Platform, robotKind } from "./platform.ts";

const VARIABLES = { bot_id: "WECOM_BOT_ID", bot_secret: "WECOM_BOT_SECRET" };

const robot = z.strictObject({
  channel: z.literal("wecom"),
  key: name,
  endpoints: z.strictObject({ api: address.optional() }).optional(),
  proxy: proxy.optional(),
});

export const WECOM: Platform = {
  id: "wecom",
  name: { en: "WeCom", zh: "企业微信" },
  keys: CONFIG_KEYS,
  schema: weComConfigSchema,
  read(block) {
    const { channels, routing } = parseWeComConfig(block);
    return channels.flatMap((options, at) => {
      const own = routing[at];
      return own === undefined
        ? []
        : [{ routing: own, missing: missingOf(options), channel: () => createWeCom(options) }];
    });
  },
  variables: VARIABLES,
  usesVariables: ({ mode, bot_id: bot, app, kf }) => (mode ?? bot) !== undefined || (app ?? kf) === undefined,
  otherNames: ["we_com", "wecom_bot", "wecom_app", "wecom_kf", "wework", "wxwork", "work_weixin", "qywx", "qyweixin"],
  kinds: { inGroups: ["text", "image"], textless: ["video", "file"] },
  hidesBots: true,
  reference: {
    en: "Every key may be left out. Without `mode` and `bot_id`, `app` or `kf` make an account without a bot.",
    zh: "各项均可省略。未设置 `mode` 与 `bot_id` 时,只有 `app` 或 `kf` 的账号没有机器人。",
  },
  robot: robotKind(robot, {
    keys: [
      {
        key: "key",
        en: "What follows key= in the robot's address. Whoever has it can write to the group: write ${NAME}.",
        zh: "Webhook 地址中 key= 之后的内容。持有者即可向群发送消息:请写成 ${NAME}。",
      },
      { key: "endpoints", en: "Where the platform is.", zh: "平台地址。" },
      {
        key: "endpoints.api",
        en: "Default https://qyapi.weixin.qq.com.",
        zh: "默认 https://qyapi.weixin.qq.com。",
      },
    ],
    example: '"duty": { "channel": "wecom", "key": "${DUTY_ROBOT_KEY}" }',
    open: ({ key, endpoints, proxy: way }) =>
      createWeComRobot({
        key,
        ...(endpoints?.api === undefined ? {} : { endpoints: { api: endpoints.api } }),
        ...(way === undefined ? {} : { proxy: way }),
      }),
  }),
};

type Options = ReturnType<typeof parseWeComConfig>["channels"][number];

/** Only a bot over its long connection has credentials with a default; those of `app` and `kf` are demanded by the schema. */
function missingOf(options: Options): readonly { readonly key: string; readonly variable: string }[] {
  if (options.mode === "webhook") return [];
  const credentials = { bot_id: options.botId, bot_secret: options.botSecret };
  const isAlone =
    options.mode === undefined && options.botId === undefined && (options.app ?? options.kf) !== undefined;
  if (isAlone) return [];
  return (["bot_id", "bot_secret"] as const)
    .filter((key) => credentials[key] === undefined)
    .map((key) => ({ key, variable: VARIABLES[key] }));
}
