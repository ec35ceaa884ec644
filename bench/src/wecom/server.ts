/** WeCom's side of B1: acknowledges the subscription, floods messages of about 1 KB, which nothing acknowledges. A process of its own. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { answer } from "../process.ts";

/** Written before the socket is waited for. */
const BATCH = 200;
const CONVERSATIONS = 100;

const subscribed = Promise.withResolvers<WebSocket>();
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket) => {
  socket.on("message", (bytes: Buffer) => {
    const { cmd, headers } = JSON.parse(bytes.toString()) as { cmd: string; headers: { req_id: string } };
    socket.send(JSON.stringify({ headers: { req_id: headers.req_id }, errcode: 0, errmsg: "ok" }));
    if (cmd === "aibot_subscribe") subscribed.resolve(socket);
  });
});

answer({
  listen: () =>
    new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    }),
  connected: async () => {
    await subscribed.promise;
    return true;
  },
  flood: ({ from, count }: { readonly from: number; readonly count: number }) => flood(from, count),
});

async function flood(from: number, count: number): Promise<number> {
  const socket = await subscribed.promise;
  for (let sent = 0; sent < count; sent += BATCH) {
    for (let n = sent; n < sent + BATCH - 1; n += 1) socket.send(frame(from + n));
    await new Promise((resolve) => {
      socket.send(frame(from + sent + BATCH - 1), resolve);
    });
  }
  return count;
}

function frame(n: number): string {
  const body = {
    msgid: `msgBench${n}`,
    create_time: Math.floor(Date.now() / 1_000),
    aibotid: "aibbench0000000000000000000000000001",
    chatid: `wrBench${n % CONVERSATIONS}`,
    chattype: "group",
    from: { corpid: "wwbenchcorp", userid: `staff-${n % 500}` },
    response_url: `https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=${"r".repeat(300)}${n}`,
    msgtype: "text",
    text: {
      content: `@助手 message number ${n}, and some more words, as people write them when they ask for something `,
    },
  };
  const headers = { req_id: `req${n}${"0".repeat(24)}` };
  return JSON.stringify({ cmd: "aibot_msg_callback", headers, body });
}
