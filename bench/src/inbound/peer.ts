/** dingtalk-stream as its README drives it: a listener that parses the message and acknowledges it. */
import { useLocalAddresses } from "../local-addresses.ts";
import { answer, cpuMs } from "../process.ts";

let handled = 0;

answer({
  async connect(port: number) {
    useLocalAddresses(port);
    const { DWClient, TOPIC_ROBOT } = await import("dingtalk-stream");
    const client = new DWClient({ clientId: "dingbenchkey", clientSecret: "secret" });
    client.registerCallbackListener(TOPIC_ROBOT, (received) => {
      const message = JSON.parse(received.data) as { text: { content: string } };
      if (message.text.content.length > 0) handled += 1;
      client.socketCallBackResponse(received.headers.messageId, { response: null });
    });
    await client.connect();
  },
  cpu: () => ({ cpuMs: cpuMs(), handled }),
});
