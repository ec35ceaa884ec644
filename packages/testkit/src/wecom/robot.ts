/** Robots of groups: an address with a key, 20 messages a minute. */
import { randomUUID } from "node:crypto";
import type { Board, Posted } from "../screen.ts";
import { type Answer, type Call, jsonOf } from "../server.ts";
import type { SimulatedGroup } from "../simulator.ts";
import { answered, weComError } from "./answers.ts";
import type { Cards } from "./cards.ts";
import type { Files } from "./files.ts";
import { asJson, asText, type Json } from "./json.ts";
import type { Limits } from "./limits.ts";
import type { Media } from "./media.ts";
import { shownOf } from "./messages.ts";
import { md5Of } from "./sealed.ts";
import { hash } from "./tenant.ts";

/** A group's robot, as options for the channel package, and who it is on the screen. */
export interface SimulatedWeComRobot {
  /** As `from` of what it shows, and as the `bot` of a screen. */
  readonly id: string;
  readonly key: string;
  readonly endpoints: { readonly api: string };
}

export interface Robots {
  add(group: SimulatedGroup): { readonly id: string; readonly key: string };
  /** POST /cgi-bin/webhook/send. */
  send(call: Call): Answer;
  /** POST /cgi-bin/webhook/upload_media. */
  upload(call: Call): Answer;
}

export interface RobotsParts {
  readonly board: Board;
  readonly cards: Cards;
  readonly files: Files;
  readonly media: Media;
  readonly limits: Limits;
}

interface Robot {
  readonly id: string;
  readonly place: string;
}

const RATE = { perMinute: 20, perHour: Infinity };
const MAX_TEXT_BYTES = 2_048;
const MAX_MARKDOWN_BYTES = 4_096;
const MAX_IMAGE_BYTES = 2 * 1_048_576;

export function createRobots(parts: RobotsParts): Robots {
  const { board, cards, limits, media } = parts;
  const robots = new Map<string, Robot>();
  const robotOf = ({ url }: Call): Robot | undefined => robots.get(url.searchParams.get("key") ?? "");
  return {
    add(group) {
      const id = `robot-${robots.size + 1}`;
      const key = randomUUID();
      robots.set(key, { id, place: group.id });
      return { id, key };
    },
    send(call) {
      const robot = robotOf(call);
      if (robot === undefined) return weComError("93000");
      const message = asJson(jsonOf(call.body));
      const type = String(message["msgtype"]);
      const content = asJson(message[type]);
      if (!limits.take(`robot ${robot.id}`, RATE)) return weComError("45009");
      if (type === "template_card") {
        if (!["text_notice", "news_notice"].includes(String(content["card_type"]))) return weComError("40058");
        const card = cards.post({ owner: robot.id, place: robot.place, template: content });
        return typeof card === "string" ? weComError(card) : answered();
      }
      const shown = robotMessage(type, content, { files: parts.files, owner: robot.id });
      if (typeof shown === "string") return weComError(shown);
      board.post({ id: randomUUID(), place: robot.place, from: robot.id, state: "finished", ...shown });
      return answered();
    },
    upload(call) {
      const robot = robotOf(call);
      if (robot === undefined) return weComError("93000");
      const type = call.url.searchParams.get("type") ?? "";
      return ["file", "voice"].includes(type) ? media.upload(call, robot.id) : weComError("40004");
    },
  };
}

interface Owned {
  readonly files: Files;
  readonly owner: string;
}

function robotMessage(
  type: string,
  content: Json,
  { files, owner }: Owned,
): Pick<Posted, "kind" | "text" | "file"> | string {
  switch (type) {
    case "text":
      return textMessage(content);
    case "markdown":
    case "markdown_v2": {
      const text = asText(content["content"]);
      if (text === undefined) return "44004";
      return Buffer.byteLength(text) > MAX_MARKDOWN_BYTES ? "45002" : { kind: "markdown", text };
    }
    case "image": {
      const bytes = new Uint8Array(Buffer.from(String(content["base64"] ?? ""), "base64"));
      if (bytes.byteLength === 0 || bytes.byteLength > MAX_IMAGE_BYTES) return "40006";
      if (md5Of(bytes) !== content["md5"]) return "40058 md5 mismatch";
      const name = `${hash(md5Of(bytes), 8)}.png`;
      return { kind: "media", text: name, file: new File([bytes], name) };
    }
    case "file":
    case "voice": {
      const found = files.uploaded(String(content["media_id"]), owner);
      if (found === undefined || found.type !== type) return "40007";
      return { kind: "media", text: found.name, file: new File([found.bytes], found.name) };
    }
    case "news":
      return shownOf(type, content, files);
    default:
      return "40008";
  }
}

/** People who are mentioned stand in front, as the client shows it. */
function textMessage(content: Json): Pick<Posted, "kind" | "text"> | string {
  const text = asText(content["content"]);
  if (text === undefined) return "44004";
  if (Buffer.byteLength(text) > MAX_TEXT_BYTES) return "45002";
  const mentioned = [content["mentioned_list"], content["mentioned_mobile_list"]].flatMap((list) =>
    Array.isArray(list) ? list.map(String) : [],
  );
  const names = mentioned.map((one) => `@${one.replace("@all", "所有人")}`);
  return { kind: "text", text: [...names, text].join(" ") };
}
