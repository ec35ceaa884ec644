/** What people do: write, speak, send files, open the chat, press buttons, rate answers, look at their screens. */
import type { Clock } from "@openclaw-china/core";
import type { Board, Posted } from "../screen.ts";
import type { ServerParts } from "../server.ts";
import type { Place, Saying, Shown, SimulatedUser } from "../simulator.ts";
import {
  eventBody,
  type EventOf,
  fileContent,
  mediaTypeOf,
  messageBody,
  newMessageId,
  type Said,
  textContent,
  voiceContent,
} from "./bodies.ts";
import type { Cards } from "./cards.ts";
import type { Callback } from "./deliveries.ts";
import type { Files, MediaLink } from "./files.ts";
import type { Json } from "./json.ts";
import type { Responses } from "./responses.ts";
import { type Bot, directPlace, type Member, type Tenant } from "./tenant.ts";

/** What somebody thinks of an answer that asked for it. */
export interface Feedback {
  readonly rating: "accurate" | "inaccurate" | "withdrawn";
  readonly content?: string;
  /** 1 off-topic, 2 incomplete, 3 wrong, 4 data analysis. */
  readonly reasons?: readonly number[];
}

/** Besides what everybody can do on every platform. */
export interface WeComUser extends SimulatedUser {
  /** A voice message, which comes as its transcript. Direct chats only. */
  speak(text: string, where?: Pick<Place, "bot">): Promise<void>;
  /** Opens the direct chat for the first time that day. */
  enter(where?: Pick<Place, "bot">): Promise<void>;
  /** An answer without a `feedback.id` cannot be rated. */
  rate(message: Shown, feedback: Feedback, where?: Place): Promise<void>;
}

/** How what people do reaches a bot. */
export interface Way {
  deliver(bot: Bot, callback: Callback): Promise<void>;
  /** What its files are encrypted with; undefined: each with a key of its own. */
  mediaKey(bot: Bot): string | undefined;
}

export interface PeopleParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly board: Board;
  readonly cards: Cards;
  readonly files: Files;
  readonly responses: Responses;
  readonly way: Way;
  readonly calls: ServerParts["calls"];
  /** Where people have written to bots. */
  readonly opened: Set<string>;
  /** By message. */
  readonly feedbackIds: ReadonlyMap<string, string>;
  /** Resolves when a pressed card is answered, or the time for it is over. */
  readonly answered: (cardId: string) => Promise<void>;
}

const RATINGS: Readonly<Record<Feedback["rating"], number>> = { accurate: 1, inaccurate: 2, withdrawn: 3 };

