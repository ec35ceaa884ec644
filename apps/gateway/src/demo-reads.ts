/** Read status in the demo: a person looks at a chat, and the bot asks the platform who has read its answers there. */
import type { Bot, Handler, Sent } from "@openclaw-china/core";
import type { DingTalkSimulator, SimulatedGroup, SimulatedUser } from "@openclaw-china/testkit";

/** What the bot was told of its answers. */
export interface Reads {
  /** The same agent, with its answers kept to ask about. */
  noting(agent: Handler): Handler;
  /** The person looks at a chat; resolves when the bot has asked. */
  look(bot: Pick<Bot, "readers">, group?: SimulatedGroup): Promise<void>;
  /** Whether the platform has said so. Undefined: it cannot be asked about. */
  isRead(id: string): boolean | undefined;
}

/** Each question costs a metered call: the newest answers are enough. */
const MAX_ASKED = 3;

/** Of one person. */
export function createReads(sim: Pick<DingTalkSimulator, "read">, person: SimulatedUser): Reads {
  const answers = new Map<string, Sent>();
  const read = new Set<string>();
  const asking = new Set<string>();
  const ask = async (bot: Pick<Bot, "readers">, sent: Sent): Promise<void> => {
    asking.add(sent.id);
    try {
      const readers = await bot.readers(sent);
      if (readers.some(({ id }) => id === person.id)) read.add(sent.id);
    } finally {
      asking.delete(sent.id);
    }
  };
  return {
    noting: (agent) => async (turn, next) => {
      const answer = await agent(turn, next);
      if (answer === undefined) return;
      const isSent = typeof answer === "object" && "sentAt" in answer;
      const sent = isSent ? answer : await turn.reply(answer);
      answers.set(sent.id, sent);
    },
    async look(bot, group) {
      const place = group === undefined ? {} : { group };
      sim.read(person, place);
      const unread = person
        .screen(place)
        .messages.flatMap(({ id }) => answers.get(id) ?? [])
        .filter(({ id }) => !read.has(id) && !asking.has(id));
      await Promise.all(unread.slice(-MAX_ASKED).map((sent) => ask(bot, sent)));
    },
    isRead: (id) => (answers.has(id) ? read.has(id) : undefined),
  };
}
