/** Custom robots of groups: an address with a token, security settings, 20 messages a minute and ten minutes of silence. */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Board, Posted } from "../screen.ts";
import { type Answer, type Call, jsonOf } from "../server.ts";
import type { SimulatedGroup } from "../simulator.ts";
import { dingTalkError } from "./answers.ts";
import { hash } from "./tenant.ts";

/** Security settings of a group's robot; the platform wants at least one of them. Default a signature. */
export interface RobotSettings {
  /** A message without one of these is refused. */
  readonly keywords?: readonly string[];
  /** Signed calls only. Default true where there are no keywords. */
  readonly isSigned?: boolean;
  /** Address of the list that this machine is not on. */
  readonly isAddressBarred?: boolean;
}

/** A group's robot, as options for the channel package, and who it is on the screen. */
export interface SimulatedRobot {
  /** As `from` of what it shows, and as the `bot` of a screen. */
  readonly id: string;
  readonly accessToken: string;
  readonly secret?: string;
  readonly endpoints: { readonly oapi: string };
}

interface Known extends RobotSettings {
  readonly id: string;
  readonly place: string;
  readonly secret: string | undefined;
  /** When messages were taken, within the last minute. */
  recent: readonly number[];
  mutedUntil: number;
}

export interface CustomRobots {
  add(group: SimulatedGroup, settings: RobotSettings): Omit<SimulatedRobot, "endpoints">;
  send(call: Call): Answer;
}

const PER_MINUTE = 20;
const MINUTE_MS = 60_000;
const MUTE_MS = 600_000;
const SIGN_LIFE_MS = 3_600_000;
const MAX_BYTES = 20_000;

export interface CustomRobotParts {
  readonly clock: Clock;
  readonly board: Board;
  /** What people see of a body, or the error code it gets. */
  readonly shownOf: (
    type: string,
    content: Readonly<Record<string, unknown>>,
  ) => Pick<Posted, "kind" | "text"> | string;
}

export function createCustomRobots({ clock, board, shownOf }: CustomRobotParts): CustomRobots {
  const robots = new Map<string, Known>();
  return {
    add(group, settings) {
      const { keywords = [], isSigned = keywords.length === 0 } = settings;
      const accessToken = hash(`robot ${robots.size} ${group.id}`, 64);
      const secret = isSigned ? `SEC${hash(`secret ${accessToken}`, 64)}` : undefined;
      const id = `robot-${robots.size + 1}`;
      robots.set(accessToken, { ...settings, id, place: group.id, secret, recent: [], mutedUntil: 0 });
      return { id, accessToken, ...(secret === undefined ? {} : { secret }) };
    },
    send(call) {
      const robot = robots.get(call.url.searchParams.get("access_token") ?? "");
      if (robot === undefined) return dingTalkError("400101");
      if (call.headers["content-type"]?.startsWith("application/json") !== true) return dingTalkError("43004");
      const message = jsonOf(call.body) as Readonly<Record<string, unknown>> | undefined;
      if (message === undefined) return dingTalkError("40035");
      const refusal = insecure(robot, call, clock.now());
      if (refusal !== undefined) return dingTalkError(refusal);
      if (call.body.length > MAX_BYTES) return dingTalkError("460101");
      const content = message[String(message["msgtype"])] as Readonly<Record<string, unknown>> | undefined;
      const shown = shownOf(String(message["msgtype"]), content ?? {});
      if (typeof shown === "string") return dingTalkError(shown);
      if (!take(robot, clock.now())) return dingTalkError("130101");
      const buttons = buttonsOf(content ?? {});
      board.post({ id: randomUUID(), place: robot.place, from: robot.id, state: "finished", ...shown, buttons });
      return { status: 200, body: { errcode: 0, errmsg: "ok" } };
    },
  };
}

/** The error that the security settings make of a call. */
function insecure(robot: Known, { url, body }: Call, nowMs: number): string | undefined {
  if (robot.isAddressBarred === true) return "310000 ip 192.0.2.1 not in whitelist";
  if (robot.secret !== undefined && !isSigned(url, robot.secret, nowMs)) return "310000 sign not match";
  const { keywords = [] } = robot;
  const text = JSON.stringify(jsonOf(body));
  return keywords.length === 0 || keywords.some((one) => text.includes(one))
    ? undefined
    : "310000 keywords not in content";
}

function isSigned(url: URL, secret: string, nowMs: number): boolean {
  const timestamp = url.searchParams.get("timestamp") ?? "";
  const given = Buffer.from(url.searchParams.get("sign") ?? "", "base64");
  const right = createHmac("sha256", secret).update(`${timestamp}\n${secret}`).digest();
  if (given.length !== right.length || !timingSafeEqual(given, right)) return false;
  return Math.abs(nowMs - Number(timestamp)) <= SIGN_LIFE_MS;
}

/** One message more than the minute has mutes the robot. */
function take(robot: Known, nowMs: number): boolean {
  if (nowMs < robot.mutedUntil) return false;
  robot.recent = robot.recent.filter((at) => at > nowMs - MINUTE_MS);
  if (robot.recent.length >= PER_MINUTE) {
    robot.mutedUntil = nowMs + MUTE_MS;
    return false;
  }
  robot.recent = [...robot.recent, nowMs];
  return true;
}

/** Buttons of an action card lead to addresses. */
function buttonsOf(
  content: Readonly<Record<string, unknown>>,
): readonly { readonly id: string; readonly label: string }[] {
  const { singleTitle, singleURL, btns } = content;
  if (typeof singleTitle === "string") return [{ id: String(singleURL), label: singleTitle }];
  if (!Array.isArray(btns)) return [];
  return (btns as readonly { readonly title: string; readonly actionURL: string }[]).map(({ title, actionURL }) => ({
    id: actionURL,
    label: title,
  }));
}
