/** The platform's side of B1: opens connections, floods messages of about 1 KB, and counts acknowledgements. A process of its own. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { answer } from "../process.ts";
import { messageOf } from "./message.ts";

/** Messages that may wait for their acknowledgement. */
const IN_FLIGHT = 400;

const connected = Promise.withResolvers<WebSocket>();
const server = createServer((request, response) => {
  request.resume().on("end", () => openCall(response));
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket) => connected.resolve(socket));

function openCall(response: ServerResponse): void {
  const { port } = server.address() as AddressInfo;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ endpoint: `ws://127.0.0.1:${port}/connect`, ticket: crypto.randomUUID() }));
}

answer({
  listen: () =>
    new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    }),
  connected: async () => {
    await connected.promise;
    return true;
  },
  flood: ({ from, count }: { readonly from: number; readonly count: number }) => flood(from, count),
});

/** Sends `count` messages, at most IN_FLIGHT ahead of the acknowledgements; resolves with the last one. */
async function flood(from: number, count: number): Promise<number> {
  const socket = await connected.promise;
  const { promise, resolve } = Promise.withResolvers<number>();
  let sent = 0;
  let acknowledged = 0;
  const fill = (): void => {
    for (; sent < count && sent - acknowledged < IN_FLIGHT; sent += 1) socket.send(frame(from + sent));
  };
  const onAck = (): void => {
    acknowledged += 1;
    if (acknowledged === count) {
      socket.off("message", onAck);
      resolve(count);
    } else fill();
  };
  socket.on("message", onAck);
  fill();
  return promise;
}

function frame(n: number): string {
  const now = Date.now();
  const headers = {
    appId: "00000000-0000-4000-8000-000000000001",
    connectionId: "00000000-0000-11ee-8000-00000000c001",
    contentType: "application/json",
    messageId: `bench_${n}`,
    time: String(now),
    topic: "/v1.0/im/bot/messages/get",
  };
  return JSON.stringify({ specVersion: "1.0", type: "CALLBACK", headers, data: JSON.stringify(messageOf(n, now)) });
}
