/**
 * 1,000 messages over 100 conversations, a third of them delivered more than once, while the handler of one conversation
 * hangs: each is answered once, in order per conversation, and the one that hangs delays nobody.
 */
import { createDingTalk } from "@openclaw-china/dingtalk";
import type { Place, SimulatedUser } from "@openclaw-china/testkit";
import { expect, test } from "vitest";
import { createWorld, type World } from "./world.ts";

const CONVERSATIONS = 100;
const EACH = 10;
/** Every sixth message is delivered twice at once; as many others are delivered again before they are acknowledged. */
const TWICE_EVERY = 6;

interface Chat {
  readonly name: string;
  readonly user: SimulatedUser;
  readonly place: Place;
}

/** Half of them direct chats, half of them groups. */
function chatsOf({ sim }: World): readonly Chat[] {
  return Array.from({ length: CONVERSATIONS }, (_, n) => {
    const name = `c${n}`;
    const user = sim.user(name);
    return n % 2 === 0 ? { name, user, place: {} } : { name, user, place: { group: sim.group(name, [user]) } };
  });
}

const textOf = ({ name }: Chat, n: number): string => `${name} message ${n}`;
const answersOf = (chat: Chat): readonly string[] =>
  Array.from({ length: EACH }, (_, n) => `answer to ${textOf(chat, n)}`);

/** Everybody writes in turn; resolves when the bot has acknowledged everything. */
async function everybodyWrites({ sim }: World, chats: readonly Chat[]): Promise<void> {
  const saying: Promise<void>[] = [];
  for (let n = 0; n < EACH; n += 1) {
    for (const chat of chats) {
      const isTwice = saying.length % TWICE_EVERY === 0;
      const twice = isTwice ? sim.fault({ kind: "duplicate" }) : undefined;
      saying.push(chat.user.say(textOf(chat, n), chat.place));
      twice?.[Symbol.dispose]();
      if (saying.length % 100 === 17) saying.push(sim.redeliver()); // the seventeen that are on their way
      if (saying.length % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  await Promise.all(saying);
}

test(
  "each is answered once and in order, while one handler hangs; stop ends it, and the next start answers the rest",
  { timeout: 300_000 },
  async () => {
    await using world = await createWorld();
    const { sim, until, written } = world;
    const chats = chatsOf(world);
    const [hanging, ...others] = chats as [Chat, ...Chat[]];
    const options = (): Parameters<World["bot"]>[0] => ({
      channels: [createDingTalk({ ...sim.app, streaming: "off", thinking: "off" })],
      state: world.state("file"),
      turnTimeoutMs: 86_400_000,
    });

    const began: string[] = [];
    const bot = world.bot({
      ...options(),
      handler(turn) {
        began.push(turn.text);
        return turn.text.startsWith(`${hanging.name} `) ? new Promise(() => undefined) : `answer to ${turn.text}`;
      },
    });
    await bot.start();
    await everybodyWrites(world, chats);
    expect(sim.acks.length).toBeGreaterThanOrEqual(Math.ceil((CONVERSATIONS * EACH * 4) / 3));

    const count = (): number => others.reduce((sum, { user, place }) => sum + written(user, place).length, 0);
    await until(() => count() >= others.length * EACH, "all others are answered");
    for (const chat of others) expect(written(chat.user, chat.place)).toEqual(answersOf(chat));
    expect(began.filter((text) => text.startsWith(`${hanging.name} `))).toEqual([textOf(hanging, 0)]);
    expect(written(hanging.user, hanging.place)).toEqual([]);

    await world.stop(bot, 1_000);
    expect(sim.connections()).toBe(0);

    const next = world.bot({ ...options(), handler: (turn) => `answer to ${turn.text}` });
    await next.start();
    await until(() => written(hanging.user, hanging.place).length >= EACH, "the rest is answered");
    await world.stop(next, 1_000);
    for (const chat of chats) expect(written(chat.user, chat.place)).toEqual(answersOf(chat));
  },
);
