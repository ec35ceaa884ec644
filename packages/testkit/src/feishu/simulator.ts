/** Feishu on 127.0.0.1: the long connection, messages, cards, files and quotas of one tenant. */
import { realClock } from "../clock.ts";
import { createFaults } from "../faults.ts";
import { createBoard } from "../screen.ts";
import { serve, type ServerParts } from "../server.ts";
import type { SimulatedGroup, SimulatedUser, Simulator, SimulatorOptions } from "../simulator.ts";
import { feishuError } from "./answers.ts";
import { createEvents } from "./events.ts";
import type { FeishuQuota } from "./limits.ts";
import { createPeople, type FeishuUser, type GroupOptions } from "./people.ts";
import { createPlatform } from "./platform.ts";
import { routeOf } from "./routes.ts";
import { type Bot, createTenant } from "./tenant.ts";
import { type Ack, createWays, type Push, type SaidConfig, type Split, type Ways } from "./ways.ts";

/** Options for the channel: credentials of the simulated app, and where it is. */
export interface FeishuApp {
  readonly appId: string;
  readonly appSecret: string;
  readonly endpoints: { readonly api: string };
}

/** A further app of the tenant. */
export interface FeishuBot {
  /** Its open_id as it sees itself. */
  readonly id: string;
  readonly name: string;
  readonly app: FeishuApp;
}

/**
 * `assume`: `redeliveryKeepsId` (default true): a push that comes again has the `message_id` it had;
 * `answersPings` (default true): pings of WebSocket itself get their pong.
 */
export type FeishuSimulatorOptions = SimulatorOptions;

export interface FeishuSimulator extends Simulator<FeishuApp> {
  /** open_id of the first bot, as `from` of what it shows. */
  readonly botId: string;
  user(name: string): FeishuUser;
  group(title: string, members: readonly SimulatedUser[], options?: GroupOptions): SimulatedGroup;
  bot(name: string): FeishuBot;
  /** Connections that are open now, of all apps or of one. */
  connections(bot?: FeishuBot): number;
  /** Closes the connections, as the platform does to balance its load. */
  disconnect(bot?: FeishuBot): void;
  /** Pushes any payload to the first bot; resolves with its acknowledgement. */
  push(push: Push): Promise<Ack>;
  /** Writes bytes of your own to every connection as they are. */
  write(frame: string | Uint8Array): void;
  /** Every acknowledgement over a connection, oldest first. */
  readonly acks: readonly Ack[];
  /** What the platform says of how to connect, from now on. */
  clientConfig(config: SaidConfig): void;
  /** Pushes longer than that are cut into parts from now on. */
  split(split: Split | undefined): void;
  quota(quota: FeishuQuota): void;
  /** Every access token is void from now on. */
  revokeTokens(): void;
  /** Called after each change of any screen. */
  watch(listener: () => void): Disposable;
}

/** Listens on 127.0.0.1 and speaks Feishu's own protocol; nothing leaves the machine. Calls are named as in `routes.ts`. */
export async function createFeishuSimulator(options: FeishuSimulatorOptions = {}): Promise<FeishuSimulator> {
  const { clock = realClock(), assume = {}, port = 0 } = options;
  const tenant = createTenant();
  const board = createBoard();
  const calls: ServerParts["calls"] = [];
  const faults = createFaults({ begun: (fault) => startFault(fault.kind, ways), ended: () => ways.flush() });
  const ways: Ways = createWays({
    tenant,
    clock,
    faults,
    keepsId: assume["redeliveryKeepsId"] ?? true,
    answersPings: assume["answersPings"] ?? true,
  });
  const events = createEvents({ tenant, clock, tokenOf: () => "" });

  const platform = createPlatform({
    tenant,
    clock,
    board,
    open: { "ws/endpoint": (call) => ways.open(call, `${served.origin.replace("http", "ws")}/ws/v2`) },
  });
  const { archive } = platform;
  const served = await serve({
    clock,
    faults,
    calls,
    port,
    nameOf: (method, url) => routeOf(method, url).name,
    execute: platform.execute,
    errorAnswer: feishuError,
    upgrade: ways.upgrade,
  });
  const first = tenant.addBot("小助手");
  const people = createPeople({ tenant, board, archive, events, ways, hearsAll: () => false, calls });
  const appOf = ({ appId, appSecret }: Bot): FeishuApp => ({ appId, appSecret, endpoints: { api: served.origin } });
  const appIdOf = (bot: FeishuBot | undefined): string | undefined => bot?.app.appId;
  const close = async (): Promise<void> => {
    ways.close();
    await served.close();
  };
  return {
    app: appOf(first),
    botId: first.openId,
    calls,
    acks: ways.acks,
    user: people.user,
    group: (title, members, options = {}) => people.group(title, members, options),
    bot(name) {
      const bot = tenant.addBot(name);
      return { id: bot.openId, name, app: appOf(bot) };
    },
    fault: faults.add,
    redeliver: ways.redeliver,
    connections: (bot) => ways.connections(appIdOf(bot)),
    disconnect: (bot) => ways.disconnect(appIdOf(bot)),
    push: (push) => ways.push(first, push),
    write: (frame) => ways.write(typeof frame === "string" ? frame : Buffer.from(frame)),
    clientConfig: ways.clientConfig,
    split: ways.split,
    quota: platform.limits.set,
    revokeTokens: platform.tokens.revoke,
    watch: (listener) => board.watch(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Some faults happen at once; the others are looked up where they bite. */
function startFault(kind: string, ways: Ways): void {
  if (kind === "dropConnection") ways.drop();
  if (kind === "halfOpen") ways.freeze();
  if (kind === "malformedFrame") ways.malformed();
}
