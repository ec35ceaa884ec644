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
const MAX_PORT = 65_535;
/** Answers that are being written when the server closes get this long. */
const GRACE_MS = 500;
/** Slow senders are cut off: the headers, and the whole request, must be there by then. */
const LIMITS = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 };

/** Rejects with `config_invalid` when the address cannot be listened on. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { fetch, host, port, nextFree } = options;
  for (let n = 0; ; n += 1) {
    const server = createAdaptorServer({ fetch, serverOptions: LIMITS }) as Server;
    try {
      await listen(server, host, port === 0 ? 0 : port + n);
      return servedBy(server, host);
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (!isTaken || !nextFree || n + 1 >= TRIES || port + n >= MAX_PORT) throw listenError(host, port, error);
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
        const late = setTimeout(() => server.closeAllConnections(), GRACE_MS);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
      }),
  };
}

function listenError(host: string, port: number, cause: unknown): Error {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  if (code === "EADDRINUSE") return configError(`the port ${port} on ${host} is taken`, OTHER_PORT, cause);
  if (code === "EACCES")
    return configError(`this user may not listen on the port ${port} of ${host}`, OTHER_PORT, cause);
  return configError(
    `the gateway cannot listen on ${host}, port ${port}: ${code}`,
    {
      en: "Set http.host to an address of this machine: 127.0.0.1, or 0.0.0.0 for all.",
      zh: "请将 http.host 设为本机地址:127.0.0.1,或 0.0.0.0(全部)。",
    },
    cause,
  );
}

const OTHER_PORT = {
  en: "Stop what listens there, or choose another with --port, PORT or http.port.",
  zh: "请停止占用该端口的程序,或用 --port、PORT、http.port 指定其他端口。",
};
