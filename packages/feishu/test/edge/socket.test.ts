import type { Inbound, Runtime } from "@openclaw-china/core";
import { createTransport, memoryStateAt, silentLogger } from "@openclaw-china/core/internal";
import { createFeishu } from "@openclaw-china/feishu";
import { createFeishuSimulator, fakeClock } from "@openclaw-china/testkit";
import { connectionContract, type ConnectionSession } from "@openclaw-china/testkit/contracts";

connectionContract({
  name: "feishu",
  openCall: "ws/endpoint",
  noticeMs: 60_000,
  firstRetryMs: 3_000,
  announcesEnd: false,
  open: openSession,
});

/** Channel and platform on one clock. What was offered twice is recorded twice: the inbox is not part of this. */
async function openSession(): Promise<ConnectionSession> {
  const clock = fakeClock();
  const sim = await createFeishuSimulator({ clock });
  const http = createTransport({ env: {} });
  const { store, blobs } = memoryStateAt(clock);
  const runtime: Runtime = { store, blobs, http, log: silentLogger(), clock };
  const offered: string[] = [];
  const offer = (inbound: Inbound): Promise<"accepted"> => {
    offered.push(inbound.kind === "message" ? inbound.text : inbound.kind);
    return Promise.resolve("accepted");
  };
  const lin = sim.user("Lin");
  const listener = createFeishu(sim.app).open(runtime).listen({ offer }, new AbortController().signal);
  return {
    clock,
    sim,
    listener,
    offered,
    say: (text) => lin.say(text),
    connections: () => sim.connections(),
    async [Symbol.asyncDispose]() {
      await listener.close();
      await sim.close();
      http.close();
    },
  };
}
