/**
 * The least that does the job: a bare `node:http` server that verifies the signature, parses and answers. No body limit, no
 * window, no dedupe. With `web` as the first argument the same behind `toNodeHandler`: what Request and Response cost.
 */
import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeHandler } from "@openclaw-china/core";
import { answer, cpuMs } from "../process.ts";
import { signatureOf } from "./signature.ts";

let handled = 0;

answer({
  listen: () =>
    new Promise<number>((resolve) => {
      const server = createServer(process.argv[2] === "web" ? toNodeHandler(answerRequest) : bare);
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    }),
  cpu: () => ({ cpuMs: cpuMs(), handled }),
});

const bare: RequestListener = (request: IncomingMessage, response: ServerResponse) => {
  const { timestamp, sign } = request.headers;
  const isSigned = isSignedBy(String(timestamp), String(sign));
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    if (isSigned) handle(Buffer.concat(chunks).toString());
    response.writeHead(isSigned ? 200 : 401, { "content-type": "application/json" }).end("{}");
  });
};

async function answerRequest(request: Request): Promise<Response> {
  const isSigned = isSignedBy(request.headers.get("timestamp") ?? "", request.headers.get("sign") ?? "");
  const text = await request.text();
  if (isSigned) handle(text);
  return new Response("{}", { status: isSigned ? 200 : 401, headers: { "content-type": "application/json" } });
}

function isSignedBy(timestamp: string, sign: string): boolean {
  const expected = Buffer.from(signatureOf(timestamp));
  const given = Buffer.from(sign);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function handle(body: string): void {
  const message = JSON.parse(body) as { text: { content: string } };
  if (message.text.content.length > 0) handled += 1;
}
