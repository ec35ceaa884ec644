import type { Runtime } from "@openclaw-china/core";
import { createTransport, memoryStateAt, silentLogger, systemClock } from "@openclaw-china/core/internal";
import { createFeishu } from "@openclaw-china/feishu";
import { createFeishuSimulator } from "@openclaw-china/testkit";
import { channelContract } from "@openclaw-china/testkit/contracts";

channelContract({
  name: "feishu",
  async open() {
    const sim = await createFeishuSimulator();
    const http = createTransport({ env: {} });
    const clock = systemClock();
    const { store, blobs } = memoryStateAt(clock);
    const runtime: Runtime = { store, blobs, http, log: silentLogger(), clock };
    const lin = sim.user("Lin");
    return {
      channel: createFeishu(sim.app),
      sim,
      runtime,
      say: (text) => lin.say(text),
      address: { channel: "feishu", kind: "user", id: lin.id },
      screen: lin.screen(),
      nowhere: { channel: "feishu", kind: "group", id: "oc_nowhere" },
      async [Symbol.asyncDispose]() {
        await sim.close();
        http.close();
      },
    };
  },
});
