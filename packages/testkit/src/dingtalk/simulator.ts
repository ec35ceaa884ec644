/** DingTalk on 127.0.0.1: Stream Mode, robot interfaces, cards and quotas of one organisation. */
import { createFaults } from "../faults.ts";
import { realClock } from "../clock.ts";
import { createBoard } from "../screen.ts";
import { type Answer, type Call, serve, type ServerParts } from "../server.ts";
import type { Place, SimulatedGroup, SimulatedUser, Simulator, SimulatorOptions } from "../simulator.ts";
import { dingTalkError } from "./answers.ts";
import { type Cards, createCards } from "./cards.ts";
import { createFiles } from "./files.ts";
import { createPeople } from "./people.ts";
import { createQuotas, type Quota } from "./quotas.ts";
import { createRobot, type RobotSettings, type SimulatedRobot } from "./robot.ts";
import { type Bot, createTenant } from "./tenant.ts";
import { createTokens } from "./token.ts";
import { type Ack, createWays, type Push, type SimulatedWebhook, type Ways, type WebhookSettings } from "./ways.ts";

/** Options for the channel: credentials of the simulated app, and where it is. */
export interface DingTalkApp {
  readonly appKey: string;
  readonly appSecret: string;
  readonly endpoints: { readonly api: string; readonly oapi: string };
}

/** A further bot of the tenant. */
export interface SimulatedBot {
  readonly id: string;
  readonly name: string;
  readonly app: DingTalkApp;
}

/**
 * `assume`: `redeliversMessages` (default true): bot messages that were not acknowledged come again after 60 s;
 * `repeatedCardIsRefused` (default true): a second create with the same `outTrackId` is refused, else it is the same card.
 */
export type DingTalkSimulatorOptions = SimulatorOptions;

export interface DingTalkSimulator extends Simulator<DingTalkApp> {
  /** Id of the first bot, as `from` of what it shows. */
  readonly botId: string;
  /** External people have no staff id. */
  user(name: string, options?: { readonly isExternal?: boolean }): SimulatedUser;
  group(title: string, members: readonly SimulatedUser[], options?: { readonly id?: string }): SimulatedGroup;
  bot(name: string): SimulatedBot;
  /** A custom robot of the group: an address to write to, no bot. */
  robot(group: SimulatedGroup, settings?: RobotSettings): SimulatedRobot;
  /** Connections that are open now, of all bots or of one. */
  connections(bot?: SimulatedBot): number;
  /** Announces the end of the connections, as the platform does to balance its load. */
  disconnect(bot?: SimulatedBot): void;
  /** Pushes any frame to the first bot; resolves with its acknowledgement. */
  push(push: Push): Promise<Ack>;
  /** Writes a frame of your own to every connection as it is; its acknowledgement is among `acks`. */
  write(frame: string | Uint8Array): void;
  /** Every acknowledgement, oldest first. */
  readonly acks: readonly Ack[];
  /** Sets the app to HTTP mode: its messages are posted to the address, signed, until that is disposed. */
  webhook(settings: WebhookSettings & { readonly bot?: SimulatedBot }): SimulatedWebhook;
  /** Sets the quotas. */
  quota(quota: Quota): void;
  /** Makes an own card template known. */
  template(id: string, streamingKey: string): void;
  /** Every access token is void from now on. */
  revokeTokens(): void;
  /** A person opens a chat: what is there has been read, for 24 hours to ask about. */
  read(person: SimulatedUser, where?: Place): void;
  /** Reactions on a message. */
  reactions(messageId: string): readonly string[];
  /** Called after each change of any screen. */
  watch(listener: () => void): Disposable;
}

type Execute = (call: Call, bot: Bot) => Answer;

