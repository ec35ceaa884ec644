/**
 * What only a metered call can tell: the app's permissions, whether the robot code is this app's, whether the card template is
 * published and has its streaming variable. Nothing of it is seen by anybody: the card is delivered to nobody, the file is none.
 */
import { ChannelError, type Localized } from "@openclaw-china/core";
import { errorFinding, type Found } from "@openclaw-china/core/internal";
import { createCard, streamCard } from "./api/cards.ts";
import type { Client } from "./api/client.ts";
import { fileAddress } from "./api/media.ts";
import { findKnown } from "./errors.ts";
import type { Settings } from "./options.ts";

const CONSOLE = "https://open-dev.dingtalk.com/fe/app";
const TEMPLATES = "https://open-dev.dingtalk.com/fe/card";

export interface PermissionDeps {
  readonly client: Client;
  readonly settings: Pick<Settings, "template" | "ownTemplate" | "streaming">;
  readonly robotCode: string;
}

interface Check {
  readonly scope: string;
  readonly what: Localized;
  /** What is fine, when it is. */
  readonly fine: Localized;
  readonly url: string;
  readonly ask: () => Promise<unknown>;
  /** A refusal that proves that everything else was let through. */
  readonly proof?: RegExp;
}

/** The calls that `probe` makes when it may spend, one after the other: a later one needs what an earlier one made. */
export async function probePermissions(deps: PermissionDeps, signal: AbortSignal): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const check of checksOf(deps, signal)) {
    const one = await outcomeOf(check);
    found.push(one);
    if (one.level !== "ok" && check.scope !== ROBOT) break;
  }
  return found;
}

/** What was not asked for, and what it would cost. */
export function permissionsNotAsked(settings: PermissionDeps["settings"]): Found {
  const scopes = settings.streaming === "off" ? [ROBOT] : [ROBOT, CREATE, STREAM];
  const calls = scopes.length;
  return {
    level: "ok",
    code: "metered_not_asked",
    cause: {
      en: `Not asked, as it costs ${calls} metered call${calls === 1 ? "" : "s"} of the month: permissions (${scopes.join(", ")}), robot code, card template. gateway doctor --spend asks.`,
      zh: `未检查:权限(${scopes.join("、")})、机器人编码与卡片模板,检查需消耗 ${calls} 次本月接口调用量。如需检查,请运行 gateway doctor --spend。`,
    },
  };
}

const ROBOT = "qyapi_robot_sendmsg";
const CREATE = "Card.Instance.Write";
const STREAM = "Card.Streaming.Write";

function checksOf({ client, settings, robotCode }: PermissionDeps, signal: AbortSignal): readonly Check[] {
  const { template, ownTemplate, streaming } = settings;
  const outTrackId = `oc-doctor-${crypto.randomUUID()}`;
  const robot: Check = {
    scope: ROBOT,
    what: { en: "The bot may not send messages and fetch files", zh: "机器人无法发送消息与下载文件" },
    fine: { en: `Permission ${ROBOT} is granted.`, zh: `已有权限 ${ROBOT}。` },
    url: CONSOLE,
    ask: () => fileAddress(client, { downloadCode: "openclaw-china-doctor", robotCode }, signal),
    proof: /^invalidParameter\.downloadCode/,
  };
  if (streaming === "off") return [robot];
  const state = ownTemplate ? {} : { flowStatus: "1" };
  const cardParamMap = { [template.streamingKey]: "", ...state };
  const frame = { outTrackId, guid: crypto.randomUUID(), key: template.streamingKey, content: "doctor" };
  return [
    robot,
    {
      scope: CREATE,
      what: { en: "No card can be created", zh: "无法创建卡片" },
      fine: {
        en: `Permission ${CREATE} is granted, and the card template ${template.id} is published.`,
        zh: `已有权限 ${CREATE},卡片模板 ${template.id} 已发布。`,
      },
      url: TEMPLATES,
      ask: () => createCard(client, { cardTemplateId: template.id, outTrackId, cardParamMap }, signal),
    },
    {
      scope: STREAM,
      what: { en: "Nothing can be streamed into a card", zh: "无法流式更新卡片" },
      fine: {
        en: `Permission ${STREAM} is granted, and ${template.streamingKey} is the template's streaming variable.`,
        zh: `已有权限 ${STREAM},流式变量 ${template.streamingKey} 正确。`,
      },
      url: TEMPLATES,
      ask: () => streamCard(client, { ...frame, isFinalize: true, isError: false }, signal),
    },
  ];
}

/** What the platform does not clearly refuse for one of the listed reasons is told and left to a person. */
async function outcomeOf({ what, fine, url, scope, ask, proof }: Check): Promise<Found> {
  try {
    await ask();
    return { level: "ok", code: "permission", cause: fine };
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    const { code = "", message = "" } = error.platform ?? {};
    if (proof?.test(code) === true) return { level: "ok", code: "permission", cause: fine };
    const known = findKnown(code, message);
    const page = error.code === "permission_missing" ? CONSOLE : (known?.page ?? url);
    const finding = errorFinding(error, { what, cause: named(known?.cause, scope, error), url: page });
    const isClear = CLEAR.has(error.code) || code === "unknownError";
    return isClear ? finding : { ...finding, level: "warning" };
  }
}

/** Reasons that a person must see to. */
const CLEAR: ReadonlySet<string> = new Set([
  "permission_missing",
  "config_invalid",
  "target_unknown",
  "credentials_rejected",
  "address_not_allowed",
  "quota_exhausted",
]);

function named(cause: Localized | undefined, scope: string, { code, message }: ChannelError): Localized {
  if (code !== "permission_missing") return cause ?? { en: message, zh: message };
  return { en: `The permission ${scope} is not granted.`, zh: `尚未开通权限 ${scope}。` };
}
