/** The products whose files are understood, and where in those files their blocks are. */
import { ASTRBOT, BYTEPIONEER, CLAWDBOT, CONNECTOR, DINGTALK, KOISHI, LANGBOT, SOIMY } from "./dingtalk.ts";
import { WECOM, WECOM_APP, WECOM_BOT, WECOM_KF } from "./wecom.ts";
import { type FoundBlock, isJson, type Json, knownKeys, type Product } from "./table.ts";

/** In order: the first of equals counts. A further channel adds its products here. */
export const PRODUCTS: readonly Product[] = [
  {
    ...DINGTALK,
    id: "bytepioneer",
    title: "BytePioneer-AI/openclaw-china",
    find: channelBlock("dingtalk"),
    rows: BYTEPIONEER,
    remarks: [
      {
        en: "Answers went as markdown there unless enableAICard was true; here they grow in cards unless streaming is off.",
        zh: "原插件默认以 markdown 回答(除非 enableAICard 为 true);此处默认以卡片流式回答(除非 streaming 为 off)。",
      },
    ],
  },
  {
    ...DINGTALK,
    id: "soimy",
    title: "soimy/openclaw-channel-dingtalk",
    find: channelBlock("dingtalk"),
    rows: SOIMY,
    remarks: [
      {
        en: 'Answers went as markdown there unless messageType was "card"; here they grow in cards unless streaming is off.',
        zh: '原插件默认以 markdown 回答(除非 messageType 为 "card");此处默认以卡片流式回答(除非 streaming 为 off)。',
      },
    ],
  },
  {
    ...DINGTALK,
    id: "dingtalk-connector",
    title: "DingTalk-Real-AI/dingtalk-openclaw-connector",
    find: channelBlock("dingtalk-connector"),
    rows: CONNECTOR,
  },
  {
    ...DINGTALK,
    id: "clawdbot-dingtalk",
    title: "clawdbot-dingtalk",
    find: channelBlock("clawdbot-dingtalk", "moltbot-dingtalk-stream", "openclaw-dingtalk-stream"),
    rows: CLAWDBOT,
  },
  { ...DINGTALK, id: "koishi", title: "Koishi adapter-dingtalk", find: koishiBlocks, rows: KOISHI },
  { ...DINGTALK, id: "langbot", title: "LangBot", find: langbotBlocks, rows: LANGBOT },
  { ...DINGTALK, id: "astrbot", title: "AstrBot", find: astrbotBlocks, rows: ASTRBOT },
  { ...WECOM, id: "wecom", title: "WeCom plugins of OpenClaw", find: channelBlock("wecom"), rows: WECOM_BOT },
  { ...WECOM, id: "wecom-app", title: "WeCom application plugin", find: channelBlock("wecom-app"), rows: WECOM_APP },
  { ...WECOM, id: "wecom-kf", title: "WeCom customer service plugin", find: channelBlock("wecom-kf"), rows: WECOM_KF },
];

/** The product of a file. Several have one block name: whose keys fit best. Undefined: none of them. */
export function productOf(file: unknown): Product | undefined {
  const fits = PRODUCTS.map((product) => {
    const keys = product.find(file).flatMap((block) => allKeys(block.keys));
    return { product, known: keys.reduce((sum, one) => sum + knownKeys(product.rows, one), 0) };
  });
  const best = Math.max(...fits.map(({ known }) => known));
  return best === 0 ? undefined : fits.find(({ known }) => known === best)?.product;
}

function allKeys(keys: Json): readonly Json[] {
  const accounts = keys["accounts"];
  return [keys, ...(isJson(accounts) ? Object.values(accounts).filter(isJson) : [])];
}

/** `channels.<name>` of an OpenClaw file, or the block alone. */
function channelBlock(...names: readonly string[]): Product["find"] {
  return (file) => {
    if (!isJson(file)) return [];
    const channels = isJson(file["channels"]) ? file["channels"] : file;
    const place = channels === file ? "" : "channels.";
    return names.flatMap((name): readonly FoundBlock[] => {
      const keys = channels[name];
      return isJson(keys) ? [{ path: `${place}${name}`, keys }] : [];
    });
  };
}

/** Plugins may stand in groups; `~` before a name switches it off. */
function koishiBlocks(file: unknown): readonly FoundBlock[] {
  const blocks: FoundBlock[] = [];
  const look = (plugins: Json, path: string): void => {
    for (const [name, keys] of Object.entries(plugins)) {
      if (!isJson(keys)) continue;
      const [, off, id = ""] = /^(~?)(?:@[\w-]+\/)?(?:koishi-plugin-)?adapter-dingtalk(?::(.*))?$/.exec(name) ?? [];
      if (off === undefined) {
        if (/^~?group(:|$)/.test(name)) look(keys, `${path}.${name}`);
        continue;
      }
      const own = Object.fromEntries(Object.entries(keys).filter(([key]) => !key.startsWith("$")));
      blocks.push({
        path: `${path}.${name}`,
        keys: off === "~" ? { ...own, enabled: false } : own,
        ...(id === "" ? {} : { account: id }),
      });
    }
  };
  if (isJson(file) && isJson(file["plugins"])) look(file["plugins"], "plugins");
  return blocks;
}

/** A list of adapters, or one bot with its `adapter_config`. */
function langbotBlocks(file: unknown): readonly FoundBlock[] {
  if (!isJson(file)) return [];
  const list = file["platform-adapters"] ?? file["bots"] ?? [file];
  if (!Array.isArray(list)) return [];
  const place =
    file["platform-adapters"] === undefined ? (file["bots"] === undefined ? "" : "bots") : "platform-adapters";
  return list.flatMap((one: unknown, at): readonly FoundBlock[] => {
    if (!isJson(one) || one["adapter"] !== "dingtalk") return [];
    const path = place === "" ? "" : `${place}[${at}]`;
    const inner = one["adapter_config"];
    if (isJson(inner)) return [{ path: `${path}${path === "" ? "" : "."}adapter_config`, keys: inner }];
    return [{ path: path === "" ? "(file)" : path, keys: one }];
  });
}

function astrbotBlocks(file: unknown): readonly FoundBlock[] {
  const list = isJson(file) ? file["platform"] : undefined;
  if (!Array.isArray(list)) return [];
  return list.flatMap((one: unknown, at): readonly FoundBlock[] => {
    if (!isJson(one) || one["type"] !== "dingtalk") return [];
    const id = one["id"];
    return [{ path: `platform[${at}]`, keys: one, ...(typeof id === "string" ? { account: id } : {}) }];
  });
}
