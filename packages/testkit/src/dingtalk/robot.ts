/** Messages of bots: session webhooks, the robot interfaces, reactions. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Board } from "../screen.ts";
import { type Answer, type Call, jsonOf } from "../server.ts";
import { dingTalkError } from "./answers.ts";
import { createCustomRobots, type CustomRobots } from "./custom.ts";
import type { Files } from "./files.ts";
import type { Quotas } from "./quotas.ts";
import { createReads, type Reads, type SentMessages } from "./reads.ts";
import { type Bot, directChatId, hash, type Tenant } from "./tenant.ts";

export type { RobotSettings, SimulatedRobot } from "./custom.ts";

const SESSION_LIFE_MS = 5_400_000;
const SESSION_MAX_BYTES = 20_000;
const PARAM_MAX_BYTES = 15_000;
const MAX_USERS = 20;
const OK: Answer = { status: 200, body: { errcode: 0, errmsg: "ok" } };

export interface Robot {
  /** A session webhook for replies of that bot at that place. */
  session(place: string, bot: Bot): { readonly path: string; readonly expiresAt: number };
  sendBySession(call: Call): Answer;
  sendToUsers(call: Call, bot: Bot): Answer;
  sendToGroup(call: Call, bot: Bot): Answer;
  /** What one call has sent is recalled together; a card by its carrierId. */
  recall(call: Call): Answer;
  react(call: Call, on: boolean): Answer;
  /** Reactions on a message, by its id. */
  reactions(messageId: string): readonly string[];
  /** Who has read what. */
  readonly reads: Reads;
  /** Robots of groups. */
  readonly custom: CustomRobots;
}

export interface RobotParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly board: Board;
  readonly quotas: Pick<Quotas, "takePerson">;
  readonly files: Pick<Files, "uploaded">;
}

/** How a card is named among the messages of a bot. */
export const CARRIER = "carrier-";

type Json = Readonly<Record<string, unknown>>;

export function createRobot({ tenant, clock, board, quotas, files }: RobotParts): Robot {
  const sessions = new Map<string, { readonly place: string; readonly bot: Bot; readonly expiresAt: number }>();
  const reactions = new Map<string, Set<string>>();
  const sent = new Map<string, SentMessages>(); // by processQueryKey

  const post = (places: readonly string[], bot: Bot, shown: Readable): string => {
    const key = `pqk${hash(randomUUID(), 24)}`;
    const ids = places.map((_, n) => (n === 0 ? key : `${key}-${n}`));
    for (const [n, place] of places.entries())
      board.post({ id: ids[n] ?? key, place, from: bot.robotCode, state: "finished", ...shown });
    sent.set(key, { ids, sentAt: clock.now() });
    return key;
  };

  /** Of a card nobody has written down when it was delivered: it counts as new. */
  const messagesOf = (key: string): SentMessages | undefined => {
    const card = key.startsWith(CARRIER) ? key.slice(CARRIER.length) : undefined;
    const isCard = card !== undefined && board.find(card) !== undefined;
    return sent.get(key) ?? (isCard ? { ids: [card], sentAt: clock.now() } : undefined);
  };

  return {
    session(place, bot) {
      const key = hash(randomUUID(), 32);
      const expiresAt = clock.now() + SESSION_LIFE_MS;
      sessions.set(key, { place, bot, expiresAt });
      return { path: `/robot/sendBySession?session=${key}`, expiresAt };
    },
    sendBySession({ url, body, headers }) {
      const session = sessions.get(url.searchParams.get("session") ?? "");
      if (headers["content-type"]?.startsWith("application/json") !== true) return dingTalkError("43004");
      if (session === undefined || session.expiresAt <= clock.now()) return dingTalkError("300001");
      if (body.length > SESSION_MAX_BYTES) return dingTalkError("460101");
      const message = jsonOf(body) as Json | undefined;
      if (message === undefined) return dingTalkError("40035");
      const shown = shownOf(String(message["msgtype"]), asJson(message[String(message["msgtype"])]));
      if (typeof shown === "string") return dingTalkError(shown);
      post([session.place], session.bot, shown);
      return OK;
    },
    sendToUsers({ body }, bot) {
      const request = asJson(jsonOf(body));
      const users = Array.isArray(request["userIds"]) ? request["userIds"].map(String) : [];
      if (users.length === 0) return dingTalkError("invalidParameter.userIds.empty");
      if (users.length > MAX_USERS) return dingTalkError("invalidParameter.userIds.overMax");
      const shown = robotMessage(request, bot, files);
      if (typeof shown === "string") return dingTalkError(shown);
      const known = users.filter((id) => tenant.member(id) !== undefined);
      const invalidStaffIdList = users.filter((id) => !known.includes(id));
      const flowControlledStaffIdList = known.filter((id) => !quotas.takePerson(bot.appKey, id));
      const reached = known.filter((id) => !flowControlledStaffIdList.includes(id));
      const places = reached.map((id) => directChatId(id, bot.appKey));
      const processQueryKey = post(places, bot, shown);
      return { status: 200, body: { processQueryKey, invalidStaffIdList, flowControlledStaffIdList } };
    },
    sendToGroup({ body }, bot) {
      const request = asJson(jsonOf(body));
      const group = tenant.group(String(request["openConversationId"]));
      if (group === undefined) return dingTalkError("invalidParameter.openConversationId.invalid");
      const shown = robotMessage(request, bot, files);
      if (typeof shown === "string") return dingTalkError(shown);
      return { status: 200, body: { processQueryKey: post([group.id], bot, shown) } };
    },
    recall({ body }) {
      const keys = asJson(jsonOf(body))["processQueryKeys"];
      const asked = Array.isArray(keys) ? keys.map(String) : [];
      const known = asked.filter((key) => messagesOf(key) !== undefined);
      for (const id of known.flatMap((key) => messagesOf(key)?.ids ?? [])) board.change(id, { state: "recalled" });
      const failed = asked.filter((key) => !known.includes(key)).map((key) => [key, "message not exist"]);
      return { status: 200, body: { successResult: known, failedResult: Object.fromEntries(failed) } };
    },
    react({ body }, on) {
      const { openMsgId, emotionName } = asJson(jsonOf(body));
      if (typeof openMsgId !== "string" || typeof emotionName !== "string") return dingTalkError("system.err");
      const names = reactions.get(openMsgId) ?? new Set<string>();
      reactions.set(openMsgId, names);
      if (on) names.add(emotionName);
      else names.delete(emotionName);
      board.change(openMsgId, {});
      return { status: 200, body: { success: true } };
    },
    reads: createReads({ tenant, clock, board, messagesOf }),
    reactions: (messageId) => [...(reactions.get(messageId) ?? [])],
    custom: createCustomRobots({ clock, board, shownOf }),
  };
}

