/** An OpenAI-compatible endpoint on 127.0.0.1 that answers as a test tells it to. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request, and the hand that answers it. */
export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly model: string;
    readonly user?: string;
    readonly stream: boolean;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
  };
  /** Streams a piece of the answer. */
  say(text: string): void;
  /** Ends the stream. */
  end(): void;
  /** An answer that is none. */
  refuse(status: number, body: unknown): void;
  readonly response: ServerResponse;
  /** Resolves when the caller has gone, or everything was sent. */
  readonly over: Promise<void>;
}

export interface FakeModel extends AsyncDisposable {
  /** Without `/v1`. */
  readonly url: string;
  readonly asked: readonly Asked[];
}

export async function startModel(answer: (asked: Asked) => void): Promise<FakeModel> {
  const all: Asked[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    request.on("end", () => {
      const asked = askedOf({ path: request.url ?? "", headers: request.headers, body: text }, response);
      all.push(asked);
      answer(asked);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked: all,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function askedOf(
  request: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string },
  response: ServerResponse,
): Asked {
  const over = new Promise<void>((resolve) => response.once("close", resolve));
  const event = (data: unknown): void => {
    if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
  };
  return {
    path: request.path,
    headers: request.headers,
    body: JSON.parse(request.body) as Asked["body"],
    response,
    over,
    say: (text) => event({ choices: [{ index: 0, delta: { content: text } }] }),
    end() {
      event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
      event("[DONE]");
      response.end();
    },
    refuse(status, body) {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    },
  };
}

/** The last thing a person asked. */
export function lastQuestion({ body }: Asked): string {
  return body.messages.findLast(({ role }) => role === "user")?.content ?? "";
}
