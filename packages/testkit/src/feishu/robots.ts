/** Custom robots of groups: an address with a token, security settings, 100 messages a minute and 5 a second. */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Board } from "../screen.ts";
import { type Answer, type Call, jsonOf } from "../server.ts";
import type { SimulatedGroup } from "../simulator.ts";
import { feishuError } from "./answers.ts";
import { boardPart, type ShownOf } from "./content.ts";
import { asJson, type Json } from "./json.ts";
import { type Bot, hash } from "./tenant.ts";

/** Security settings of a group's robot. Default none. */
export interface FeishuRobotSettings {
  /** A message without one of these is refused. */
  readonly keywords?: readonly string[];
  /** Signed calls only. */
  readonly isSigned?: boolean;
  /** This machine is not on the list of addresses. */
  readonly isAddressBarred?: boolean;
}

/** A group's robot, as options for the channel package, and who it is on the screen. */
export interface FeishuSimulatedRobot {
  /** As `from` of what it shows, and as the `bot` of a screen. */
  readonly id: string;
  readonly token: string;
  readonly secret?: string;
  readonly endpoints: { readonly api: string };
}

export interface Robots {
  add(group: SimulatedGroup, settings: FeishuRobotSettings): Omit<FeishuSimulatedRobot, "endpoints">;
  /** POST /open-apis/bot/v2/hook/:token. */
  send(call: Call): Answer;
}

interface Known extends FeishuRobotSettings {
  readonly id: string;
  readonly place: string;
  readonly secret: string | undefined;
  /** When messages were taken, within the last minute. */
  readonly recent: readonly number[];
}

const PER_MINUTE = 100;
const PER_SECOND = 5;
const MINUTE_MS = 60_000;
const SIGN_LIFE_S = 3_600;
const MAX_BYTES = 20_480;

export interface RobotsParts {
  readonly clock: Clock;
  readonly board: Board;
  readonly shownOf: ShownOf;
}

export function createRobots({ clock, board, shownOf }: RobotsParts): Robots {
  const robots = new Map<string, Known>();

  const take = (token: string, robot: Known): boolean => {
    const now = clock.now();
    const recent = robot.recent.filter((at) => at > now - MINUTE_MS);
    const second = recent.filter((at) => at > now - 1_000);
    if (recent.length >= PER_MINUTE || second.length >= PER_SECOND) return false;
    robots.set(token, { ...robot, recent: [...recent, now] });
    return true;
  };

  return {
    add(group, settings) {
      const token = hash(`robot ${robots.size} ${group.id}`, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
      const secret = settings.isSigned === true ? hash(`secret ${token}`, 22) : undefined;
      const id = `robot-${robots.size + 1}`;
      robots.set(token, { ...settings, id, place: group.id, secret, recent: [] });
      return { id, token, ...(secret === undefined ? {} : { secret }) };
    },
    send(call) {
      const token = call.url.pathname.split("/").at(-1) ?? "";
      const robot = robots.get(token);
      if (robot === undefined) return feishuError("19001", call);
      if (call.body.length > MAX_BYTES) return feishuError("9499", call);
      const message = asJson(jsonOf(call.body));
      const refusal = insecure(robot, message, clock.now());
      if (refusal !== undefined) return feishuError(refusal, call);
      const shown = shownOf(ROBOT, String(message["msg_type"]), contentOf(message));
      if (typeof shown === "string") return feishuError("9499", call);
      if (!take(token, robot)) return feishuError("11232", call);
      board.post({ id: randomUUID(), place: robot.place, from: robot.id, ...boardPart(shown) });
      return { status: 200, body: { code: 0, msg: "success", StatusCode: 0, StatusMessage: "success", data: {} } };
    },
  };
}

/** It owns nothing. */
const ROBOT: Bot = { name: "robot", appId: "", appSecret: "", openId: "" };

/** As messages of bots have it: `content` is an object here, a post one level deeper, a card beside it. */
function contentOf(message: Json): string | undefined {
  const content = asJson(message["content"]);
  if (message["msg_type"] === "interactive")
    return message["card"] === undefined ? undefined : JSON.stringify(message["card"]);
  if (message["msg_type"] === "post") return JSON.stringify(asJson(content["post"]));
  return typeof message["content"] === "object" ? JSON.stringify(content) : undefined;
}

/** The error that the security settings make of a message. */
function insecure(robot: Known, message: Json, nowMs: number): string | undefined {
  if (robot.isAddressBarred === true) return "19022";
  if (robot.secret !== undefined && !isSigned(message, robot.secret, nowMs)) return "19021";
  const { keywords = [] } = robot;
  const text = JSON.stringify(message);
  return keywords.length === 0 || keywords.some((one) => text.includes(one)) ? undefined : "19024";
}

function isSigned({ timestamp, sign }: Json, secret: string, nowMs: number): boolean {
  const given = Buffer.from(String(sign), "base64");
  const right = createHmac("sha256", `${String(timestamp)}\n${secret}`).digest();
  if (given.length !== right.length || !timingSafeEqual(given, right)) return false;
  return Math.abs(nowMs / 1_000 - Number(timestamp)) <= SIGN_LIFE_S;
}
