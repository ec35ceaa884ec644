/** Counts token calls and sends. Tokens are valid for two hours; every send succeeds. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Stops with `close`. */
export interface TokenServer {
  readonly port: number;
  counts(): { readonly tokens: number; readonly sends: number };
  close(): Promise<void>;
}

/** On 127.0.0.1, any free port. */
export async function startTokenServer(): Promise<TokenServer> {
  const counts = { tokens: 0, sends: 0 };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume().on("end", () => {
      const isToken = /^\/(gettoken|cgi-bin\/gettoken|v1\.0\/oauth2\/accessToken)/.test(request.url ?? "");
      counts[isToken ? "tokens" : "sends"] += 1;
      const token = { errcode: 0, access_token: "token", expires_in: 7_200, accessToken: "token", expireIn: 7_200 };
      const sent = {
        errcode: 0,
        msgid: `id-${counts.sends}`,
        processQueryKey: `key-${counts.sends}`,
        invalidStaffIdList: [],
        flowControlledStaffIdList: [],
      };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(isToken ? token : sent));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    counts: () => ({ ...counts }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
