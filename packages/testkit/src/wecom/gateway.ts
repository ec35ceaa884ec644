/** The long connection from the platform's side: subscriptions, one connection for each bot, frames and their answers. */
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "@openclaw-china/core";
import { WebSocketServer } from "ws";
import type { Faults } from "../faults.ts";
import type { ServerParts } from "../server.ts";
import { done, type Outcome, refused } from "./answers.ts";
import { type Connection, createConnection, nonsense } from "./connection.ts";
import { asJson, type Json } from "./json.ts";
import type { Asked } from "./talk.ts";
import type { Bot, Tenant } from "./tenant.ts";

/** Name of the handshake for faults, and among the calls. */
const SOCKET_CALL = "connect";
/** Nobody waits for an acknowledgement this long. */
const FORGOTTEN_AFTER_MS = 15_000;

/** A frame that a bot has sent. */
export interface SentFrame {
  readonly cmd: string;
  readonly reqId: string;
  readonly body: Json;
  readonly at: number;
  /** Undefined while it is not acknowledged. */
  readonly errcode: number | undefined;
  /** Another frame with this `req_id` was not acknowledged yet: their acknowledgements cannot be told apart. */
  readonly isOverlapping: boolean;
}

export type Execute = (asked: Asked, inFlight: number) => Outcome;

export interface GatewayParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly calls: ServerParts["calls"];
  /** Commands of a subscribed connection. */
  readonly commands: Readonly<Record<string, Execute>>;
  /** The older connection is told that it is replaced. */
  readonly tellsEvicted: boolean;
  /** The older connection is closed. */
  readonly closesEvicted: boolean;
  /** A bot has a connection that is ready. */
  readonly subscribed: (bot: Bot) => void;
}

export interface Gateway {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** The bot's connection that is ready. */
  connectionOf(bot: Bot): Connection | undefined;
  /** Somebody elsewhere connects with the bot's secret, and stays until a connection evicts them. */
  takeOver(bot: Bot): void;
  drop(): void;
  freeze(): void;
  malformed(): void;
  write(frame: string | Buffer): void;
  connections(botId?: string): number;
  readonly frames: readonly SentFrame[];
  close(): void;
}

