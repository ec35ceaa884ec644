/** The least that does the job: a bare `ws` client that parses envelope and message, and acknowledges. */
import { WebSocket } from "ws";
import { answer, cpuMs } from "../process.ts";

let handled = 0;

answer({
  async connect(port: number) {
    const opened = await fetch(`http://127.0.0.1:${port}/v1.0/gateway/connections/open`, {
      method: "POST",
      body: "{}",
    });
    const { endpoint, ticket } = (await opened.json()) as { endpoint: string; ticket: string };
    const socket = new WebSocket(`${endpoint}?ticket=${ticket}`, { perMessageDeflate: false });
    socket.on("message", (bytes: Buffer) => {
      const envelope = JSON.parse(bytes.toString()) as { headers: { messageId: string }; data: string };
      const message = JSON.parse(envelope.data) as { text: { content: string } };
      if (message.text.content.length > 0) handled += 1;
      const headers = { contentType: "application/json", messageId: envelope.headers.messageId };
      socket.send(JSON.stringify({ code: 200, headers, message: "OK", data: '{"response":null}' }));
    });
  },
  cpu: () => ({ cpuMs: cpuMs(), handled }),
});
