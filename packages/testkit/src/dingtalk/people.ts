/** What people do: write, send files, press buttons, look at their screens. */
import type { Clock } from "@openclaw-china/core";
import type { Board, Posted } from "../screen.ts";
import type { ServerParts } from "../server.ts";
import type { Place, Shown, SimulatedGroup, SimulatedUser } from "../simulator.ts";
import { actionBody, fileContent, messageBody, newMessageId, type Quoted, type Said, textContent } from "./bodies.ts";
import type { Cards } from "./cards.ts";
import type { Files } from "./files.ts";
import type { Gateway, Push } from "./gateway.ts";
import type { Robot } from "./robot.ts";
import { type Bot, directChatId, type Group, type Member, type Tenant } from "./tenant.ts";

export interface PeopleParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly board: Board;
  readonly cards: Cards;
  readonly files: Files;
  readonly robot: Robot;
  readonly gateway: Gateway;
  readonly calls: ServerParts["calls"];
  readonly origin: string;
}

export interface People {
  user(name: string, isExternal: boolean): SimulatedUser;
  group(title: string, members: readonly SimulatedUser[], id: string | undefined): SimulatedGroup;
}

const MESSAGE_TOPIC = "/v1.0/im/bot/messages/get";
const CARD_TOPIC = "/v1.0/card/instances/callback";

export function createPeople(parts: PeopleParts): People {
  return {
    user: (name, isExternal) => userOf(parts, parts.tenant.addMember(name, isExternal)),
    group: (title, members, id) =>
      parts.tenant.addGroup(
        title,
        members.map((member) => member.id),
        id,
      ),
  };
}

function userOf(parts: PeopleParts, member: Member): SimulatedUser {
  const { tenant, board, cards, files, gateway, calls } = parts;
  const id = member.staffId ?? member.dingtalkId;
  const botAt = ({ bot }: Place): Bot => {
    const found = bot === undefined ? tenant.bots()[0] : tenant.bot(bot.id);
    if (found === undefined) throw new Error(`the tenant has no bot ${bot?.id ?? ""}`);
    return found;
  };
  const placeAt = (where: Place): string => where.group?.id ?? directChatId(id, botAt(where).appKey);

  const post = (msgId: string, where: Place, shown: Pick<Posted, "kind" | "text" | "file">): void =>
    board.post({ id: msgId, place: placeAt(where), from: id, state: "finished", ...shown });

  return {
    id,
    name: member.name,
    async say(text, how = {}) {
      const { mention = true } = how;
      const bots = typeof mention === "boolean" ? [botAt(how)] : mention.map((bot) => botAt({ bot }));
      const msgId = newMessageId();
      post(msgId, how, { kind: "text", text });
      if (how.group !== undefined && mention === false) return; // the platform hands over nothing
      const pushes = bots.map((bot) => {
        const said = saidOf(parts, { member, how, bot, mentioned: bots, msgId });
        return gateway.push(bot, messagePush(said, textContent(text, said)));
      });
      await Promise.all(pushes);
    },
    async sendFile(file, where = {}) {
      const bot = botAt(where);
      const msgId = newMessageId();
      const code = await files.keep(file);
      post(msgId, where, { kind: "media", text: file.name, file });
      if (where.group !== undefined && !file.type.startsWith("image/")) return; // it cannot carry a mention
      const said = saidOf(parts, { member, how: where, bot, mentioned: [bot], msgId });
      await gateway.push(bot, messagePush(said, fileContent(file, code, said)));
    },
    async press(card, button, values = {}) {
      const found = cards.find(card.id);
      if (found === undefined) throw new Error(`there is no card ${card.id} to press`);
      const data = actionBody({ tenant, outTrackId: card.id, userId: id, place: found.place, button, values });
      const ack = await gateway.push(found.bot, { type: "CALLBACK", topic: CARD_TOPIC, data });
      const { response } = JSON.parse(ack.data ?? "{}") as {
        readonly response?: Readonly<Record<string, unknown>> | null;
      };
      cards.apply(card.id, response ?? {}, id);
    },
    screen(where = {}) {
      const explain = (): string =>
        `Its last calls: ${
          calls
            .slice(-8)
            .map(({ name, status }) => `${name} ${status}`)
            .join(", ") || "none"
        }`;
      // In a group there may be custom robots, which are no bots of the tenant.
      const bot = where.group === undefined ? undefined : where.bot?.id;
      return board.screen({ viewer: id, place: placeAt(where), bot: bot ?? botAt(where).robotCode, explain });
    },
  };
}

function messagePush(said: Said, content: Readonly<Record<string, unknown>>): Push {
  return { type: "CALLBACK", topic: MESSAGE_TOPIC, data: { ...messageBody(said), ...content } };
}

interface Saying {
  readonly member: Member;
  readonly how: Place & { readonly quote?: Shown };
  readonly bot: Bot;
  readonly mentioned: readonly Bot[];
  readonly msgId: string;
}

function saidOf(parts: PeopleParts, { member, how, bot, mentioned, msgId }: Saying): Said {
  const { tenant, clock, robot, origin } = parts;
  const group: Group | undefined = how.group === undefined ? undefined : tenant.group(how.group.id);
  if (how.group !== undefined && group === undefined) throw new Error(`there is no group ${how.group.id}`);
  const place = group?.id ?? directChatId(member.staffId ?? member.dingtalkId, bot.appKey);
  const { path, expiresAt } = robot.session(place, bot);
  return {
    tenant,
    sender: member,
    bot,
    group,
    mentioned: group === undefined ? [] : mentioned,
    quoted: how.quote === undefined ? undefined : quotedOf(tenant, how.quote),
    msgId,
    now: clock.now(),
    session: { url: `${origin}${path}`, expiresAt },
  };
}

function quotedOf(tenant: Tenant, { id, kind, text, from }: Shown): Quoted {
  const bot = tenant.bots().find(({ robotCode }) => robotCode === from);
  const senderId = bot?.chatbotUserId ?? tenant.member(from)?.dingtalkId ?? from;
  return { id, kind, text, senderId };
}
