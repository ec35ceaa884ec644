/** The address that the platform posts to: a reverse proxy in front of the process that runs, as gateways stand behind one. */
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface Front {
  readonly address: string;
  /** From now on to that process, once it says where it listens. */
  lead(port: Promise<number | undefined>): void;
  close(): Promise<void>;
}

export async function openFront(): Promise<Front> {
  let port: number | undefined;
  let newest: unknown;
  const server = createServer((incoming, response) => {
    /** As proxies answer for a process that is gone, or goes. */
    const gone = (): void => {
      if (!response.headersSent) response.writeHead(502);
      response.end();
    };
    if (port === undefined) return gone();
    const { method, url, headers } = incoming;
    const passed = request({ host: "127.0.0.1", port, method, path: url, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("error", gone).pipe(response);
    });
    incoming.pipe(passed.on("error", gone));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/dingtalk`,
    lead(next) {
      newest = next;
      port = undefined;
      next
        .then((found) => {
          if (newest === next) port = found;
        })
        .catch(() => "it has ended before");
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
