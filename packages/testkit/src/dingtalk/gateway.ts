/** Stream Mode from the platform's side: tickets, sockets, pushes, acknowledgements, redelivery. */
import { randomUUID } from "node:crypto";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "@openclaw-china/core";
import { type RawData, WebSocketServer } from "ws";
import type { Faults } from "../faults.ts";
import { type Answer, type Call, jsonOf } from "../server.ts";
import { dingTalkError } from "./answers.ts";
import { type Ack, createDeliveries, type Push } from "./deliveries.ts";
import { type Connection, createConnection } from "./connection.ts";
import { createFrames } from "./frames.ts";
import type { Bot, Tenant } from "./tenant.ts";

export type { Ack, Push } from "./deliveries.ts";

const TICKET_LIFE_MS = 90_000;
/** Name of the handshake for faults: `delay` and `status` bite there too. */
const SOCKET_CALL = "connect";

export interface GatewayParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Whether bot messages that were not acknowledged come again; sources disagree. Events always do. */
  readonly redeliversMessages: boolean;
}

export interface Gateway {
  /** POST /v1.0/gateway/connections/open. */
  open(call: Call, endpoint: string): Answer;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Resolves with the acknowledgement. */
  push(bot: Bot, push: Push): Promise<Ack>;
  redeliver(): Promise<void>;
  /** Announces the end of every connection (of one app), as the platform does to balance its load. */
  disconnect(appKey?: string): void;
  /** Ends every connection without a word. */
  drop(): void;
  /** Every connection is half open from now on: it stays up and hears and says nothing. */
  freeze(): void;
  /** Sends the rest of what a `reorder` held back. */
  flush(): void;
  malformed(): void;
  /** Writes a frame to every connection as it is. */
  write(frame: string | Buffer): void;
  /** Connections that are open, by app. */
  connections(appKey?: string): number;
  /** Every acknowledgement, oldest first. */
  readonly acks: readonly Ack[];
  close(): void;
}

export function createGateway(parts: GatewayParts): Gateway {
  const { tenant, clock, faults } = parts;
  const tickets = new Map<
    string,
    { readonly bot: Bot; readonly topics: readonly string[]; readonly expiresAt: number }
  >();
  const connections = new Set<Connection>();
  const acks: Ack[] = [];
  const closing = new AbortController();
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const frameOf = createFrames(clock);

  const pick = (bot: Bot, push: Push, again: boolean): Connection | undefined => {
    const own = [...connections].filter((one) => one.bot.appKey === bot.appKey && one.takes(push));
    const open = again ? own.filter((one) => one.hears()) : own;
    return open[Math.floor(clock.random() * open.length)];
  };
  const deliveries = createDeliveries({ clock, faults, redeliversMessages: parts.redeliversMessages, pick });

  const hear = (data: RawData): void => {
    const ack = jsonOf(data as Buffer) as Ack | null | undefined;
    if (typeof ack?.headers?.["messageId"] !== "string") return;
    acks.push(ack);
    deliveries.acknowledge(ack.headers["messageId"], ack);
  };

  const ticketFor = ({ body }: Call, endpoint: string): Answer => {
    const { clientId, clientSecret, subscriptions } = (jsonOf(body) ?? {}) as Record<string, unknown>;
    const bot = tenant.bot(String(clientId));
    if (bot === undefined || bot.appSecret !== clientSecret) return dingTalkError("authFailed");
    if (!Array.isArray(subscriptions) || subscriptions.length === 0) {
      return dingTalkError("invalidParameter.subscriptions");
    }
    const ticket = randomUUID();
    const topics = subscriptions.map((one: { readonly topic?: unknown }) => String(one.topic));
    tickets.set(ticket, { bot, topics, expiresAt: clock.now() + TICKET_LIFE_MS });
    return { status: 200, body: { endpoint, ticket } };
  };

  const connect = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const key = new URL(request.url ?? "/", "http://127.0.0.1").searchParams.get("ticket") ?? "";
    const ticket = tickets.get(key);
    tickets.delete(key); // it serves once
    const status = faults.find("status", SOCKET_CALL)?.status;
    const isVoid = ticket === undefined || ticket.expiresAt <= clock.now();
    if (faults.find("refuseConnections") !== undefined) {
      socket.destroy();
    } else if (status !== undefined || isVoid) {
      socket.end(`HTTP/1.1 ${status ?? 401} ${STATUS_CODES[status ?? 401] ?? ""}\r\nconnection: close\r\n\r\n`);
    } else {
      server.handleUpgrade(request, socket, head, (ws) => {
        if (faults.find("ignoreClose") !== undefined) ws.close = () => undefined;
        const connection = createConnection({ ws, raw: socket, ...ticket, clock, frameOf, hear });
        connections.add(connection);
        ws.on("close", () => connections.delete(connection));
        deliveries.connected(ticket.bot);
      });
    }
  };

  return {
    acks,
    flush: deliveries.flush,
    push: deliveries.push,
    redeliver: deliveries.redeliver,
    open(call, endpoint) {
      const answer = ticketFor(call, endpoint);
      if (call.headers.accept?.includes("application/json") === true) return answer;
      return { status: answer.status, headers: { "content-type": "application/xml" }, body: "<Response/>" };
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
    disconnect(appKey) {
      for (const one of connections) if (appKey === undefined || one.bot.appKey === appKey) one.retire();
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
    connections: (appKey) => [...connections].filter(({ bot }) => appKey === undefined || bot.appKey === appKey).length,
    close() {
      closing.abort(new Error("the simulator is closed"));
      deliveries.close();
      for (const one of connections) one.terminate();
      server.close();
    },
  };
}
