/** One tenant, wired: what is in its chats, who is who, how its people act and its apps are told. */
import type { Clock } from "@openclaw-china/core";
import type { Board } from "../screen.ts";
import type { ServerParts } from "../server.ts";
import { type ActsParts, readersOf } from "./acts.ts";
import { type Execute, ok } from "./answers.ts";
import { createDirectory } from "./directory.ts";
import { createEvents, type Events } from "./events.ts";
import { createPeople, type People } from "./people.ts";
import { createPlatform, type Platform, type PlatformParts } from "./platform.ts";
import { createPresses, type Presses } from "./presses.ts";
import { createReactions, type Reaction, type Reactions } from "./reactions.ts";
import type { Scopes } from "./scopes.ts";
import type { Bot, Tenant } from "./tenant.ts";
import type { Ways } from "./ways.ts";

export type { FeishuUser, GroupOptions } from "./people.ts";
export type { Toast } from "./presses.ts";
export type { FeishuRobotSettings, FeishuSimulatedRobot } from "./robots.ts";

export interface TenancyParts extends PlatformParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly board: Board;
  readonly scopes: Scopes;
  readonly ways: Pick<Ways, "push" | "tokenOf">;
  readonly calls: ServerParts["calls"];
  /** An app hears of its own reactions. */
  readonly echoesReactions: boolean;
}

export interface Tenancy extends Pick<Platform, "archive" | "cards" | "robots"> {
  readonly people: People;
  readonly presses: Presses;
  readonly reactions: Reactions;
  readonly interfaces: Readonly<Record<string, Execute>>;
}

export function createTenancy(parts: TenancyParts): Tenancy {
  const { tenant, clock, board, scopes, ways, calls } = parts;
  const platform = createPlatform(parts);
  const { archive, files, faces } = platform;
  const events = createEvents({ tenant, clock, tokenOf: ways.tokenOf, scopes });
  const readers: ActsParts["readers"] = new Map();
  const now = (): number => clock.now();
  const reactions = createReactions({
    archive,
    now,
    changed(reaction, isThere) {
      board.change(reaction.messageId, {});
      const bot = tenant.bots().find(({ appId }) => appId === reaction.who);
      if (bot !== undefined && parts.echoesReactions) echo({ events, ways, bot }, reaction, isThere);
    },
  });
  const presses = createPresses({ tenant, clock, archive, events, ways, faces });
  const recalled = (id: string): void => board.change(id, { state: "recalled" });
  const acting = { tenant, archive, events, reactions, ways, recalled, now, readers };
  const people = createPeople({ ...acting, board, files, presses, scopes, calls });
  return {
    archive,
    cards: platform.cards,
    robots: platform.robots,
    people,
    presses,
    reactions,
    interfaces: {
      ...platform.interfaces,
      ...reactions.interfaces,
      ...presses.interfaces,
      ...createDirectory({ tenant, scopes }),
      "im/message/readUsers": (_call, bot, [id = ""]) => ok(readersOf({ tenant, readers }, id, bot)),
    },
  };
}

interface EchoParts {
  readonly events: Events;
  readonly ways: Pick<Ways, "push">;
  readonly bot: Bot;
}

/** The app's own reaction comes back to it as an event. */
function echo({ events, ways, bot }: EchoParts, reaction: Reaction, isThere: boolean): void {
  const type = `im.message.reaction.${isThere ? "created" : "deleted"}_v1`;
  const payload = events.envelope(bot, type, {
    message_id: reaction.messageId,
    reaction_type: { emoji_type: reaction.emoji },
    operator_type: "app",
    app_id: bot.appId,
    action_time: String(reaction.at),
  });
  ways.push(bot, { payload }).catch(() => "the simulator is closed");
}
