/** dingtalk-stream sends nothing itself: its users call `getAccessToken()` before each call of their own, as its README does. */
import { useLocalAddresses } from "../local-addresses.ts";
import { answer } from "../process.ts";

answer({
  async send({ port, count }: { readonly port: number; readonly count: number }) {
    useLocalAddresses(port);
    const { DWClient } = await import("dingtalk-stream");
    const client = new DWClient({ clientId: "dingbenchkey", clientSecret: "secret" });
    const send = async (n: number): Promise<void> => {
      const token = String(await client.getAccessToken());
      const headers = { "x-acs-dingtalk-access-token": token };
      const body = JSON.stringify({ userIds: [`staff-${n}`] });
      await (
        await fetch(`http://127.0.0.1:${port}/v1.0/robot/oToMessages/batchSend`, { method: "POST", headers, body })
      ).text();
    };
    await Promise.all(Array.from({ length: count }, (_, n) => send(n)));
  },
});
