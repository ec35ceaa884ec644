/**
 * A webhook robot of a group: an address with a key, which sends and never hears. 20 messages a minute ("group robots" of
 * WeCom's documentation).
 */
import type { ChannelOptions, Clock, Outbound, Robot, Sent } from "@openclaw-china/core";
import {
  channelError,
  configError,
  createPacedRobot,
  createTransport,
  envSnapshot,
  originOf,
  readBytes,
  safeFileName,
  silentLogger,
  sniff,
  systemClock,
} from "@openclaw-china/core/internal";
import type { MessageBody } from "./api/frames.ts";
import { type RobotAt, sendByRobot, uploadToRobot } from "./api/robot.ts";
import { createMedia, type Loaded, MEDIA_LIMITS } from "./outbound/media.ts";
import { checkRobotMessage, robotCard, robotImage, robotText } from "./outbound/robot-body.ts";
import { TEXT_LIMITS } from "./outbound/render.ts";

/** What the group's settings show of the robot. Give one robot to one object: each counts its own messages. */
export interface WeComRobotOptions {
  /** The `key` of the webhook address. Missing: `secret_missing` when it is first used. */
  readonly key: string | undefined;
  /** Default https://qyapi.weixin.qq.com. */
  readonly endpoints?: { readonly api?: string };
  readonly proxy?: ChannelOptions["proxy"];
}

const PER_MINUTE = 20;
const MINUTE_MS = 60_000;
/** Less than markdown may hold, for the names of who is notified. */
const MAX_TEXT_BYTES = TEXT_LIMITS.robot - 512;

/** A webhook robot of a group. 20 messages a minute. Throws `config_invalid`. */
export function createWeComRobot(options: WeComRobotOptions): Robot {
  return weComRobotAt(systemClock(), options);
}

/** The same in the time of a clock. */
export function weComRobotAt(clock: Clock, options: WeComRobotOptions): Robot {
  const api = originOf("endpoints.api", options.endpoints?.api, "https://qyapi.weixin.qq.com");
  const key = options.key?.trim() ?? "";
  if (/[/?=&]/.test(key)) throw wholeAddress();
  const http = createTransport({ env: envSnapshot() });
  const robot: RobotAt = { http, clock, proxy: options.proxy ?? "env", api, key };
  const prepare = createMedia({ log: silentLogger(), account: "robot", load });

  const bodyOf = async (message: Outbound, signal: AbortSignal): Promise<MessageBody> => {
    if (message.kind === "card") return robotCard(message);
    if (message.kind !== "media") return robotText(message);
    const content = await prepare(message, signal);
    if (content.kind !== "file") return robotText(content);
    const { file } = content;
    const image = file.type === "image" ? robotImage(file.bytes, file.contentType) : undefined;
    if (image !== undefined) return image;
    const type = file.type === "voice" ? "voice" : "file";
    const mediaId = await uploadToRobot(robot, { ...file, type }, signal);
    return { msgtype: type, [type]: { media_id: mediaId } };
  };

  return createPacedRobot({
    clock,
    what: "the group robot",
    perWindow: PER_MINUTE,
    windowMs: MINUTE_MS,
    limits: { maxBytes: MAX_TEXT_BYTES },
    check(message) {
      if (key === "") throw keyMissing();
      checkRobotMessage(message);
    },
    async post(message): Promise<Sent> {
      const { signal } = new AbortController(); // the call ends by its own deadline: what is on its way is not called off
      await sendByRobot(robot, await bodyOf(message, signal), signal);
      const id = `robot:${crypto.randomUUID()}`; // the platform gives none
      return { channel: "wecom", account: "robot", id, sentAt: clock.now(), parts: [] };
    },
    onClosed: () => http.close(),
  });
}

/** A robot hears nothing, so no file came in through it; an address is fetched by who has it. */
async function load(file: Extract<Outbound, { readonly kind: "media" }>["file"]): Promise<Loaded> {
  if (!(file instanceof Blob)) throw onlyBlobs();
  const bytes = await readBytes(file.stream(), MEDIA_LIMITS.file.maxBytes);
  const { extension } = sniff(bytes);
  return { bytes, name: file instanceof File ? file.name : safeFileName(undefined, `file.${extension}`) };
}

function onlyBlobs(): Error {
  return configError("a group robot sends files that are in memory", {
    en: "Pass new File(…), or a Blob of fs.openAsBlob; for an address send a link.",
    zh: "请传入 new File(…) 或 fs.openAsBlob 得到的 Blob;网络地址请以链接形式发送。",
  });
}

function wholeAddress(): Error {
  return configError("key of a group robot is a whole address, or a part of one", {
    en: "Write only what follows key= in the robot's address.",
    zh: "请仅填写 Webhook 地址中 key= 之后的内容。",
  });
}

function keyMissing(): Error {
  return channelError({
    code: "secret_missing",
    kind: "config",
    channel: "wecom",
    message: "key of the group robot is missing",
    fix: {
      en: "Pass key, or write robots.<name>.key in the config file: what follows key= in the robot's address.",
      zh: "请传入 key,或在配置文件中填写 robots.<名称>.key:即 Webhook 地址中 key= 之后的内容。",
    },
  });
}
