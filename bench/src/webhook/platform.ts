/** The platform's side of C1: signs and posts messages of about 1 KB over connections that are kept. A process of its own. */
import { Agent, request } from "node:http";
import { messageOf } from "../inbound/message.ts";
import { answer } from "../process.ts";
import { signatureOf } from "./signature.ts";

/** Connections, each with one request at a time. */
const IN_FLIGHT = 50;

interface Flood {
  readonly port: number;
  readonly from: number;
  readonly count: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });

answer({
  async flood({ port, from, count }: Flood) {
    let next = from;
    const postAll = async (): Promise<void> => {
      while (next < from + count) {
        next += 1;
        await post(port, next);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, postAll));
  },
});

/** Rejects unless it is answered with 200. */
function post(port: number, n: number): Promise<void> {
  const now = Date.now();
  const body = Buffer.from(JSON.stringify(messageOf(n, now)));
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "content-length": body.length,
    timestamp: String(now),
    sign: signatureOf(String(now)),
  };
  return new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port, path: "/dingtalk", method: "POST", agent, headers });
    call.once("error", reject);
    call.once("response", (response) => {
      response.resume().once("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`message ${n} was answered with ${response.statusCode}`));
      });
    });
    call.end(body);
  });
}
