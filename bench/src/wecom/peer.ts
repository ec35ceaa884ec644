/** @wecom/aibot-node-sdk as its README drives it: a listener for texts. Silent, as ours is. */
import { answer, cpuMs } from "../process.ts";

let handled = 0;
const nothing = (): void => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

answer({
  async connect(port: number) {
    const { WSClient } = await import("@wecom/aibot-node-sdk");
    const client = new WSClient({ botId: "aibbench", secret: "secret", wsUrl: `ws://127.0.0.1:${port}`, logger });
    client.on("message.text", ({ body }) => {
      if (body !== undefined && body.text.content.length > 0) handled += 1;
    });
    client.connect();
  },
  cpu: () => ({ cpuMs: cpuMs(), handled }),
});
