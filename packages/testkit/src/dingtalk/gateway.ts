/** Stream Mode from the platform's side: tickets, sockets, pushes, acknowledgements, redelivery. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "@openclaw-china/core";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Faults } from "../faults.ts";
import { type Answer, type Call, jsonOf } from "../server.ts";
import { dingTalkError } from "./answers.ts";
import { createFrames, type FrameContent, nonsense } from "./frames.ts";
import type { Bot, Tenant } from "./tenant.ts";

const TICKET_LIFE_MS = 90_000;
const REDELIVER_AFTER_MS = 60_000;
const PING_EVERY_MS = 30_000;
/** Silent on a link after `disconnect` for this long, then closed. */
const CLOSE_AFTER_MS = 10_000;

export interface Ack {
  readonly code: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly message?: string;
  /** JSON. */
  readonly data?: string;
}

/** A frame that wants an acknowledgement. */
export type Push = FrameContent & { readonly type: "CALLBACK" | "EVENT" };

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
  /** Connections that are open, by app. */
  connections(appKey?: string): number;
  /** Every acknowledgement, oldest first. */
  readonly acks: readonly Ack[];
  close(): void;
}

interface Connection {
  readonly id: string;
  readonly bot: Bot;
  readonly topics: readonly string[];
  readonly ws: WebSocket;
  readonly raw: Duplex;
  state: "live" | "retired" | "frozen";
  readonly ended: AbortController;
}

interface Delivery {
  readonly bot: Bot;
  readonly push: Push;
  readonly done: PromiseWithResolvers<Ack>;
}

