import type { Runtime } from "@openclaw-china/core";
import { createTransport, memoryStateAt, silentLogger, systemClock } from "@openclaw-china/core/internal";
import { createDingTalk } from "@openclaw-china/dingtalk";
import { createDingTalkSimulator } from "@openclaw-china/testkit";
import { channelContract } from "@openclaw-china/testkit/contracts";

channelContract({
  name: "dingtalk",
  async open() {
    const sim = await createDingTalkSimulator();
    const http = createTransport({ env: {} });
    const clock = systemClock();
    const { store, blobs } = memoryStateAt(clock);
    const runtime: Runtime = { store, blobs, http, log: silentLogger(), clock };
    const lin = sim.user("Lin");
    return {
      channel: createDingTalk(sim.app),
      sim,
      runtime,
      say: (text) => lin.say(text),
      address: { channel: "dingtalk", kind: "user", id: lin.id },
      screen: lin.screen(),
      nowhere: { channel: "dingtalk", kind: "group", id: "cidNowhere==" },
      async [Symbol.asyncDispose]() {
        await sim.close();
        http.close();
      },
    };
  },
});
