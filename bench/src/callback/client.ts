/** The platform's side of C1: signed and sealed messages of about 1 KB, 50 at a time. A process of its own. */
import { Agent, request } from "node:http";
import { encrypt, getSignature } from "@wecom/crypto";
import { answer } from "../process.ts";
import { KEYS } from "./serve.ts";

const IN_FLIGHT = 50;
const CONVERSATIONS = 100;
const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });

interface Flood {
  readonly port: number;
  readonly from: number;
  readonly count: number;
}

answer({
  async flood({ port, from, count }: Flood) {
    let next = from;
    const work = async (): Promise<void> => {
      while (next < from + count) await post(port, (next += 1));
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, work));
    return count;
  },
});

async function post(port: number, n: number): Promise<void> {
  const sealed = encrypt(KEYS.encodingAesKey, JSON.stringify(message(n)), "");
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const nonce = `nonce${n}`;
  const signature = getSignature(KEYS.token, timestamp, nonce, sealed);
  const path = `/webhooks/wecom?msg_signature=${signature}&timestamp=${timestamp}&nonce=${nonce}`;
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const call = request({ port, host: "127.0.0.1", path, method: "POST", agent }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    call.on("error", reject).end(JSON.stringify({ encrypt: sealed }));
  });
  if (status !== 200) throw new Error(`message ${n} was answered ${status}`);
}

function message(n: number): object {
  return {
    msgid: `msgBench${n}`,
    aibotid: "aibbench0000000000000000000000000001",
    chatid: `wrBench${n % CONVERSATIONS}`,
    chattype: "group",
    from: { userid: `staff-${n % 500}` },
    response_url: `https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=${"r".repeat(300)}${n}`,
    msgtype: "text",
    text: {
      content: `@助手 message number ${n}, and some more words, as people write them when they ask for something `,
    },
  };
}
