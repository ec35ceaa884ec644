import type { Inbound, Runtime } from "@openclaw-china/core";
import { createTransport, memoryStateAt, silentLogger } from "@openclaw-china/core/internal";
import { createWeComSimulator, fakeClock } from "@openclaw-china/testkit";
import { connectionContract, type ConnectionSession } from "@openclaw-china/testkit/contracts";
import { createWeCom } from "@openclaw-china/wecom";

connectionContract({
  name: "wecom",
  openCall: "connect",
  noticeMs: 60_000,
  firstRetryMs: 300,
  redelivers: false,
  announcesEnd: false,
  open: openSession,
});

/** Channel and platform on one clock. What was offered twice is recorded twice: the inbox is not part of this. */
async function openSession(): Promise<ConnectionSession> {
  const clock = fakeClock();
  const sim = await createWeComSimulator({ clock });
  const http = createTransport({ env: {} });
  const { store, blobs } = memoryStateAt(clock);
  const runtime: Runtime = { store, blobs, http, log: silentLogger(), clock };
  const offered: string[] = [];
  const offer = (inbound: Inbound): Promise<"accepted"> => {
    offered.push(inbound.kind === "message" ? inbound.text : inbound.kind);
    return Promise.resolve("accepted");
  };
  const lin = sim.user("Lin");
  const listener = createWeCom(sim.app).open(runtime).listen({ offer }, new AbortController().signal);
  return {
    clock,
    sim,
    listener,
    offered,
    /** Nothing acknowledges a message here: it is over when it has been offered, or is lost. */
    async say(text) {
      const before = offered.length;
      const isHeard = listener.status().state === "live";
      await lin.say(text);
      for (let round = 0; isHeard && offered.length === before && round < 2_000; round += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    connections: () => sim.connections(),
    async [Symbol.asyncDispose]() {
      await listener.close();
      await sim.close();
      http.close();
    },
  };
}
