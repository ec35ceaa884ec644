/** WeChat customer service: notices by callback, messages to be pulled, five answers for each message of a customer. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Board, Posted } from "../screen.ts";
import { type Answer, type Call, jsonOf, type ServerParts } from "../server.ts";
import { answered, weComError } from "./answers.ts";
import { mediaTypeOf } from "./bodies.ts";
import type { Files } from "./files.ts";
import { asJson, asList, asText, type Json } from "./json.ts";
import type { SimulatedCustomer, SimulatedKf } from "./kf-kinds.ts";
import { createNotices } from "./kf-notices.ts";
import { CORPORATION, cut, shownOf } from "./messages.ts";
import type { Shared } from "./shared.ts";
import { directPlace, hash } from "./tenant.ts";
import type { Tokens } from "./token.ts";

export interface Kf {
  add(): SimulatedKf;
  /** POST /cgi-bin/kf/sync_msg, send_msg and send_msg_on_event. */
  sync(call: Call): Answer;
  send(call: Call): Answer;
  welcome(call: Call): Answer;
}

export interface KfParts extends Shared {
  readonly clock: Clock;
  readonly board: Board;
  readonly tokens: Tokens;
  readonly calls: ServerParts["calls"];
  /** A message with a `msgid` that was used before is refused, else it is the same message. */
  readonly refusesRepeats: boolean;
}

const HOLDER = "kf";
const MAX_ANSWERS = 5;
const ANSWERS_FOR_MS = 172_800_000;
const WELCOME_MS = 20_000;
const PAGE = 1_000;
const WITHOUT_TOKEN = { perMinute: 5, perHour: 60 };
const MESSAGE_ID = /^[0-9a-zA-Z_-]{1,32}$/;

interface Window {
  readonly at: number;
  readonly left: number;
}

