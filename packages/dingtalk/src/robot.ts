/**
 * A custom robot of a group: an address with a token, which sends and never hears. 20 messages a minute, and ten minutes of
 * silence beyond ("Custom robots" of DingTalk's documentation).
 */
import {
  type ChannelOptions,
  ChannelError,
  type Clock,
  type Localized,
  type Outbound,
  type Robot,
  type Sent,
} from "@openclaw-china/core";
import {
  channelError,
  configError,
  createPacedRobot,
  createTransport,
  envSnapshot,
  exchange,
  systemClock,
} from "@openclaw-china/core/internal";
import { judge } from "./api/judge.ts";
import { dingtalkError, type Trouble, unclearError } from "./errors.ts";
import { settingsOf } from "./options.ts";
import { checkRobotMessage, robotBody } from "./outbound/robot-body.ts";
import { signedRobotUrl } from "./signature.ts";

/** What the group's settings show of the robot. Give one robot to one object: each counts its own messages. */
export interface DingTalkRobotOptions {
  /** What follows `access_token=` in the robot's address. Missing: `secret_missing` when it is first used. */
  readonly accessToken: string | undefined;
  /** Starts with SEC. Absent: the robot is guarded by keyword or address. */
  readonly secret?: string | undefined;
  /** Appended where a message lacks it. */
  readonly keyword?: string;
  /** Default https://oapi.dingtalk.com. */
  readonly endpoints?: { readonly oapi?: string };
  readonly proxy?: ChannelOptions["proxy"];
}

const PER_MINUTE = 20;
const MINUTE_MS = 60_000;
const MUTED_MS = 600_000;
/** Clients stop drawing longer markdown. */
const MAX_CHARS = 3_800;
const MAX_TEXT_BYTES = 14_000;
const WHAT = "send to the group by its robot";

/** A custom robot of a group. 20 messages a minute; the platform mutes for ten minutes beyond. Throws `config_invalid`. */
export function createDingTalkRobot(options: DingTalkRobotOptions): Robot {
  return dingTalkRobotAt(systemClock(), options);
}

/** The same in the time of a clock. */
export function dingTalkRobotAt(clock: Clock, options: DingTalkRobotOptions): Robot {
  const { endpoints, proxy } = settingsOf({
    ...(options.endpoints === undefined ? {} : { endpoints: options.endpoints }),
    ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
  });
  const accessToken = options.accessToken?.trim() ?? "";
  const secret = options.secret?.trim() ?? "";
  if (/[/?=&]/.test(accessToken)) throw wholeAddress();
  const http = createTransport({ env: envSnapshot() });
  const secrets = [accessToken, secret, encodeURIComponent(accessToken)];

  const post = async (message: Outbound): Promise<Sent> => {
    const json = robotBody(message, options.keyword);
    const address = `${endpoints.oapi}/robot/send?access_token=${encodeURIComponent(accessToken)}`;
    const url = secret === "" ? address : signedRobotUrl(address, { secret, nowMs: clock.now() });
    const signal = new AbortController().signal; // the call ends by its own deadline: what is on its way is not called off
    const answer = await exchange({ http, clock }, { method: "POST", url, json, proxy, signal });
    const said = judge(answer, { what: WHAT, auth: "none", secrets });
    if (String(said["errcode"]) !== "0") throw unclearError(WHAT, "errcode");
    const id = `robot:${crypto.randomUUID()}`; // the platform gives none
    return { channel: "dingtalk", account: "robot", id, sentAt: clock.now(), parts: [] };
  };

  return createPacedRobot({
    clock,
    what: "the group robot",
    perWindow: PER_MINUTE,
    windowMs: MINUTE_MS,
    limits: { maxChars: MAX_CHARS, maxBytes: MAX_TEXT_BYTES },
    check(message) {
      if (accessToken === "") throw tokenMissing();
      checkRobotMessage(message);
    },
    post: (message) => post(message).catch((error: unknown) => Promise.reject(asOfRobot(error))),
    onClosed: () => http.close(),
  });
}

interface Meaning {
  readonly trouble: Trouble;
  readonly cause: Localized;
  readonly fix: Localized;
}

/** Codes that mean something else of a group's robot than of a session webhook. */
const NO_TOKEN: Meaning = {
  trouble: "credentials",
  cause: { en: "DingTalk does not know this access_token of a group robot", zh: "钉钉不认可该群机器人的 access_token" },
  fix: {
    en: "Copy what follows access_token= in the robot's address (group settings → robots); the robot may have been removed.",
    zh: "请在群设置的机器人页面重新复制 Webhook 地址中 access_token= 之后的内容;机器人可能已被移除。",
  },
};
const SWITCHED_OFF: Meaning = {
  trouble: "barred",
  cause: { en: "the group robot is switched off", zh: "群机器人已停用" },
  fix: { en: "Switch it on in the group's settings.", zh: "请在群设置中启用该机器人。" },
};
const MEANINGS: Readonly<Record<string, Meaning>> = {
  "300001": NO_TOKEN,
  "300005": NO_TOKEN,
  "400101": NO_TOKEN,
  "400106": NO_TOKEN,
  "400102": SWITCHED_OFF,
};

/** The catalogue's error as it is meant for a group's robot. */
function asOfRobot(error: unknown): unknown {
  if (!(error instanceof ChannelError) || error.platform === undefined) return error;
  const { platform, message, fix } = error;
  if (platform.code === "130101")
    return dingtalkError("muted", { message, fix, platform, verdict: { kind: "retryLater", afterMs: MUTED_MS } });
  const meaning = MEANINGS[platform.code];
  if (meaning === undefined) return error;
  const { trouble, cause } = meaning;
  return dingtalkError(trouble, {
    message: `cannot ${WHAT}: ${cause.en} (${platform.code})`,
    fix: { en: meaning.fix.en, zh: `${cause.zh}。${meaning.fix.zh}` },
    platform,
  });
}

function wholeAddress(): Error {
  return configError("accessToken of a group robot is a whole address, or a part of one", {
    en: "Write only what follows access_token= in the robot's address; signature and timestamp are added by themselves.",
    zh: "请仅填写 Webhook 地址中 access_token= 之后的内容;签名与时间戳会自动添加。",
  });
}

function tokenMissing(): Error {
  return channelError({
    code: "secret_missing",
    kind: "config",
    channel: "dingtalk",
    message: "accessToken of the group robot is missing",
    fix: {
      en: "Pass accessToken, or write robots.<name>.access_token in the config file: what follows access_token= in the robot's address.",
      zh: "请传入 accessToken,或在配置文件中填写 robots.<名称>.access_token:即 Webhook 地址中 access_token= 之后的内容。",
    },
  });
}
