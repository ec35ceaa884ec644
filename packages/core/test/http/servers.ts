/** Small real servers on 127.0.0.1 which can be told to misbehave, and the end of each with the test. */
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";
import type { Identity } from "./certificate.ts";

export interface Running {
  readonly port: number;
  /** Connections taken so far. */
  connections(): number;
}

/** Speaks whatever `talk` says, from the first byte on. */
export function rawServer(talk: (socket: Socket, n: number) => void): Promise<Running> {
  let n = 0;
  const server = createServer((socket) => {
    n += 1;
    socket.on("error", () => undefined); // resets are what these tests are about
    talk(socket, n);
  });
  return run(server);
}

export function httpServer(handler: RequestListener): Promise<Running> {
  return run(createHttpServer(handler));
}

export function httpsServer(identity: Identity, handler: RequestListener): Promise<Running> {
  return run(createHttpsServer(identity, handler));
}

export interface Proxy extends Running {
  /** `CONNECT host:port` and `GET http://…`, each with the credentials that came with it. */
  readonly seen: { readonly line: string; readonly authorization: string | undefined }[];
}

/** An HTTP proxy: tunnels for CONNECT, passes on absolute addresses. `status` refuses instead. */
export async function proxyServer(status?: number): Promise<Proxy> {
  const seen: { line: string; authorization: string | undefined }[] = [];
  const server = createHttpServer((request, response) => {
    seen.push({ line: `${request.method} ${request.url}`, authorization: request.headers["proxy-authorization"] });
    response.end("through the proxy");
  });
  server.on("connect", (request, client: Duplex) => {
    seen.push({ line: `CONNECT ${request.url}`, authorization: request.headers["proxy-authorization"] });
    client.on("error", () => undefined);
    if (status !== undefined) return void client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = connect(Number(port || 80), hostname, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    target.on("error", () => client.destroy());
    client.on("close", () => target.destroy());
  });
  return Object.assign(await run(server), { seen });
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Starts it on a free port; ends it, with all its connections, when the test is over. */
export async function run(server: Server): Promise<Running> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}
