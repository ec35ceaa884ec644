import type { Inbound, Runtime } from "@openclaw-china/core";
import { createTransport, memoryStateAt, silentLogger, systemClock } from "@openclaw-china/core/internal";
import { createWeComSimulator } from "@openclaw-china/testkit";
import { channelContract } from "@openclaw-china/testkit/contracts";
import { createWeCom } from "@openclaw-china/wecom";

channelContract({
  name: "wecom",
  async open() {
    const sim = await createWeComSimulator();
    const http = createTransport({ env: {} });
    const clock = systemClock();
    const { store, blobs } = memoryStateAt(clock);
    const runtime: Runtime = { store, blobs, http, log: silentLogger(), clock };
    const lin = sim.user("Lin");
    const over = new AbortController();
    const connected = async (): Promise<void> => {
      const giveUpAt = performance.now() + 10_000;
      while (sim.frames[0]?.errcode !== 0) {
        if (performance.now() > giveUpAt) throw new Error("the bot never subscribed");
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    return {
      channel: createWeCom(sim.app),
      sim,
      runtime,
      async say(text) {
        await connected();
        await lin.say(text);
      },
      address: { channel: "wecom", kind: "user", id: lin.id },
      screen: lin.screen(),
      nowhere: { channel: "wecom", kind: "group", id: "wrNowhere" },
      async ready(opened) {
        const heard = Promise.withResolvers<Inbound>();
        const offer = (inbound: Inbound): Promise<"accepted"> => {
          heard.resolve(inbound);
          return Promise.resolve("accepted");
        };
        opened.listen({ offer }, over.signal);
        await connected();
        await lin.say("open the chat");
        return { replyTo: (await heard.promise).replyTo };
      },
      async [Symbol.asyncDispose]() {
        over.abort(new Error("the test is over"));
        await sim.close();
        http.close();
      },
    };
  },
});
