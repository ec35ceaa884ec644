/** The HTTP side of the floor and of the SDK: reads the body, answers JSON. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What all three are set up with. */
export const KEYS = { token: "benchToken", encodingAesKey: "0123456789abcdefghijklmnopqrstuvwxyzABCDEFE" };

/** On 127.0.0.1, any free port, which it returns. */
export function serve(handle: (body: string, query: URLSearchParams) => object | undefined): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const query = new URLSearchParams(request.url?.split("?")[1]);
      const answer = handle(Buffer.concat(chunks).toString(), query);
      response.writeHead(answer === undefined ? 401 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? {}));
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** The answer to message `msgId` that will grow, before it is sealed. */
export function placeholder(msgId: string): string {
  return JSON.stringify({ msgtype: "stream", stream: { id: `oc-${msgId}`, finish: false, content: "" } });
}
