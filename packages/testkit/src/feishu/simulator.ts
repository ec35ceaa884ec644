/** Feishu on 127.0.0.1: the long connection, webhooks, messages, cards, files and quotas of one tenant. */
import { realClock } from "../clock.ts";
import { createFaults } from "../faults.ts";
import { createBoard } from "../screen.ts";
import { serve, type ServerParts } from "../server.ts";
import type { SimulatedGroup, SimulatedUser, Simulator, SimulatorOptions } from "../simulator.ts";
import { feishuError } from "./answers.ts";
import { createDoor, createRules, type FeishuQuota, type FeishuScope } from "./door.ts";
import { routeOf } from "./routes.ts";
import {
  createTenancy,
  type FeishuRobotSettings,
  type FeishuSimulatedRobot,
  type FeishuUser,
  type GroupOptions,
  type Tenancy,
  type Toast,
} from "./tenancy.ts";
import { type Bot, createTenant, openIdOf } from "./tenant.ts";
import {
  type Ack,
  createWays,
  type FeishuWebhook,
  type FeishuWebhookSettings,
  type Push,
  type SaidConfig,
  type Split,
  type Ways,
} from "./ways.ts";

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

/** A message as the platform keeps it. */
export interface FeishuMessage {
  readonly chatId: string;
  readonly type: string;
  /** JSON. */
  readonly content: string;
  readonly rootId: string | undefined;
  readonly parentId: string | undefined;
  readonly threadId: string | undefined;
  /** Emoji on it. */
  readonly reactions: readonly string[];
  /** What the list of chats shows of it: `[生成中...]` for a card that streamed and was given no summary at its end. */
  readonly preview: string;
}

/**
 * `assume`: `redeliveryKeepsId` (default true): a push that comes again has the `message_id` it had;
 * `answersPings` (default true): pings of WebSocket itself get their pong;
 * `ownReactionsComeBack` (default true): an app hears of its own reactions.
 */
export type FeishuSimulatorOptions = SimulatorOptions;

export interface FeishuSimulator extends Simulator<FeishuApp> {
  /** open_id of the first bot, as `from` of what it shows. */
  readonly botId: string;
  user(name: string): FeishuUser;
  group(title: string, members: readonly SimulatedUser[], options?: GroupOptions): SimulatedGroup;
  bot(name: string): FeishuBot;
  /** A custom robot of the group: an address to write to, no bot. */
  robot(group: SimulatedGroup, settings?: FeishuRobotSettings): FeishuSimulatedRobot;
  /** How an app sees a person: by an open_id of its own. */
  openId(user: FeishuUser, bot: FeishuBot): string;
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
  /** Sets the app to webhook mode until that is disposed. */
  webhook(settings: FeishuWebhookSettings & { readonly bot?: FeishuBot }): FeishuWebhook;
  /** Grants a scope, or takes it back. By default all are granted but `im:message` and `im:message.group_msg`. */
  scope(scope: FeishuScope, isGranted: boolean, bot?: FeishuBot): void;
  quota(quota: FeishuQuota): void;
  /** Calls that counted for the month. */
  counted(): number;
  /** Every access token is void from now on. */
  revokeTokens(): void;
  message(id: string): FeishuMessage | undefined;
  /** Short notices that answers to presses showed, oldest first. */
  readonly toasts: readonly Toast[];
  /** Called after each change of any screen. */
  watch(listener: () => void): Disposable;
}

/** Listens on 127.0.0.1 and speaks Feishu's own protocol; nothing leaves the machine. Calls are named as in `routes.ts`. */
export async function createFeishuSimulator(options: FeishuSimulatorOptions = {}): Promise<FeishuSimulator> {
  const { clock = realClock(), assume = {}, port = 0 } = options;
  const tenant = createTenant();
  const board = createBoard();
  const calls: ServerParts["calls"] = [];
  const rules = createRules({ tenant, clock });
  const { limits, scopes, tokens } = rules;
  const faults = createFaults({ begun: (fault) => startFault(fault.kind, ways), ended: () => ways.flush() });
  const ways: Ways = createWays({
    tenant,
    clock,
    faults,
    keepsId: assume["redeliveryKeepsId"] ?? true,
    answersPings: assume["answersPings"] ?? true,
  });
  const echoesReactions = assume["ownReactionsComeBack"] ?? true;
  const tenancy = createTenancy({ tenant, clock, board, limits, scopes, ways, calls, echoesReactions });
  const { people, robots, presses } = tenancy;
  const execute = createDoor({
    ...rules,
    interfaces: tenancy.interfaces,
    open: {
      "ws/endpoint": (call) => ways.open(call, `${served.origin.replace("http", "ws")}/ws/v2`),
      "auth/tenantAccessToken": tokens.issue,
      "bot/hook": robots.send,
    },
  });
  const served = await serve({
    clock,
    faults,
    calls,
    port,
    nameOf: (method, url) => routeOf(method, url).name,
    execute,
    errorAnswer: feishuError,
    upgrade: ways.upgrade,
  });
  const first = tenant.addBot("小助手");
  const endpoints = { api: served.origin };
  const appOf = ({ appId, appSecret }: Bot): FeishuApp => ({ appId, appSecret, endpoints });
  const botOf = (bot: FeishuBot | undefined): Bot => tenant.bot(bot?.id ?? "") ?? first;
  const close = async (): Promise<void> => {
    ways.close();
    await served.close();
  };
  return {
    app: appOf(first),
    botId: first.openId,
    calls,
    acks: ways.acks,
    toasts: presses.toasts,
    user: people.user,
    group: (title, members, options = {}) => people.group(title, members, options),
    bot(name) {
      const bot = tenant.addBot(name);
      return { id: bot.openId, name, app: appOf(bot) };
    },
    robot: (group, settings = {}) => ({ ...robots.add(group, settings), endpoints }),
    openId: ({ unionId }, bot) => openIdOf({ unionId }, botOf(bot).appId),
    fault: faults.add,
    redeliver: ways.redeliver,
    connections: (bot) => ways.connections(bot?.app.appId),
    disconnect: (bot) => ways.disconnect(bot?.app.appId),
    push: (push) => ways.push(first, push),
    write: (frame) => ways.write(typeof frame === "string" ? frame : Buffer.from(frame)),
    clientConfig: ways.clientConfig,
    split: ways.split,
    webhook: ({ bot, ...settings }) => ways.webhook(botOf(bot), settings),
    scope: (scope, isGranted, bot) => scopes.grant(botOf(bot), scope, isGranted),
    quota: limits.set,
    counted: limits.counted,
    revokeTokens: tokens.revoke,
    message: (id) => messageOf(tenancy, id, board.find(id)?.text ?? ""),
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

function messageOf({ archive, reactions, cards }: Tenancy, id: string, text: string): FeishuMessage | undefined {
  const message = archive.find(id);
  if (message === undefined) return undefined;
  const { chat, type, content, rootId, parentId, threadId } = message;
  const emoji = reactions.of(id).map((one) => one.emoji);
  const preview = cards.preview(id) ?? text;
  return { chatId: chat.id, type, content, rootId, parentId, threadId, reactions: emoji, preview };
}
