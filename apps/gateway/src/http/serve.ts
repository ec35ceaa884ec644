/** Listens with a web-standard handler on `node:http`. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { configError } from "@openclaw-china/core/internal";

export interface Served {
  /** `http://127.0.0.1:8787` */
  readonly address: string;
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly host: string;
  readonly port: number;
  /** Taken ports are skipped, up to twenty of them. */
  readonly nextFree: boolean;
}

const TRIES = 20;

/** Rejects with `config_invalid` when the port is taken. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { fetch, host, port, nextFree } = options;
  for (let n = 0; ; n += 1) {
    const server = createAdaptorServer({ fetch }) as Server;
    try {
      await listen(server, host, port === 0 ? 0 : port + n);
      return servedBy(server, host);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      if (!nextFree || n + 1 >= TRIES) throw portTaken(host, port, error);
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function servedBy(server: Server, host: string): Served {
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portTaken(host: string, port: number, cause: unknown): Error {
  return configError(
    `the port ${port} on ${host} is taken`,
    {
      en: "Stop what listens there, or choose another with --port or PORT.",
      zh: "请停止占用该端口的程序,或用 --port / PORT 指定其他端口。",
    },
    cause,
  );
}