export function createKf(parts: KfParts): Kf {
  const { tenant, clock, board, files, limits } = parts;
  const notices = createNotices(parts);
  const logs = new Map<string, Json[]>();
  const windows = new Map<string, Window>();
  const welcomes = new Map<string, { readonly openKfId: string; readonly customer: string; readonly until: number }>();
  const customers = new Set<string>();
  const messageIds = new Set<string>();
  const secret = hash("customer service", 43);
  parts.tokens.add({ id: HOLDER, secret });

  const show = (openKfId: string, customer: string, shown: Pick<Posted, "kind" | "text" | "file">): void =>
    board.post({
      id: randomUUID(),
      place: directPlace(customer, openKfId),
      from: openKfId,
      state: "finished",
      ...shown,
    });
  const happen = (openKfId: string, item: Json): Promise<void> => {
    const send_time = Math.floor(clock.now() / 1_000);
    logs.get(openKfId)?.push({ msgid: hash(randomUUID(), 32), send_time, ...item });
    return notices.notify(openKfId);
  };
  const customerOf = (openKfId: string, name: string): SimulatedCustomer => {
    const id = `wm${hash(`${openKfId} ${customers.size} ${name}`, 30)}`;
    const place = directPlace(id, openKfId);
    customers.add(place);
    const wrote = (shown: Pick<Posted, "kind" | "text" | "file">, content: Json): Promise<void> => {
      board.post({ id: randomUUID(), place, from: id, state: "finished", ...shown });
      windows.set(place, { at: clock.now(), left: MAX_ANSWERS });
      return happen(openKfId, { open_kfid: openKfId, external_userid: id, origin: 3, ...content });
    };
    return {
      id,
      name,
      say: (text) => wrote({ kind: "text", text }, { msgtype: "text", text: { content: text } }),
      choose: (menuId, text) =>
        wrote({ kind: "text", text }, { msgtype: "text", text: { content: text, menu_id: menuId } }),
      async sendFile(file) {
        const type = mediaTypeOf(file);
        const bytes = new Uint8Array(await file.arrayBuffer());
        const mediaId = files.upload({ type, name: file.name, bytes, owner: CORPORATION });
        await wrote({ kind: "media", text: file.name, file }, { msgtype: type, [type]: { media_id: mediaId } });
      },
      enter() {
        const code = hash(randomUUID(), 40);
        welcomes.set(code, { openKfId, customer: id, until: clock.now() + WELCOME_MS });
        const who = { open_kfid: openKfId, external_userid: id };
        const event = { event_type: "enter_session", ...who, scene: "simulated", welcome_code: code };
        return happen(openKfId, { origin: 4, msgtype: "event", event });
      },
      screen: () =>
        board.screen({ viewer: id, place, bot: openKfId, explain: () => `${parts.calls.length} calls so far` }),
    };
  };

  return {
    add() {
      const openKfId = `wk${hash(`account ${logs.size}`, 30)}`;
      logs.set(openKfId, []);
      const { token, encodingAesKey } = notices.keys;
      return {
        openKfId,
        kf: { corpId: tenant.corpId, corpSecret: secret, token, encodingAesKey },
        callback: (address) => notices.open(openKfId, address),
        customer: (name) => customerOf(openKfId, name),
      };
    },
    sync({ body }) {
      const { cursor = "", token, limit = PAGE, open_kfid: openKfId } = asJson(jsonOf(body));
      const log = logs.get(String(openKfId));
      if (log === undefined) return weComError("95000");
      if (asText(token) !== undefined && !notices.isLive(String(token))) return weComError("95007");
      if (asText(token) === undefined && !limits.take(`sync ${String(openKfId)}`, WITHOUT_TOKEN))
        return weComError("45009");
      const from = cursor === "" ? 0 : Number(/^c(\d+)$/.exec(String(cursor))?.[1] ?? Number.NaN);
      if (Number.isNaN(from)) return weComError("40058 invalid cursor");
      const list = log.slice(from, from + Math.min(Number(limit), PAGE));
      const next = from + list.length;
      return answered({ next_cursor: `c${next}`, has_more: next < log.length ? 1 : 0, msg_list: list });
    },
    send({ body }) {
      const message = asJson(jsonOf(body));
      const { touser, open_kfid: openKfId, msgid } = message;
      if (!logs.has(String(openKfId))) return weComError("95000");
      const place = directPlace(String(touser), String(openKfId));
      if (!customers.has(place)) return weComError("40003");
      const id = asText(msgid);
      if (id !== undefined && !MESSAGE_ID.test(id)) return weComError("40058 invalid msgid");
      if (id !== undefined && messageIds.has(`${place} ${id}`))
        return parts.refusesRepeats ? weComError("40058 msgid already exists") : answered({ msgid: id });
      const window = windows.get(place);
      if (window === undefined || window.at < clock.now() - ANSWERS_FOR_MS) return weComError("95002");
      if (window.left === 0) return weComError("95001");
      const shown = kfMessage(message, files);
      if (typeof shown === "string") return weComError(shown);
      windows.set(place, { ...window, left: window.left - 1 });
      const given = id ?? hash(randomUUID(), 32);
      messageIds.add(`${place} ${given}`);
      show(String(openKfId), String(touser), shown);
      return answered({ msgid: given });
    },
    welcome({ body }) {
      const message = asJson(jsonOf(body));
      const found = welcomes.get(String(message["code"]));
      if (found === undefined || found.until < clock.now()) return weComError("40058 invalid code");
      if (!["text", "msgmenu"].includes(String(message["msgtype"]))) return weComError("40008");
      const shown = kfMessage(message, files);
      if (typeof shown === "string") return weComError(shown);
      welcomes.delete(String(message["code"]));
      show(found.openKfId, found.customer, shown);
      return answered({ msgid: hash(randomUUID(), 32) });
    },
  };
}

function kfMessage(message: Json, files: Files): Pick<Posted, "kind" | "text" | "file"> | string {
  const type = String(message["msgtype"]);
  const content = asJson(message[type]);
  if (type === "link") {
    const { title, desc, url } = content;
    const isWhole = [title, url, content["thumb_media_id"]].every((one) => asText(one) !== undefined);
    return isWhole ? { kind: "markdown", text: [title, desc, url].map(String).join("\n") } : "40058";
  }
  if (type === "msgmenu") {
    const options = asList(content["list"]);
    if (options.length > 10) return "40058";
    const lines = options.map((one) => String(asJson(one[String(one["type"])])["content"]));
    const text = [content["head_content"], ...lines, content["tail_content"]];
    return { kind: "text", text: text.flatMap((line) => asText(line) ?? []).join("\n") };
  }
  if (type === "markdown" || type === "textcard" || type === "news") return "40008";
  const shown = shownOf(type, content, files);
  return typeof shown === "string" ? shown : { ...shown, text: cut(shown.text, 2_048) };
}
