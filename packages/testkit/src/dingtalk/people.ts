/** What people do: write, send files, press buttons, look at their screens. */
import type { Clock } from "@openclaw-china/core";
import type { Board } from "../screen.ts";
import type { ServerParts } from "../server.ts";
import type { Place, SimulatedGroup, SimulatedUser } from "../simulator.ts";
import { actionBody, fileContent, messageBody, newMessageId, type Said, textContent } from "./bodies.ts";
import type { Cards } from "./cards.ts";
import type { Files } from "./files.ts";
import type { Gateway } from "./gateway.ts";
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

  return {
    id,
    name: member.name,
    async say(text, where = {}) {
      const said = saidOf(parts, { member, where, bot: botAt(where) });
      board.post({ id: said.msgId, place: placeAt(where), from: id, kind: "text", text, state: "finished" });
      if (where.group !== undefined && where.mention === false) return; // the platform hands over nothing
      await gateway.push(said.bot, {
        type: "CALLBACK",
        topic: MESSAGE_TOPIC,
        data: { ...messageBody(said), ...textContent(text, said) },
      });
    },
    async sendFile(file, where = {}) {
      const said = saidOf(parts, { member, where, bot: botAt(where) });
      const code = await files.keep(file);
      board.post({
        id: said.msgId,
        place: placeAt(where),
        from: id,
        kind: "media",
        text: file.name,
        state: "finished",
        file,
      });
      if (where.group !== undefined) return; // a file in a group cannot carry a mention
      await gateway.push(said.bot, {
        type: "CALLBACK",
        topic: MESSAGE_TOPIC,
        data: { ...messageBody(said), ...fileContent(file, code) },
      });
    },
    async press(card, button, values = {}) {
      const found = cards.find(card.id);
      if (found === undefined) throw new Error(`there is no card ${card.id} to press`);
      const data = actionBody({ tenant, outTrackId: card.id, userId: id, place: found.place, button, values });
      const ack = await gateway.push(found.bot, { type: "CALLBACK", topic: CARD_TOPIC, data });
      const { response } = JSON.parse(ack.data ?? "{}") as {
        readonly response?: Readonly<Record<string, unknown>> | null;
      };
      cards.apply(card.id, response ?? {});
    },
    screen(where = {}) {
      const explain = (): string =>
        `Its last calls: ${
          calls
            .slice(-8)
            .map(({ name, status }) => `${name} ${status}`)
            .join(", ") || "none"
        }`;
      return board.screen({ viewer: id, place: placeAt(where), bot: botAt(where).robotCode, explain });
    },
  };
}

function saidOf(
  parts: PeopleParts,
  { member, where, bot }: { readonly member: Member; readonly where: Place; readonly bot: Bot },
): Said {
  const { tenant, clock, robot, origin } = parts;
  const group: Group | undefined = where.group === undefined ? undefined : tenant.group(where.group.id);
  if (where.group !== undefined && group === undefined) throw new Error(`there is no group ${where.group.id}`);
  const place = group?.id ?? directChatId(member.staffId ?? member.dingtalkId, bot.appKey);
  const { path, expiresAt } = robot.session(place, bot);
  const session = { url: `${origin}${path}`, expiresAt };
  return {
    tenant,
    sender: member,
    bot,
    group,
    mentioned: group === undefined ? [] : [bot],
    msgId: newMessageId(),
    now: clock.now(),
    session,
  };
}
