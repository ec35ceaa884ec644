/** A custom bot of a group: an address with a token, which sends and never hears. 100 messages a minute, 5 a second. */
import type { ChannelOptions, Clock, Outbound, Robot, Sent } from "@openclaw-china/core";
import {
  channelError,
  configError,
  createPacedRobot,
  createTransport,
  envSnapshot,
  systemClock,
} from "@openclaw-china/core/internal";
import { postToHook } from "./api/robot.ts";
import { type FeishuOptions, settingsOf } from "./options.ts";
import { checkRobotMessage, robotBody } from "./outbound/robot-body.ts";
import { robotSignature } from "./signature.ts";

/** What the group's settings show of the robot. Give one robot to one object: each counts its own messages. */
export interface FeishuRobotOptions {
  /** Last part of the webhook address. Missing: `secret_missing` when it is first used. */
  readonly token: string | undefined;
  /** Absent: the robot is guarded by keyword or address. */
  readonly secret?: string | undefined;
  /** Default `"feishu"`. */
  readonly domain?: FeishuOptions["domain"];
  readonly endpoints?: FeishuOptions["endpoints"];
  /** Appended where a message lacks it. */
  readonly keyword?: string;
  readonly proxy?: ChannelOptions["proxy"];
}

/** 5 in 3 s are 100 a minute, and never more than 5 in one second. */
const PER_WINDOW = 5;
const WINDOW_MS = 3_000;
const MAX_CHARS = 4_000;
const MAX_TEXT_BYTES = 14_000;

/** A group's custom bot. 100 messages a minute, 5 a second. Throws `config_invalid`. */
export function createFeishuRobot(options: FeishuRobotOptions): Robot {
  return feishuRobotAt(systemClock(), options);
}

/** The same in the time of a clock. */
export function feishuRobotAt(clock: Clock, options: FeishuRobotOptions): Robot {
  const { domain, endpoints: given, proxy: through, keyword } = options;
  const { endpoints, proxy } = settingsOf({
    ...(domain === undefined ? {} : { domain }),
    ...(given === undefined ? {} : { endpoints: given }),
    ...(through === undefined ? {} : { proxy: through }),
  });
  const token = options.token?.trim() ?? "";
  const secret = options.secret?.trim() ?? "";
  if (/[/?=&]/.test(token)) throw wholeAddress();
  const http = createTransport({ env: envSnapshot() });

  const post = async (message: Outbound): Promise<Sent> => {
    const body = robotBody(message, keyword);
    const timestamp = String(Math.floor(clock.now() / 1_000));
    const json = secret === "" ? body : { timestamp, sign: robotSignature(timestamp, secret), ...body };
    await postToHook({ http, clock }, { api: endpoints.api, token, json, proxy, secrets: [token, secret] });
    const id = `robot:${crypto.randomUUID()}`; // the platform gives none
    return { channel: "feishu", account: "robot", id, sentAt: clock.now(), parts: [] };
  };

  return createPacedRobot({
    clock,
    what: "the group robot",
    perWindow: PER_WINDOW,
    windowMs: WINDOW_MS,
    limits: { maxChars: MAX_CHARS, maxBytes: MAX_TEXT_BYTES },
    check(message) {
      if (token === "") throw tokenMissing();
      checkRobotMessage(message);
    },
    post,
    onClosed: () => http.close(),
  });
}

function wholeAddress(): Error {
  return configError("token of a group robot is a whole address, or a part of one", {
    en: "Write only the last part of the robot's address, behind /hook/.",
    zh: "请仅填写 Webhook 地址中 /hook/ 之后的最后一段。",
  });
}

function tokenMissing(): Error {
  return channelError({
    code: "secret_missing",
    kind: "config",
    channel: "feishu",
    message: "token of the group robot is missing",
    fix: {
      en: "Pass token: the last part of the robot's address.",
      zh: "请传入 token:即 Webhook 地址的最后一段。",
    },
  });
}