export function userOf(parts: PeopleParts, member: Member): WeComUser {
  const { tenant, clock, board, cards, files, way, opened, feedbackIds } = parts;
  const { userId } = member;
  const botAt = ({ bot }: Place): Bot => {
    const found = bot === undefined ? tenant.bots()[0] : tenant.bot(bot.id);
    if (found === undefined) throw new Error(`the tenant has no bot ${bot?.id ?? ""}`);
    return found;
  };
  const placeAt = (where: Place): string => where.group?.id ?? directPlace(userId, partnerOf(where, botAt));
  const saidOf = (where: Place, bot: Bot, msgId = newMessageId()): Said => {
    const group = where.group === undefined ? undefined : tenant.group(where.group.id);
    if (where.group !== undefined && group === undefined) throw new Error(`there is no group ${where.group.id}`);
    const place = group?.id ?? directPlace(userId, bot.botId);
    return { sender: member, bot, group, msgId, responseUrl: parts.responses.address(bot, place) };
  };
  const post = (id: string, where: Place, shown: Pick<Posted, "kind" | "text" | "file">): void =>
    board.post({ id, place: placeAt(where), from: userId, state: "finished", ...shown });
  /** Hands a message over to one bot. */
  const send = async (said: Said, content: Json): Promise<void> => {
    const place = said.group?.id ?? directPlace(userId, said.bot.botId);
    opened.add(`${said.bot.botId} ${place}`);
    const cause = { of: "message", place } as const;
    await way.deliver(said.bot, { cmd: "aibot_msg_callback", body: messageBody(said, content), cause });
  };
  const tell = (said: Said, event: EventOf, cause: Callback["cause"]): Promise<void> =>
    way.deliver(said.bot, { cmd: "aibot_event_callback", body: eventBody(said, event, clock.now()), cause });
  const quoteOf = async (shown: Shown | undefined, bot: Bot): Promise<Json> =>
    shown === undefined ? {} : { quote: await quoted(shown, (file) => files.link(file, way.mediaKey(bot))) };

  return {
    id: userId,
    name: member.name,
    async say(text, how: Place & Saying = {}) {
      const { mention = true } = how;
      const bots = typeof mention === "boolean" ? [botAt(how)] : mention.map((bot) => botAt({ bot }));
      const msgId = newMessageId();
      post(msgId, how, { kind: "text", text });
      if (how.group !== undefined && mention === false) return; // the platform hands over nothing
      const sent = bots.map(async (bot) => {
        const said = saidOf(how, bot, msgId);
        await send(said, { ...textContent(text, said), ...(await quoteOf(how.quote, bot)) });
      });
      await Promise.all(sent);
    },
    async speak(text, where = {}) {
      const said = saidOf(where, botAt(where));
      post(said.msgId, where, { kind: "media", text });
      await send(said, voiceContent(text));
    },
    async sendFile(file, where = {}) {
      const bot = botAt(where);
      const said = saidOf(where, bot);
      post(said.msgId, where, { kind: "media", text: file.name, file });
      const type = mediaTypeOf(file);
      if (where.group !== undefined && type !== "image") return; // it cannot carry a mention
      await send(said, fileContent(type, await files.link(file, way.mediaKey(bot)), said));
    },
    async enter(where = {}) {
      const said = saidOf(where, botAt(where));
      const place = directPlace(userId, said.bot.botId);
      await tell(said, { eventtype: "enter_chat" }, { of: "enter", place });
    },
    async press(shown, button, values = {}) {
      const card = cards.find(shown.id);
      const bot = card === undefined ? undefined : tenant.bot(card.owner);
      if (card === undefined || bot === undefined) throw new Error(`there is no card ${shown.id} to press`);
      const group = tenant.group(card.place);
      const said = saidOf(group === undefined ? {} : { group }, bot);
      const event = {
        eventtype: "template_card_event",
        template_card_event: cards.press(card, button, values),
      } as const;
      const answered = parts.answered(card.id);
      await tell(said, event, { of: "press", place: card.place, cardId: card.id });
      await answered;
    },
    async rate(shown, { rating, content, reasons }, where = {}) {
      const id = feedbackIds.get(shown.id);
      if (id === undefined) throw new Error(`the answer ${shown.id} has no feedback id, so nobody can rate it`);
      const said = saidOf(where, botAt(where));
      const feedback = {
        id,
        type: RATINGS[rating],
        ...(content === undefined ? {} : { content }),
        ...(reasons === undefined ? {} : { inaccurate_reason_list: reasons }),
      };
      await tell(
        said,
        { eventtype: "feedback_event", feedback_event: feedback },
        { of: "other", place: placeAt(where) },
      );
    },
    screen: (where = {}) =>
      board.screen({
        viewer: userId,
        place: placeAt(where),
        bot: partnerOf(where, botAt),
        explain: () => explain(parts.calls),
      }),
  };
}

/** Applications and robots of groups have screens too, and are no bots of the tenant. */
function partnerOf({ bot }: Place, botAt: (where: Place) => Bot): string {
  return bot === undefined ? botAt({}).botId : bot.id;
}

function explain(calls: ServerParts["calls"]): string {
  const last = calls.filter(({ name }) => name !== "ping").slice(-8);
  return `Its last calls: ${last.map(({ name, status }) => `${name} ${status}`).join(", ") || "none"}`;
}

async function quoted(shown: Shown, link: (file: File) => Promise<MediaLink>): Promise<Json> {
  const { file, text } = shown;
  if (file === undefined) return { msgtype: "text", text: { content: text } };
  const type = mediaTypeOf(file);
  return { msgtype: type, [type]: await link(file) };
}
