/** What each key of the gateway's own file means, for the reference and for editors; beside the schema in file.ts. */
import type { Localized } from "@openclaw-china/core";
import type { Platform } from "../platforms/platform.ts";
import { PLATFORMS } from "../platforms/platforms.ts";

/** One key. `*` stands for a name that the operator chooses. */
export interface FileKey extends Localized {
  readonly key: string;
}

const DOCS: readonly (readonly [key: string, en: string, zh: string])[] = [
  ["$schema", "Address of the JSON Schema, for editors.", "JSON Schema 地址,供编辑器使用。"],
  ["agents", "Who answers, by name. Default none.", "应答者(按名称)。默认为空。"],
  ["agents.*.kind", "What the agent is; decides its other keys.", "agent 的类型,决定其他配置项。"],
  ["agents.*.model", "Name of the model.", "模型名称。"],
  [
    "agents.*.base_url",
    "Address of the OpenAI-compatible endpoint, usually ending in /v1. Default OPENAI_BASE_URL, else OpenAI itself.",
    "OpenAI 兼容接口地址,通常以 /v1 结尾。默认取 OPENAI_BASE_URL,否则为 OpenAI 官方地址。",
  ],
  [
    "agents.*.api_key",
    "Default OPENAI_API_KEY, from the environment or secrets.env. Needless where the endpoint is your own and asks for none.",
    "默认取 OPENAI_API_KEY(环境变量或 secrets.env)。自建且无需鉴权的接口可不填。",
  ],
  ["agents.*.system", "Instructions for the model.", "系统提示词。"],
  [
    "agents.*.memory_messages",
    "Messages of a conversation that the model is shown again; 0: none. At most 32,000 characters together, kept for 7 days. Default 20.",
    "每个会话带给模型的历史消息条数,0 表示不保留;合计最多 32,000 字符,保存 7 天。默认 20。",
  ],
  [
    "agents.*.url",
    "Address of the OpenClaw gateway, for example http://127.0.0.1:18789. Its chatCompletions endpoint must be on.",
    "OpenClaw 网关地址,如 http://127.0.0.1:18789;需启用其 chatCompletions 接口。",
  ],
  [
    "agents.*.token",
    "Token of the OpenClaw gateway. It has full power there: write ${NAME}, and keep the address private.",
    "OpenClaw 网关的 token,拥有其全部权限:请写成 ${NAME},并勿将地址暴露到公网。",
  ],
  ["agents.*.agent", "Id of the agent inside OpenClaw.", "OpenClaw 中的 agent id。"],
  ["channels", "The platforms.", "平台渠道。"],
  [
    "robots",
    "Custom robots of groups, by name: targets robot:<name> of gateway send. Default none.",
    "群自定义机器人(按名称),即 gateway send 的目标 robot:<名称>。默认为空。",
  ],
  ["robots.*.channel", "The platform of the group.", "群所在的平台。"],
  [
    "robots.*.proxy",
    '"env" (default): HTTPS_PROXY and its kin; "off"; or the address of a proxy.',
    '"env"(默认)按 HTTPS_PROXY 等环境变量;"off" 不使用;或填写代理地址。',
  ],
  ["state", "Where messages, replies and memory are kept.", "消息、回复与记忆的存储位置。"],
  [
    "state.file",
    "SQLite file, held by one process. Relative to the folder of the config file. Default openclaw-china.db.",
    "SQLite 文件,同一时间仅由一个进程持有。相对路径以配置文件所在目录为准。默认 openclaw-china.db。",
  ],
  ["http", "Where the gateway listens: health, readiness, webhooks.", "网关监听地址:健康检查、就绪检查、webhook。"],
  ["http.host", "Default 127.0.0.1: this machine only.", "默认 127.0.0.1,仅本机可访问。"],
  [
    "http.port",
    "0: any free port. --port and the variable PORT go before. Default 8787.",
    "0 表示任意空闲端口;--port 与环境变量 PORT 优先。默认 8787。",
  ],
  [
    "unknown_reply",
    'It is not known whether a reply arrived before a crash: "notice" (default) tells the person in a line, "resend" repeats it, "silent" says nothing.',
    '崩溃后无法确认回复是否已送达时:"notice"(默认)提示一行、"resend" 重发、"silent" 不处理。',
  ],
  [
    "when_busy",
    'A message comes while its conversation is being answered: "queue" (default) waits, "merge" joins the waiting ones into one turn, "interrupt" stops the running answer.',
    '会话正在应答时又收到消息:"queue"(默认)排队、"merge" 合并等待中的消息、"interrupt" 中断当前回答。',
  ],
  ["lanes", "Conversations answered at once. Default 64.", "同时应答的会话数。默认 64。"],
  [
    "stop_words",
    'A message that is exactly one of these stops the running answer. Default ["/stop", "停止"].',
    '内容恰为其中之一的消息会停止当前回答。默认 ["/stop", "停止"]。',
  ],
  [
    "max_age_ms",
    "Messages older than this on arrival are refused. Default 28800000 (8 hours).",
    "到达时已超过该时长的消息不再处理。默认 28800000(8 小时)。",
  ],
  [
    "turn_timeout_ms",
    "An answer that takes longer is stopped. Default 600000 (10 minutes).",
    "单次回答的最长时间。默认 600000(10 分钟)。",
  ],
  [
    "stop_timeout_ms",
    "On SIGTERM running answers get this long. Default 20000.",
    "收到 SIGTERM 后,正在进行的回答可继续的时间。默认 20000。",
  ],
];

/** The keys of a platform's robots, by the path that the file has them at. */
export function robotKeys({ robot }: Pick<Platform, "robot">): readonly FileKey[] {
  return robot.keys.map(({ key, en, zh }) => ({ key: `robots.*.${key}`, en, zh }));
}

const OWN: readonly FileKey[] = DOCS.map(([key, en, zh]) => ({ key, en, zh }));
const BLOCKS: readonly FileKey[] = PLATFORMS.map(({ id }) => ({
  key: `channels.${id}`,
  en: "See below.",
  zh: "见下文。",
}));
const ROBOTS = new Map(PLATFORMS.flatMap(robotKeys).map((one) => [one.key, one]));

/** Every key of the file with what it means, in the order of the reference; then those of the platforms. */
export const FILE_KEYS: readonly FileKey[] = [...OWN, ...BLOCKS, ...ROBOTS.values()];
