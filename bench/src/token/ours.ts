/** 100 sends at once to 100 people, with nothing cached. */
import { createBot } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";
import { answer } from "../process.ts";

answer({
  async send({ port, count }: { readonly port: number; readonly count: number }) {
    const origin = `http://127.0.0.1:${port}`;
    const endpoints = { api: origin, oapi: origin };
    const bot = createBot({ channels: [createDingTalk({ appKey: "dingbenchkey", appSecret: "secret", endpoints })] });
    const people = Array.from({ length: count }, (_, n) => `staff-${n}`);
    await Promise.all(people.map((id) => bot.send({ channel: "dingtalk", kind: "user", id }, "hello")));
    await bot.stop();
  },
});
