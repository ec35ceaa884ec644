/** A platform's end of WebSockets on 127.0.0.1, and waiting for what real sockets do. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { rawServer, run, type Running } from "../http/servers.ts";

export interface Platform {
  readonly url: string;
  /** Open now, oldest first. */
  readonly links: readonly WebSocket[];
  /** Handshakes so far, refused ones included. */
  handshakes(): number;
}

export interface PlatformOptions {
  /** Instead of taking the n-th handshake (from 1), this status. */
  readonly refuse?: (n: number) => number | undefined;
  readonly onLink?: (link: WebSocket, request: IncomingMessage, n: number) => void;
}

export async function platform(options: PlatformOptions = {}): Promise<Platform> {
  const links: WebSocket[] = [];
  let handshakes = 0;
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request: IncomingMessage, socket, head: Buffer) => {
    handshakes += 1;
    const n = handshakes;
    const status = options.refuse?.(n);
    if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (link) => {
      links.push(link);
      link.on("error", () => undefined); // broken links are what these tests are about
      link.once("close", () => void links.splice(links.indexOf(link), 1));
      options.onLink?.(link, request, n);
    });
  });
  const { port } = await run(server);
  onTestFinished(() => sockets.close());
  return { url: `ws://127.0.0.1:${port}/connect`, links, handshakes: () => handshakes };
}

/** Takes the handshake, sends these bytes, and then neither answers nor closes. */
export async function deafPlatform(bytes: Buffer = Buffer.alloc(0)): Promise<Running & { readonly url: string }> {
  const running = await rawServer((socket) => {
    socket.once("data", (data) => {
      const key = /sec-websocket-key: (\S+)/i.exec(data.toString("latin1"))?.[1] ?? "";
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
      );
      if (bytes.length > 0) socket.write(bytes);
    });
  });
  return { ...running, url: `ws://127.0.0.1:${running.port}/connect` };
}

/** Lets real input and output happen until it holds; gives up with what it waited for. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const giveUpAt = performance.now() + 15_000;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`it never happened that ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
