import type { Inbound, Runtime } from "@openclaw-china/core";
import { createTransport, memoryStateAt, silentLogger } from "@openclaw-china/core/internal";
import { createDingTalk } from "@openclaw-china/dingtalk";
import { createDingTalkSimulator, fakeClock } from "@openclaw-china/testkit";
import { connectionContract, type ConnectionSession } from "@openclaw-china/testkit/contracts";

connectionContract({
  name: "dingtalk",
  openCall: "gateway/connections/open",
  noticeMs: 30_000,
  firstRetryMs: 300,
  open: openSession,
});

/** Channel and platform on one clock. What was offered twice is recorded twice: the inbox is not part of this. */
async function openSession(): Promise<ConnectionSession> {
  const clock = fakeClock();
  const sim = await createDingTalkSimulator({ clock });
  const http = createTransport({ env: {} });
  const { store, blobs } = memoryStateAt(clock);
  const runtime: Runtime = { store, blobs, http, log: silentLogger(), clock };
  const offered: string[] = [];
  const offer = (inbound: Inbound): Promise<"accepted"> => {
    offered.push(inbound.kind === "message" ? inbound.text : inbound.kind);
    return Promise.resolve("accepted");
  };
  const lin = sim.user("Lin");
  const listener = createDingTalk(sim.app).open(runtime).listen({ offer }, new AbortController().signal);
  return {
    clock,
    sim,
    listener,
    offered,
    say: (text) => lin.say(text),
    connections: () => sim.connections(),
    announceEnd: () => sim.disconnect(),
    async [Symbol.asyncDispose]() {
      await listener.close();
      await sim.close();
      http.close();
    },
  };
}
