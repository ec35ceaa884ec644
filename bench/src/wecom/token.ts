/** 100 sends of an application at once to 100 people, with nothing cached. */
import { createBot } from "@openclaw-china/core";
import { createWeCom } from "@openclaw-china/wecom";
import { answer } from "../process.ts";

const KEYS = { token: "benchToken", encodingAesKey: "0123456789abcdefghijklmnopqrstuvwxyzABCDEFE" };

answer({
  async send({ port, count }: { readonly port: number; readonly count: number }) {
    const app = { ...KEYS, corpId: "wwbenchcorp", corpSecret: "secret", agentId: 1_000_002 };
    const bot = createBot({ channels: [createWeCom({ app, endpoints: { api: `http://127.0.0.1:${port}` } })] });
    const people = Array.from({ length: count }, (_, n) => `staff-${n}`);
    await Promise.all(people.map((id) => bot.send({ channel: "wecom", kind: "user", id }, "hello")));
    await bot.stop();
  },
});