export function createGateway(parts: GatewayParts): Gateway {
  const { tenant, clock, faults } = parts;
  const tickets = new Map<string, { readonly bot: Bot; readonly topics: readonly string[]; readonly expiresAt: number }>();
  const connections = new Set<Connection>();
  const unacked = new Set<Delivery>();
  const byFrame = new Map<string, Delivery>();
  const held: Delivery[] = [];
  const acks: Ack[] = [];
  const closing = new AbortController();
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const frameOf = createFrames(clock);
  const sent = new WeakSet<Delivery>();

  const write = (connection: Connection, frame: string | Buffer): void => {
    if (connection.state !== "frozen") connection.ws.send(frame, () => undefined); // a socket that is gone shows as not acknowledged
  };

  const system = (connection: Connection, topic: string, data: object): void => write(connection, frameOf(connection.id, { type: "SYSTEM", topic, data }).text);

  const candidates = ({ bot, push }: Delivery): readonly Connection[] =>
    [...connections].filter(({ bot: owner, state, topics, ws }) => {
      const subscribed = topics.includes(push.topic) || (push.type === "EVENT" && topics.includes("*"));
      return owner.appKey === bot.appKey && state !== "retired" && ws.readyState === ws.OPEN && subscribed;
    });

  /** One connection at random gets it, as on the platform; none: it waits. */
  const deliver = (delivery: Delivery): void => {
    const open = candidates(delivery);
    const connection = open[Math.floor(clock.random() * open.length)];
    if (connection === undefined) return;
    sent.add(delivery);
    const times = faults.find("duplicate") === undefined ? 1 : 2;
    for (let n = 0; n < times; n += 1) {
      if (faults.find("malformedFrame") !== undefined) sayNonsense(connection);
      const { messageId, text } = frameOf(connection.id, delivery.push);
      byFrame.set(messageId, delivery);
      write(connection, text);
    }
  };

  const sendOrHold = (delivery: Delivery): void => {
    if (faults.find("reorder") === undefined) return deliver(delivery);
    held.push(delivery);
    if (held.length > 1) flush();
  };

  const flush = (): void => {
    for (const delivery of held.splice(0).reverse()) deliver(delivery);
  };

  const scheduleRedelivery = (delivery: Delivery): void => {
    if (delivery.push.type === "CALLBACK" && !parts.redeliversMessages) return;
    clock.sleep(REDELIVER_AFTER_MS, closing.signal).then(
      () => {
        if (!unacked.has(delivery)) return;
        deliver(delivery);
        scheduleRedelivery(delivery);
      },
      () => "the simulator is closed",
    );
  };

  const sayNonsense = (connection: Connection): void => {
    for (const frame of nonsense()) write(connection, frame);
  };

  const hear = (connection: Connection, data: RawData): void => {
    if (connection.state === "frozen") return;
    const ack = jsonOf(data as Buffer) as Ack | undefined;
    const messageId = ack?.headers?.["messageId"];
    if (ack === undefined || typeof messageId !== "string") return;
    acks.push(ack);
    const delivery = byFrame.get(messageId);
    if (delivery === undefined || isLater(delivery.push, ack)) return;
    unacked.delete(delivery);
    delivery.done.resolve(ack);
  };

  const keepPinging = async (connection: Connection): Promise<void> => {
    for (;;) {
      await clock.sleep(PING_EVERY_MS, connection.ended.signal);
      if (connection.state === "live") system(connection, "ping", { opaque: randomUUID() });
    }
  };

  const accept = (ws: WebSocket, raw: Duplex, ticket: { readonly bot: Bot; readonly topics: readonly string[] }): void => {
    const connection: Connection = { id: randomUUID(), ...ticket, ws, raw, state: "live", ended: new AbortController() };
    connections.add(connection);
    if (faults.find("ignoreClose") !== undefined) ws.close = () => undefined;
    ws.on("message", (data) => hear(connection, data));
    ws.on("error", () => "its close follows");
    ws.on("close", () => {
      connections.delete(connection);
      connection.ended.abort(new Error("closed"));
    });
    keepPinging(connection).catch(() => "closed");
    for (const delivery of unacked) if (delivery.bot.appKey === ticket.bot.appKey && !sent.has(delivery)) deliver(delivery);
  };

  return {
    acks,
    flush,
    open({ body }, endpoint) {
      const { clientId, clientSecret, subscriptions } = (jsonOf(body) ?? {}) as Record<string, unknown>;
      const bot = tenant.bot(String(clientId));
      if (bot === undefined) return dingTalkError("authFailed");
      if (bot.appSecret !== clientSecret) return dingTalkError("authFailed");
      if (!Array.isArray(subscriptions) || subscriptions.length === 0) return dingTalkError("invalidParameter.subscriptions");
      const ticket = randomUUID();
      const topics = subscriptions.map((one: { readonly topic?: unknown }) => String(one.topic));
      tickets.set(ticket, { bot, topics, expiresAt: clock.now() + TICKET_LIFE_MS });
      return { status: 200, body: { endpoint, ticket } };
    },
    upgrade(request, socket, head) {
      const key = new URL(request.url ?? "/", "http://127.0.0.1").searchParams.get("ticket") ?? "";
      const ticket = tickets.get(key);
      tickets.delete(key);
      if (faults.find("refuseConnections") !== undefined) return void socket.destroy();
      if (ticket === undefined || ticket.expiresAt <= clock.now()) return void socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
      server.handleUpgrade(request, socket, head, (ws) => accept(ws, socket, ticket));
    },
    push(bot, push) {
      const delivery: Delivery = { bot, push, done: Promise.withResolvers<Ack>() };
      unacked.add(delivery);
      sendOrHold(delivery);
      scheduleRedelivery(delivery);
      return delivery.done.promise;
    },
    async redeliver() {
      const waiting = [...unacked];
      for (const delivery of waiting) deliver(delivery);
      await Promise.all(waiting.filter((delivery) => candidates(delivery).length > 0).map(({ done }) => done.promise));
    },
    disconnect(appKey) {
      for (const connection of connections) {
        if (connection.state !== "live" || (appKey !== undefined && connection.bot.appKey !== appKey)) continue;
        system(connection, "disconnect", { reason: "connection is expired" });
        connection.state = "retired";
        clock.sleep(CLOSE_AFTER_MS, connection.ended.signal).then(
          () => connection.ws.close(1000),
          () => "closed before",
        );
      }
    },
    drop() {
      for (const { ws } of connections) ws.terminate();
    },
    freeze() {
      for (const connection of connections) {
        connection.state = "frozen";
        connection.raw.pause();
      }
    },
    malformed() {
      for (const connection of connections) sayNonsense(connection);
    },
    connections: (appKey) => [...connections].filter(({ bot }) => appKey === undefined || bot.appKey === appKey).length,
    close() {
      closing.abort(new Error("the simulator is closed"));
      for (const { ws } of connections) ws.terminate();
      server.close();
    },
  };
}

function isLater({ type }: Push, { data = "{}" }: Ack): boolean {
  return type === "EVENT" && (jsonOf(Buffer.from(data)) as { readonly status?: unknown } | undefined)?.status !== "SUCCESS";
}
