/** Who has read a bot's messages: people open a chat, and the bot asks, for 24 hours. */
import type { Clock } from "@openclaw-china/core";
import type { Board } from "../screen.ts";
import { type Answer, type Call, jsonOf } from "../server.ts";
import type { Place } from "../simulator.ts";
import { dingTalkError } from "./answers.ts";
import { type Bot, directChatId, type Member, type Tenant } from "./tenant.ts";

const LIFE_MS = 86_400_000;
const MAX_PAGE = 200;

export interface Reads {
  /** That person opens a chat: what is there has been read. */
  open(personId: string, where: Place): void;
  /** GET /v1.0/robot/oToMessages/readStatus: everybody the message was sent to. */
  ofPeople(call: Call, bot: Bot): Answer;
  /** POST /v1.0/robot/groupMessages/query: those who have read it, page by page. */
  ofGroup(call: Call, bot: Bot): Answer;
}

export interface ReadsParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly board: Board;
  readonly messagesOf: (processQueryKey: string) => SentMessages | undefined;
}

/** What people see of one call, and when it was made. */
export interface SentMessages {
  readonly ids: readonly string[];
  readonly sentAt: number;
}

export function createReads({ tenant, clock, board, messagesOf }: ReadsParts): Reads {
  /** By message: who has read it, and when. */
  const reads = new Map<string, Map<string, number>>();

  /** What can be asked about; otherwise the error that says why not. */
  const asked = (key: unknown, robotCode: unknown, bot: Bot): readonly string[] | string => {
    if (robotCode !== bot.robotCode) return "invalidParameter.robotCode.invalid";
    const found = messagesOf(String(key));
    if (found === undefined) return "invalid.processQueryKey";
    return found.sentAt + LIFE_MS < clock.now() ? "processQueryKey.expireTime" : found.ids;
  };

  return {
    open(personId, { group, bot = { id: "" } }) {
      const { appKey = "" } = tenant.bot(bot.id) ?? tenant.bots()[0] ?? {};
      const place = group?.id ?? directChatId(personId, appKey);
      for (const { id } of board.messages(place)) {
        const known = reads.get(id) ?? new Map<string, number>();
        reads.set(id, known.has(personId) ? known : known.set(personId, clock.now()));
      }
    },
    ofPeople({ url }, bot) {
      const ids = asked(url.searchParams.get("processQueryKey"), url.searchParams.get("robotCode"), bot);
      if (typeof ids === "string") return dingTalkError(ids);
      const messageReadInfoList = ids.flatMap((id) => {
        const person = personAt(tenant, bot, board.find(id)?.place);
        return person?.staffId === undefined ? [] : [statusOf(person, reads.get(id)?.get(person.staffId))];
      });
      return { status: 200, body: { sendStatus: "SUCCESS", messageReadInfoList } };
    },
    ofGroup({ body }, bot) {
      const request = (jsonOf(body) ?? {}) as Readonly<Record<string, unknown>>;
      const { openConversationId, robotCode, processQueryKey, maxResults = MAX_PAGE, nextToken = "0" } = request;
      const ids = asked(processQueryKey, robotCode, bot);
      if (typeof ids === "string") return dingTalkError(ids);
      if (ids.some((id) => board.find(id)?.place !== openConversationId))
        return dingTalkError("invalidParameter.openConversationId.invalid");
      const size = Number(maxResults);
      if (size > MAX_PAGE) return dingTalkError("invalidParameter.pageSize.invalid");
      const all = [...(reads.get(ids[0] ?? "")?.keys() ?? [])];
      const from = Number(nextToken);
      const hasMore = from + size < all.length;
      const readUserIds = all.slice(from, from + size);
      const next = hasMore ? { nextToken: String(from + size) } : {};
      return { status: 200, body: { sendStatus: "SUCCESS", readUserIds, hasMore, ...next } };
    },
  };
}

function personAt(tenant: Tenant, bot: Bot, place: string | undefined): Member | undefined {
  return tenant.members().find(({ staffId }) => staffId !== undefined && directChatId(staffId, bot.appKey) === place);
}

function statusOf({ name, staffId: userId }: Member, at: number | undefined): object {
  if (at === undefined) return { name, userId, readStatus: "UNREAD" };
  return { name, userId, readStatus: "READ", readTimestamp: at };
}
