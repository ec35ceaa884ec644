/** WeCom on 127.0.0.1: the long connection of intelligent bots, and what they and applications call, for one corporation. */
import { createFaults } from "../faults.ts";
import { realClock } from "../clock.ts";
import { createBoard } from "../screen.ts";
import { type Answer, type Call, serve, type ServerParts } from "../server.ts";
import type { SimulatedGroup, SimulatedUser, Simulator, SimulatorOptions } from "../simulator.ts";
import { weComError } from "./answers.ts";
import { createBotSide } from "./bot-side.ts";
import type { SentFrame } from "./gateway.ts";
import { userOf, type WeComUser } from "./people.ts";
import { type Bot, createTenant } from "./tenant.ts";

/** Options for the channel: credentials of the simulated bot, and where the platform is. */
export interface WeComApp {
  readonly botId: string;
  readonly botSecret: string;
  readonly endpoints: { readonly api: string; readonly socket: string };
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
 * acknowledged and shows nothing; `refusesFinished` (false): so is a frame after the last one, else it is refused.
 */
export type WeComSimulatorOptions = SimulatorOptions;

export interface WeComSimulator extends Simulator<WeComApp> {
  /** Id of the first bot, as `from` of what it shows. */
  readonly botId: string;
  user(name: string, options?: { readonly id?: string }): WeComUser;
  group(title: string, members: readonly SimulatedUser[], options?: { readonly id?: string }): SimulatedGroup;
  bot(name: string): SimulatedWeComBot;
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
  const tenant = createTenant();
  const board = createBoard();
  const calls: ServerParts["calls"] = [];
  const faults = createFaults({ begun: (fault) => startFault(fault.kind), ended: () => side.deliveries.flush() });
  const origin = (): string => served.origin;
  const side = createBotSide({ tenant, clock, board, faults, calls, assume, origin });
  const { gateway } = side;
  const startFault = (kind: string): void => {
    if (kind === "dropConnection") gateway.drop();
    if (kind === "halfOpen") gateway.freeze();
    if (kind === "malformedFrame") gateway.malformed();
  };

  const interfaces: Readonly<Record<string, (call: Call) => Answer>> = {
    "POST cgi-bin/aibot/response": side.responses.respond,
  };
  const execute = (call: Call): Answer => {
    if (call.name.startsWith("files/")) return side.files.fetch(call);
    const known = interfaces[`${call.method} ${call.name}`];
    return known === undefined ? { status: 404, body: "" } : known(call);
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
  const close = async (): Promise<void> => {
    gateway.close();
    await served.close();
  };
  return {
    app: appOf(first),
    botId: first.botId,
    calls,
    frames: gateway.frames,
    user: (name, { id } = {}) => userOf(side.people, tenant.addMember(name, id)),
    group: (title, members, { id } = {}) =>
      tenant.addGroup(
        title,
        members.map((member) => member.id),
        id,
      ),
    bot(name) {
      const bot = tenant.addBot(name);
      return { id: bot.botId, name, app: appOf(bot) };
    },
    fault: faults.add,
    redeliver: side.deliveries.redeliver,
    connections: (bot) => gateway.connections(bot?.id),
    takeOver: (bot) => gateway.takeOver(botOf(bot)),
    write: (frame) => gateway.write(typeof frame === "string" ? frame : Buffer.from(frame)),
    spinning: side.streams.spinning,
    watch: (listener) => board.watch(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}