/** Listens on 127.0.0.1 and speaks DingTalk's own protocol; nothing leaves the machine. */
export async function createDingTalkSimulator(options: DingTalkSimulatorOptions = {}): Promise<DingTalkSimulator> {
  const { clock = realClock(), assume = {}, port = 0 } = options;
  const tenant = createTenant();
  const board = createBoard();
  const calls: ServerParts["calls"] = [];
  const quotas = createQuotas(clock);
  const tokens = createTokens({ tenant, clock });
  const files = createFiles();
  const robot = createRobot({ tenant, clock, board, quotas, files });
  const cards = createCards({ tenant, board, repeatIsRefused: assume["repeatedCardIsRefused"] ?? true });
  const faults = createFaults({ begun: (fault) => startFault(fault.kind, gateway), ended: () => gateway.flush() });
  const gateway: Ways = createWays({
    tenant,
    clock,
    faults,
    redeliversMessages: assume["redeliversMessages"] ?? true,
  });

  const interfaces: Readonly<Record<string, Execute>> = {
    "POST robot/oToMessages/batchSend": robot.sendToUsers,
    "POST robot/groupMessages/send": robot.sendToGroup,
    "POST robot/otoMessages/batchRecall": robot.recall,
    "POST robot/groupMessages/recall": robot.recall,
    "GET robot/oToMessages/readStatus": robot.reads.ofPeople,
    "POST robot/groupMessages/query": robot.reads.ofGroup,
    "POST robot/emotion/reply": (call) => robot.react(call, true),
    "POST robot/emotion/recall": (call) => robot.react(call, false),
    "POST robot/messageFiles/download": (call) => files.address(call, served.origin),
    "POST media/upload": files.upload,
    ...cardInterfaces(cards),
  };
  const open: Readonly<Record<string, (call: Call) => Answer>> = {
    "POST gateway/connections/open": (call) => gateway.open(call, `${served.origin.replace("http", "ws")}/connect`),
    "POST oauth2/accessToken": tokens.issue,
    "GET gettoken": tokens.issue,
    "POST robot/sendBySession": robot.sendBySession,
    "POST robot/send": robot.custom.send,
  };

  const execute = (call: Call): Answer => {
    const name = `${call.method} ${call.name}`;
    const free = open[name];
    if (free !== undefined) return free(call);
    if (call.name.startsWith("files/")) return files.fetch(call);
    const metered = interfaces[name];
    if (metered === undefined) return { status: 404, body: { code: "InvalidAction.NotFound", message: name } };
    const bot = tokens.appOf(call);
    if (bot === undefined) return dingTalkError(call.name === "media/upload" ? "40014" : "InvalidAuthentication");
    const exceeded = quotas.take(bot.appKey, call.name);
    return exceeded === undefined ? metered(call, bot) : dingTalkError(exceeded);
  };

  const served = await serve({
    clock,
    faults,
    calls,
    port,
    execute,
    errorAnswer: dingTalkError,
    upgrade: gateway.upgrade,
  });
  const people = createPeople({ tenant, clock, board, cards, files, robot, gateway, calls, origin: served.origin });
  const appOf = ({ appKey, appSecret }: Bot): DingTalkApp => ({
    appKey,
    appSecret,
    endpoints: { api: served.origin, oapi: served.origin },
  });
  const first = tenant.addBot("助手");
  const close = async (): Promise<void> => {
    gateway.close();
    await served.close();
  };
  return {
    app: appOf(first),
    botId: first.robotCode,
    calls,
    acks: gateway.acks,
    user: (name, { isExternal = false } = {}) => people.user(name, isExternal),
    group: (title, members, { id } = {}) => people.group(title, members, id),
    bot(name) {
      const bot = tenant.addBot(name);
      return { id: bot.robotCode, name, app: appOf(bot) };
    },
    robot: (group, settings = {}) => ({ ...robot.custom.add(group, settings), endpoints: { oapi: served.origin } }),
    fault: faults.add,
    redeliver: gateway.redeliver,
    webhook: ({ bot, ...settings }) => gateway.webhook(tenant.bot(bot?.id ?? "") ?? first, settings),
    connections: (bot) => gateway.connections(bot?.id),
    disconnect: (bot) => gateway.disconnect(bot?.id),
    push: (push) => gateway.push(first, push),
    write: (frame) => gateway.write(typeof frame === "string" ? frame : Buffer.from(frame)),
    quota: quotas.set,
    template: cards.template,
    revokeTokens: tokens.revoke,
    read: ({ id }, where = {}) => robot.reads.open(id, where),
    reactions: robot.reactions,
    watch: (listener) => board.watch(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function cardInterfaces(cards: Cards): Readonly<Record<string, Execute>> {
  return {
    "POST card/instances/createAndDeliver": cards.createAndDeliver,
    "POST card/instances": cards.create,
    "PUT card/instances": cards.update,
    "PUT card/streaming": cards.stream,
  };
}

/** Some faults happen at once; the others are looked up where they bite. */
function startFault(kind: string, gateway: Ways): void {
  if (kind === "dropConnection") gateway.drop();
  if (kind === "halfOpen") gateway.freeze();
  if (kind === "malformedFrame") gateway.malformed();
}
