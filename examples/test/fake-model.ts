/** An OpenAI-compatible endpoint on 127.0.0.1 that streams the last message back, word by word. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeModel extends AsyncDisposable {
  readonly url: string;
}

export async function startFakeModel(): Promise<FakeModel> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const { messages } = JSON.parse(body) as { messages: { content: string }[] };
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const word of `You asked: ${messages.at(-1)?.content ?? ""}`.split(/(?<= )/)) {
        response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: word } }] })}\n\n`);
      }
      response.end("data: [DONE]\n\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
