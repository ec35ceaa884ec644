/** Self-built applications: their interfaces, and what people do in their chats, as XML. */
import { randomInt } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Board, Posted } from "../screen.ts";
import type { Card, Cards } from "./cards.ts";
import type { Files, MediaType } from "./files.ts";
import type { Json } from "./json.ts";
import { type Application, CORPORATION, type Messages } from "./messages.ts";
import type { CallbackKeys, Posts, Target } from "./posts.ts";
import { newKey } from "./sealed.ts";
import { passiveReply } from "./passive.ts";
import type { SimulatedCallback } from "./callback-mode.ts";
import type { Tokens } from "./token.ts";
import { directPlace, hash, type Member, type Tenant } from "./tenant.ts";
import { writeXml, type Xml } from "./xml.ts";

/** A self-built application: options for the channel, and who it is on the screen. */
export interface SimulatedApplication {
  /** As `from` of what it shows, and as the `bot` of a place. */
  readonly id: string;
  readonly app: {
    readonly corpId: string;
    readonly corpSecret: string;
    readonly agentId: number;
    readonly token: string;
    readonly encodingAesKey: string;
  };
  /** Where its callbacks go, until disposed. */
  callback(address: string): SimulatedCallback;
  /** Somebody chooses from its menu. */
  click(person: { readonly id: string }, key: string): Promise<void>;
}

/** What a person does in the chat of an application. */
export interface AppSide {
  add(): SimulatedApplication;
  /** By its id. */
  application(id: string): Application | undefined;
  ofSecret(holder: string): Application | undefined;
  say(member: Member, app: Application, text: string): Promise<void>;
  sendFile(member: Member, app: Application, file: { readonly file: File; readonly type: MediaType }): Promise<void>;
  enter(member: Member, app: Application): Promise<void>;
  press(member: Member, card: Card, event: Json): Promise<void>;
}

export interface AppSideParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly board: Board;
  readonly files: Files;
  readonly cards: Cards;
  readonly posts: Posts;
  readonly messages: Messages;
  readonly tokens: Tokens;
}

const FIRST_AGENT = 1_000_002;

export function createAppSide(parts: AppSideParts): AppSide {
  const { tenant, clock, board, posts, messages, cards } = parts;
  const applications = new Map<string, Application & { readonly keys: CallbackKeys }>();
  const targets = new Map<string, Target>();

  const post = (member: Member, app: Application, shown: Pick<Posted, "kind" | "text" | "file">): string => {
    const id = String(7_000_000_000_000_000_000n + BigInt(randomInt(2 ** 47)));
    board.post({ id, place: directPlace(member.userId, app.id), from: member.userId, state: "finished", ...shown });
    return id;
  };
  const tell = async (member: Pick<Member, "userId">, app: Application, happening: Happening): Promise<void> => {
    const target = targets.get(app.id);
    if (target === undefined) return; // no address in the console: nobody is told
    const CreateTime = Math.floor(clock.now() / 1_000);
    const { MsgType = "event", ...content } = happening.content;
    const head = { ToUserName: tenant.corpId, FromUserName: member.userId, CreateTime, MsgType };
    const plain = writeXml({ ...head, ...content, AgentID: app.agentId });
    const answer = await posts.send({ target, kind: MsgType === "event" ? "event" : "message", plain });
    if (answer?.reply === undefined) return;
    passiveReply(answer.reply, { app, userId: member.userId, card: happening.card, messages, cards });
  };

  return {
    add() {
      const agentId = FIRST_AGENT + applications.size;
      const id = `app-${agentId}`;
      const secret = hash(`application ${agentId}`, 43);
      const keys = { token: hash(`token ${agentId}`, 24), encodingAesKey: newKey(43), receiveId: tenant.corpId };
      const application = { id, agentId, keys };
      applications.set(id, application);
      parts.tokens.add({ id, secret });
      const { token, encodingAesKey } = keys;
      return {
        id,
        app: { corpId: tenant.corpId, corpSecret: secret, agentId, token, encodingAesKey },
        callback: (address) => openTarget(targets, posts, id, { address, keys, format: "xml", agentId, calls: [] }),
        click: (person, key) =>
          tell({ userId: person.id }, application, { content: { Event: "click", EventKey: key } }),
      };
    },
    application: (id) => applications.get(id),
    ofSecret: (holder) => applications.get(holder),
    async say(member, app, text) {
      const MsgId = post(member, app, { kind: "text", text });
      await tell(member, app, { content: { MsgType: "text", Content: text, MsgId } });
    },
    async sendFile(member, app, { file, type }) {
      const MsgId = post(member, app, { kind: "media", text: file.name, file });
      if (type === "file") return; // reaches no application
      const bytes = new Uint8Array(await file.arrayBuffer());
      const MediaId = parts.files.upload({ type, name: file.name, bytes, owner: CORPORATION });
      const more = type === "image" ? { PicUrl: "https://wework.qpic.cn/simulated/0" } : {};
      const format = type === "voice" ? { Format: "amr" } : {};
      await tell(member, app, { content: { MsgType: type, ...more, MediaId, ...format, MsgId } });
    },
    enter: (member, app) => tell(member, app, { content: { Event: "enter_agent", EventKey: "" } }),
    async press(member, card, event) {
      const app = applications.get(card.owner);
      if (app === undefined) return;
      await tell(member, app, { content: pressContent(event, messages.responseCode(card)), card });
    },
  };
}

interface Happening {
  /** Without `MsgType` an event. */
  readonly content: { readonly [name: string]: Xml | undefined };
  /** That was pressed. */
  readonly card?: Card;
}

/** Sets an address up; the newest of one name is in force. */
export function openTarget(
  targets: Map<string, Target>,
  posts: Posts,
  name: string,
  target: Target,
): SimulatedCallback {
  targets.set(name, target);
  return {
    verify: () => posts.verify(target),
    calls: target.calls,
    [Symbol.dispose]() {
      if (targets.get(name) === target) targets.delete(name);
    },
  };
}

function pressContent(event: Json, ResponseCode: string): { readonly [name: string]: Xml | undefined } {
  const { event_key: key, task_id: taskId, card_type: type, selected_items: selected } = event as unknown as PressEvent;
  const items = selected?.selected_item.map(({ question_key: QuestionKey, option_ids: { option_id: ids } }) => ({
    QuestionKey,
    OptionIds: { OptionId: ids },
  }));
  const SelectedItems = items === undefined ? undefined : { SelectedItem: items };
  const head = { Event: "template_card_event", EventKey: key, TaskId: taskId, CardType: type };
  return { ...head, ResponseCode, SelectedItems };
}

interface PressEvent {
  readonly event_key: string;
  readonly task_id: string;
  readonly card_type: string;
  readonly selected_items?: {
    readonly selected_item: readonly {
      readonly question_key: string;
      readonly option_ids: { readonly option_id: readonly string[] };
    }[];
  };
}
