/** The least that does the job: a bare `ws` client that subscribes and parses messages. */
import { WebSocket } from "ws";
import { answer, cpuMs } from "../process.ts";

let handled = 0;

answer({
  connect(port: number) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    const body = { bot_id: "aibbench", secret: "secret" };
    socket.on("open", () =>
      socket.send(JSON.stringify({ cmd: "aibot_subscribe", headers: { req_id: "aibot_subscribe_1" }, body })),
    );
    socket.on("message", (bytes: Buffer) => {
      const { cmd, body: message } = JSON.parse(bytes.toString()) as {
        cmd?: string;
        body: { text: { content: string } };
      };
      if (cmd === "aibot_msg_callback" && message.text.content.length > 0) handled += 1;
    });
  },
  cpu: () => ({ cpuMs: cpuMs(), handled }),
});
