/** The long connection from the platform's side: the endpoint call, sockets, pushes, acknowledgements, redelivery. */
import { randomUUID } from "node:crypto";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "@openclaw-china/core";
import { WebSocketServer } from "ws";
import type { Faults } from "../faults.ts";
import { type Answer, type Call, jsonOf } from "../server.ts";
import { feishuError } from "./answers.ts";
import { type ClientConfig, type Connection, createConnection } from "./connection.ts";
import { type Ack, createDeliveries, type Deliveries } from "./deliveries.ts";
import { asJson } from "./json.ts";
import type { Bot, Tenant } from "./tenant.ts";

const TICKET_LIFE_MS = 90_000;
const MAX_CONNECTIONS = 50;
/** Name of the handshake for faults: `delay`, `status` and `platformError` bite there too. */
const SOCKET_CALL = "connect";
const DEFAULT_CONFIG: ClientConfig = {
  ReconnectCount: -1,
  ReconnectInterval: 120,
  ReconnectNonce: 30,
  PingInterval: 120,
};

/** What the platform says of how to connect; `"none"` leaves it out. */
export interface SaidConfig {
  readonly endpoint?: ClientConfig | "none";
  /** In each pong. Default none. */
  readonly pong?: ClientConfig | "none";
}

export interface GatewayParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly keepsId: boolean;
  /** Pings of WebSocket itself get their pong. */
  readonly answersPings: boolean;
}

export interface Gateway extends Pick<Deliveries, "push" | "redeliver" | "flush" | "split"> {
  /** POST /callback/ws/endpoint. */
  open(call: Call, endpoint: string): Answer;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes every connection (of one app), as the platform does to balance its load. */
  disconnect(appId?: string): void;
  /** Ends every connection without a word. */
  drop(): void;
  /** Every connection is half open from now on: it stays up and hears and says nothing. */
  freeze(): void;
  malformed(): void;
  /** Writes bytes to every connection as they are. */
  write(frame: Buffer | string): void;
  /** Connections that are open, by app. */
  connections(appId?: string): number;
  clientConfig(config: SaidConfig): void;
  /** Every acknowledgement, oldest first. */
  readonly acks: readonly Ack[];
  close(): void;
}

interface Ticket {
  readonly bot: Bot;
  readonly serviceId: number;
  readonly expiresAt: number;
}

export function createGateway(parts: GatewayParts): Gateway {
  const { tenant, clock, faults, keepsId } = parts;
  const tickets = new Map<string, Ticket>();
  const connections = new Set<Connection>();
  const acks: Ack[] = [];
  const closing = new AbortController();
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, autoPong: parts.answersPings });
  const nextIds = createIds();
  let said: SaidConfig = {};
  let links = 0;

  const openOf = (appId?: string): readonly Connection[] =>
    [...connections].filter((one) => one.isOpen() && (appId === undefined || one.bot.appId === appId));
  const pick = (bot: Bot, again: boolean): Connection | undefined => {
    const open = openOf(bot.appId).filter((one) => !again || one.hears());
    return open[Math.floor(clock.random() * open.length)];
  };
  const deliveries = createDeliveries({ clock, faults, keepsId, pick });

  const connect = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const key = new URL(request.url ?? "/", "http://127.0.0.1").searchParams.get("ticket") ?? "";
    const ticket = tickets.get(key);
    tickets.delete(key); // it serves once
    const status = faults.find("status", SOCKET_CALL)?.status;
    const code = faults.find("platformError", SOCKET_CALL)?.code;
    if (faults.find("refuseConnections") !== undefined) return void socket.destroy();
    if (status !== undefined) return refuse(socket, status, {});
    if (code !== undefined) return refuse(socket, 403, refusalOf(code));
    if (ticket === undefined || ticket.expiresAt <= clock.now()) return refuse(socket, 403, refusalOf("514"));
    server.handleUpgrade(request, socket, head, (ws) => {
      if (faults.find("ignoreClose") !== undefined) ws.close = () => undefined;
      const { bot, serviceId } = ticket;
      const pongConfig = (): ClientConfig | undefined => (said.pong === "none" ? undefined : said.pong);
      const hear: Parameters<typeof createConnection>[0]["hear"] = (frame, sent) =>
        void acks.push(deliveries.hear(frame, sent));
      const connection = createConnection({ ws, raw: socket, bot, serviceId, clock, pongConfig, nextIds, hear });
      connections.add(connection);
      ws.on("close", () => connections.delete(connection));
      deliveries.connected(bot);
    });
  };

  return {
    ...deliveries,
    acks,
    open(call, endpoint) {
      const { AppID: appId, AppSecret: secret } = asJson(jsonOf(call.body));
      if (typeof appId !== "string" || appId === "" || secret === "") return feishuError("1000040344", call);
      const bot = tenant.bots().find((one) => one.appId === appId);
      if (bot === undefined || bot.appSecret !== secret) return feishuError("1000040345", call);
      if (openOf(appId).length >= MAX_CONNECTIONS) return feishuError("1000040350", call);
      links += 1;
      const ticket = randomUUID();
      const serviceId = 33_554_677 + links;
      tickets.set(ticket, { bot, serviceId, expiresAt: clock.now() + TICKET_LIFE_MS });
      const device = `device_id=${7_000_000_000_000_000_000n + BigInt(links)}&access_key=ak${links}`;
      const URL = `${endpoint}?fpid=493&aid=552564&${device}&service_id=${serviceId}&ticket=${ticket}`;
      const { endpoint: config = DEFAULT_CONFIG } = said;
      const data = { URL, ...(config === "none" ? {} : { ClientConfig: config }) };
      return { status: 200, body: { code: 0, msg: "", data } };
    },
    upgrade(request, socket, head) {
      const delay = faults.find("delay", SOCKET_CALL);
      if (delay === undefined) return connect(request, socket, head);
      socket.on("error", () => "its close follows");
      clock.sleep(delay.ms, closing.signal).then(
        () => connect(request, socket, head),
        () => socket.destroy(),
      );
    },
    disconnect(appId) {
      for (const one of openOf(appId)) one.end();
    },
    drop() {
      for (const one of connections) one.terminate();
    },
    freeze() {
      for (const one of connections) one.freeze();
    },
    write(frame) {
      for (const one of connections) one.say(frame);
    },
    malformed() {
      for (const one of connections) one.sayNonsense();
    },
    connections: (appId) => openOf(appId).length,
    clientConfig(config) {
      said = config;
    },
    close() {
      closing.abort(new Error("the simulator is closed"));
      deliveries.close();
      for (const one of connections) one.terminate();
      server.close();
    },
  };
}

/** Ids of frames: far above what a double holds exactly. */
function createIds(): () => { readonly seqId: bigint; readonly logId: bigint } {
  let count = 0n;
  return () => {
    count += 1n;
    return { seqId: 9_007_199_254_740_993n + 2n * count, logId: 18_446_744_073_709_551_615n - 2n * count };
  };
}

function refusalOf(code: string): Readonly<Record<string, string>> {
  const isDetail = code !== "403" && code !== "514";
  return {
    "Handshake-Status": isDetail ? "514" : code,
    "Handshake-Msg": code === "403" ? "forbidden" : "auth failed",
    ...(isDetail ? { "Handshake-Autherrcode": code } : {}),
  };
}

function refuse(socket: Duplex, status: number, headers: Readonly<Record<string, string>>): void {
  const lines = Object.entries({ ...headers, connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n`);
}
