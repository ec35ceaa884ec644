/** WeCom on 127.0.0.1: the long connection of intelligent bots, and what they and applications call, for one corporation. */
import { createFaults } from "../faults.ts";
import { realClock } from "../clock.ts";
import { createBoard } from "../screen.ts";
import { type Answer, type Call, serve, type ServerParts } from "../server.ts";
import type { SimulatedGroup, SimulatedUser, Simulator, SimulatorOptions } from "../simulator.ts";
import { weComError } from "./answers.ts";
import { withApplications } from "./app-people.ts";
import { createBotSide } from "./bot-side.ts";
import { createCorporation } from "./corporation.ts";
import type { Gateway, SentFrame } from "./gateway.ts";
import { userOf, type WeComUser } from "./people.ts";
import type { SimulatedApplication, SimulatedCallback, SimulatedKf, SimulatedWeComRobot } from "./kinds.ts";
import { createShared } from "./shared.ts";
import type { Bot } from "./tenant.ts";

/** Options for the channel: credentials of the simulated bot, and where the platform is. */
export interface WeComApp {
  readonly botId: string;
  readonly botSecret: string;
  readonly endpoints: { readonly api: string; readonly socket: string };
}

/** What the console is told about a bot in callback mode. */
export interface WeComCallbackSettings {
  readonly address: string;
  readonly token: string;
  /** 43 characters. */
  readonly encodingAesKey: string;
  /** Default empty, as for a bot of one's own corporation. */
  readonly receiveId?: string;
  /** Default the first. */
  readonly bot?: SimulatedWeComBot;
}

/** A further bot of the tenant. */
export interface SimulatedWeComBot {
  readonly id: string;
  readonly name: string;
  readonly app: WeComApp;
}

/**
 * `assume`, with defaults: `tellsEvicted` (true): the older connection of a bot gets `disconnected_event`;
 * `closesEvicted` (true): it is closed; `redelivers` (false): what no connection has heard comes again;
 * `reqIdsOutliveConnections` (true); `swallowsLateUpdates` (false): an update of a stream older than six minutes is
 * acknowledged and shows nothing; `refusesFinished` (false): a frame after the last one is refused;
 * `refusesRepeatedKfMessages` (true): a `msgid` of customer service that was used before is refused.
 */
export type WeComSimulatorOptions = SimulatorOptions;

export interface WeComSimulator extends Simulator<WeComApp> {
  /** Id of the first bot, as `from` of what it shows. */
  readonly botId: string;
  user(name: string, options?: { readonly id?: string }): WeComUser;
  group(title: string, members: readonly SimulatedUser[], options?: { readonly id?: string }): SimulatedGroup;
  bot(name: string): SimulatedWeComBot;
  /** Sets a bot to callback mode, until disposed: its messages are posted, growing answers asked for every second. */
  webhook(settings: WeComCallbackSettings): SimulatedCallback;
  /** A self-built application, with a chat of its own for everybody. */
  application(): SimulatedApplication;
  /** An account of WeChat customer service. */
  kf(): SimulatedKf;
  /** A robot of the group: an address to write to, no bot. */
  robot(group: SimulatedGroup): SimulatedWeComRobot;
  /** Whom applications can write to together; returns its id. */
  department(members: readonly SimulatedUser[]): string;
  tag(members: readonly SimulatedUser[]): string;
  /** Every access token is void from now on. */
  revokeTokens(): void;
  /** Connections that are open now, of all bots or of one that has subscribed. */
  connections(bot?: SimulatedWeComBot): number;
  /** Somebody elsewhere connects with the bot's secret: its connection is evicted. */
  takeOver(bot?: SimulatedWeComBot): void;
  /** Every frame of bots, oldest first. */
  readonly frames: readonly SentFrame[];
  /** Writes a frame of your own to every connection as it is. */
  write(frame: string | Uint8Array): void;
  /** Messages whose thinking animation nothing has ended. */
  spinning(): readonly string[];
  /** Called after each change of any screen. */
  watch(listener: () => void): Disposable;
}

/** Listens on 127.0.0.1 and speaks WeCom's own protocol; nothing leaves the machine. */
export async function createWeComSimulator(options: WeComSimulatorOptions = {}): Promise<WeComSimulator> {
  const { clock = realClock(), assume = {}, port = 0 } = options;
  const board = createBoard();
  const calls: ServerParts["calls"] = [];
  const faults = createFaults({ begun: ({ kind }) => startFault(kind, side.gateway), ended: () => side.flush() });
  const origin = (): string => served.origin;
  const shared = createShared({ clock, faults, origin });
  const { tenant, files, posts } = shared;
  const side = createBotSide({ ...shared, clock, board, faults, calls, assume, origin });
  const { gateway, cards } = side;
  const corporation = createCorporation({ ...shared, clock, board, cards, calls, assume });

  const execute = (call: Call): Answer => {
    if (call.name.startsWith("files/")) return files.fetch(call);
    if (call.name === "cgi-bin/aibot/response") return side.responses.respond(call);
    return corporation.execute(call) ?? { status: 404, body: "" };
  };
  const errorAnswer = weComError;
  const served = await serve({ clock, faults, calls, port, execute, errorAnswer, upgrade: gateway.upgrade });
  const appOf = ({ botId, secret }: Bot): WeComApp => ({
    botId,
    botSecret: secret,
    endpoints: { api: served.origin, socket: served.origin.replace("http", "ws") },
  });
  const first = tenant.addBot("助手");
  const botOf = (bot: SimulatedWeComBot | undefined): Bot => tenant.bot(bot?.id ?? "") ?? first;
  const idsOf = (people: readonly SimulatedUser[]): readonly string[] => people.map(({ id }) => id);
  const close = async (): Promise<void> => {
    posts.close();
    side.callbackMode.close();
    gateway.close();
    await served.close();
  };
  return {
    app: appOf(first),
    botId: first.botId,
    calls,
    frames: gateway.frames,
    user(name, { id } = {}) {
      const member = tenant.addMember(name, id);
      return withApplications(userOf(side.people, member), member, { apps: corporation.apps, cards });
    },
    group: (title, members, { id } = {}) => tenant.addGroup(title, idsOf(members), id),
    department: (members) => tenant.addCircle("department", idsOf(members)),
    tag: (members) => tenant.addCircle("tag", idsOf(members)),
    bot(name) {
      const bot = tenant.addBot(name);
      return { id: bot.botId, name, app: appOf(bot) };
    },
    webhook: ({ bot, address, token, encodingAesKey, receiveId = "" }) =>
      side.callbackMode.open(botOf(bot), { address, keys: { token, encodingAesKey, receiveId } }),
    application: corporation.apps.add,
    kf: corporation.kf.add,
    robot: (group) => ({ ...corporation.robots.add(group), endpoints: { api: served.origin } }),
    revokeTokens: corporation.tokens.revoke,
    fault: faults.add,
    redeliver: side.redeliver,
    connections: (bot) => gateway.connections(bot?.id),
    takeOver: (bot) => gateway.takeOver(botOf(bot)),
    write: (frame) => gateway.write(typeof frame === "string" ? frame : Buffer.from(frame)),
    spinning: side.spinning,
    watch: (listener) => board.watch(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Some faults happen at once; the others are looked up where they bite. */
function startFault(kind: string, gateway: Gateway): void {
  if (kind === "dropConnection") gateway.drop();
  if (kind === "halfOpen") gateway.freeze();
  if (kind === "malformedFrame") gateway.malformed();
}