interface Words {
  readonly kind: "text" | "markdown";
  readonly text: string;
}

type Readable = Words | { readonly kind: "media"; readonly text: string; readonly file?: File };

/** What people see of a body of a session webhook or a custom robot, or the error code it gets. */
function shownOf(type: string, content: Json): Words | string {
  if (type === "text") return { kind: "text", text: rendered(String(content["content"] ?? "")) };
  if (type === "markdown") {
    if (typeof content["title"] !== "string" || content["title"] === "") return "40035";
    return { kind: "markdown", text: rendered(String(content["text"] ?? "")) };
  }
  if (type === "actionCard" || type === "link")
    return { kind: "markdown", text: `${String(content["title"])}\n${String(content["text"])}` };
  return ["file", "image", "voice", "video"].includes(type) ? "401102" : "400105";
}

function robotMessage(request: Json, bot: Bot, files: Pick<Files, "uploaded">): Readable | string {
  if (request["robotCode"] === undefined || request["robotCode"] === "") return "invalidParameter.robotCode.empty";
  if (request["robotCode"] !== bot.robotCode) return "invalidParameter.robotCode.auth";
  const { msgKey, msgParam } = request;
  if (typeof msgParam !== "string" || Buffer.byteLength(msgParam) > PARAM_MAX_BYTES)
    return "invalidParameter.msgParam.invalid";
  const param = asJson(jsonOf(Buffer.from(msgParam)));
  if (msgKey === "sampleText" && typeof param["content"] === "string")
    return { kind: "text", text: rendered(param["content"]) };
  if (msgKey === "sampleMarkdown" && typeof param["text"] === "string")
    return { kind: "markdown", text: rendered(param["text"]) };
  const media = mediaMessage(String(msgKey), param, files);
  if (media !== undefined) return media;
  return typeof msgKey === "string" && msgKey.startsWith("sample")
    ? "invalidParameter.msgParam.invalid"
    : "invalidParameter.msgKey.invalid";
}

/** What people see of a file; undefined when the message is none, or lacks what its kind needs. */
function mediaMessage(msgKey: string, param: Json, files: Pick<Files, "uploaded">): Readable | undefined {
  const wanted = MEDIA[msgKey];
  if (wanted === undefined) return undefined;
  if (wanted.needs.some((name) => typeof param[name] !== "string" || param[name] === "")) return undefined;
  const id = String(param[wanted.id]);
  const found = files.uploaded(id);
  if (found === undefined) return msgKey === "sampleImageMsg" ? pictureAt(id) : undefined;
  if (found.type !== wanted.type) return undefined;
  const name = String(param["fileName"] ?? found.name);
  return { kind: "media", text: name, file: new File([found.bytes], name, { type: found.contentType }) };
}

function pictureAt(address: string): Readable | undefined {
  return address.startsWith("https://") ? { kind: "media", text: address } : undefined;
}

interface MediaShape {
  readonly id: string;
  readonly type: string;
  readonly needs: readonly string[];
}

const MEDIA: Readonly<Record<string, MediaShape>> = {
  sampleImageMsg: { id: "photoURL", type: "image", needs: ["photoURL"] },
  sampleAudio: { id: "mediaId", type: "voice", needs: ["mediaId", "duration"] },
  sampleFile: { id: "mediaId", type: "file", needs: ["mediaId", "fileName", "fileType"] },
  sampleVideo: {
    id: "videoMediaId",
    type: "video",
    needs: ["videoMediaId", "duration", "videoType", "picMediaId"],
  },
};

/** As a person sees it: line breaks are line breaks, within a quote too, and joiners cannot be seen. */
export function rendered(text: string): string {
  const lines = text.replaceAll("\u2060", "").replaceAll("  \n", "\n").split("\n");
  return lines.map((line) => line.replaceAll("<br>", /^\s*>/.test(line) ? "\n> " : "\n")).join("\n");
}

function asJson(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}