export function createGateway(parts: GatewayParts): Gateway {
  const { tenant, clock, faults, calls } = parts;
  const connections = new Set<Connection>();
  const frames: SentFrame[] = [];
  const closing = new AbortController();
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });

  const connectionOf = (bot: Bot): Connection | undefined =>
    [...connections].findLast((one) => one.bot?.botId === bot.botId && one.isSubscribed());
  const evict = (bot: Bot): void => {
    const news = parts.tellsEvicted ? disconnected(bot, clock.now()) : undefined;
    connectionOf(bot)?.evict({ news, isClosed: parts.closesEvicted });
  };
  const subscribe = (connection: Connection, body: Json): Outcome => {
    const bot = tenant.bot(String(body["bot_id"]));
    if (typeof body["bot_id"] !== "string" || typeof body["secret"] !== "string") return refused("40058");
    if (bot === undefined) return refused("93019");
    if (bot.secret !== body["secret"]) return refused("853000");
    if (connection.bot !== undefined) return refused("45009"); // twice on one connection
    evict(bot);
    connection.bot = bot;
    return done();
  };
  const execute = (connection: Connection, { cmd, reqId, body }: SentFrame, inFlight: number): Outcome => {
    if (cmd === "ping") return done();
    if (cmd === "aibot_subscribe") return subscribe(connection, body);
    const command = parts.commands[cmd];
    if (command === undefined) return refused("40058");
    if (connection.bot === undefined || !connection.isSubscribed()) return refused("846609");
    return command({ bot: connection.bot, connectionId: connection.id, reqId, body }, inFlight);
  };
  const inFlightOf = (cmd: string): number =>
    frames.filter((one) => one.errcode === undefined && one.cmd === cmd).length;

  const answer = async (connection: Connection, at: number, frame: SentFrame): Promise<void> => {
    const { cmd, reqId } = frame;
    const call = calls.push({ name: cmd, at: frame.at, status: 0, request: frame.body }) - 1;
    const lost = faults.find("noAnswer", cmd);
    if (lost?.executed === false) return;
    const inFlight = inFlightOf(cmd);
    const delay = faults.find("delay", cmd);
    const error = faults.find("platformError", cmd);
    if (delay !== undefined) await clock.sleep(delay.ms, closing.signal);
    const outcome = error === undefined ? execute(connection, frame, inFlight) : refused(error.code);
    if (lost !== undefined) return;
    frames[at] = { ...frame, errcode: outcome.errcode };
    calls[call] = { ...calls[call], name: cmd, at: frame.at, status: outcome.errcode === 0 ? 200 : outcome.errcode };
    connection.write({ headers: { req_id: reqId }, ...outcome });
    if (cmd === "aibot_subscribe" && outcome.errcode === 0 && connection.bot !== undefined)
      parts.subscribed(connection.bot);
  };
  const hear = (connection: Connection, text: string): void => {
    const { cmd, headers, body } = asJson(parse(text));
    const reqId = asJson(headers)["req_id"];
    if (typeof cmd !== "string" || typeof reqId !== "string") return;
    const isOverlapping = frames.some(
      (one) => one.errcode === undefined && one.reqId === reqId && one.at > clock.now() - FORGOTTEN_AFTER_MS,
    );
    const frame = { cmd, reqId, body: asJson(body), at: clock.now(), errcode: undefined, isOverlapping };
    answer(connection, frames.push(frame) - 1, frame).catch(() => "the simulator is closed");
  };

  const connect = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const call = calls.push({ name: SOCKET_CALL, at: clock.now(), status: 0 }) - 1;
    const finish = (status: number): void => {
      calls[call] = { name: SOCKET_CALL, at: calls[call]?.at ?? clock.now(), status };
    };
    const status = faults.find("status", SOCKET_CALL)?.status;
    if (faults.find("refuseConnections") !== undefined) return void socket.destroy();
    if (faults.find("noAnswer", SOCKET_CALL) !== undefined) return void socket.destroy(); // cut off, as everywhere
    if (status !== undefined) {
      finish(status);
      return void socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nconnection: close\r\n\r\n`);
    }
    server.handleUpgrade(request, socket, head, (ws) => {
      finish(101);
      if (faults.find("ignoreClose") !== undefined) ws.close = () => undefined;
      const connection = createConnection({ ws, raw: socket, clock, hear });
      connections.add(connection);
      ws.on("close", () => connections.delete(connection));
    });
  };

  return {
    frames,
    connectionOf,
    takeOver: evict,
    upgrade(request, socket, head) {
      socket.on("error", () => "its close follows");
      const delay = faults.find("delay", SOCKET_CALL);
      if (delay === undefined) return connect(request, socket, head);
      clock.sleep(delay.ms, closing.signal).then(
        () => connect(request, socket, head),
        () => socket.destroy(),
      );
    },
    drop() {
      for (const one of connections) one.terminate();
    },
    freeze() {
      for (const one of connections) one.freeze();
    },
    malformed() {
      for (const one of connections) for (const text of nonsense()) one.write(text);
    },
    write(frame) {
      for (const one of connections) one.write(frame);
    },
    connections: (botId) => [...connections].filter(({ bot }) => botId === undefined || bot?.botId === botId).length,
    close() {
      closing.abort(new Error("the simulator is closed"));
      for (const one of connections) one.terminate();
      server.close();
    },
  };
}

function disconnected({ botId }: Bot, now: number): object {
  const body = {
    msgid: `evicted-${now}`,
    create_time: Math.floor(now / 1_000),
    aibotid: botId,
    msgtype: "event",
    event: { eventtype: "disconnected_event" },
  };
  return { cmd: "aibot_event_callback", headers: { req_id: `evicted-${now}` }, body };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // the platform ignores what is no frame
  }
}
