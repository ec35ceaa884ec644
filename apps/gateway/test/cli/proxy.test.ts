/** Agents ask through the proxy of the environment, as the channels do; what runs on this machine is asked directly. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createDingTalkSimulator } from "@openclaw-china/testkit";
import { expect, test, vi } from "vitest";
import { lastQuestion, startModel } from "../model.ts";
import { makePlace, small } from "../process.ts";

vi.setConfig({ testTimeout: 60_000 });

const WAIT = { timeout: 15_000, interval: 20 };

test("HTTP_PROXY and NO_PROXY", async () => {
  await using sim = await createDingTalkSimulator();
  await using local = await startModel((asked) => {
    asked.say(`local: ${lastQuestion(asked)}`);
    asked.end();
  });
  await using proxy = await startProxy();
  await using place = await makePlace();
  const agents = {
    main: { kind: "openai", model: "m", base_url: `${local.url}/v1`, api_key: "k" },
    far: { kind: "openai", model: "m", base_url: "http://model.example/v1", api_key: "k" },
  };
  const { channels } = small(sim.app) as { readonly channels: { readonly dingtalk: object } };
  const routes = [{ when: { text: "far" }, agent: "far" }];
  await place.write(small(sim.app, { agents, channels: { dingtalk: { ...channels.dingtalk, proxy: "off", routes } } }));
  await place.run(["start"], { HTTP_PROXY: proxy.url, NO_PROXY: "intranet.example" }).address();
  const lin = sim.user("Lin");
  await lin.say("near");
  expect((await lin.screen().next({ timeoutMs: 15_000 })).text).toBe("local: near");
  expect(proxy.targets).toEqual([]);
  await lin.say("far");
  await vi.waitFor(() => expect(proxy.targets[0]).toContain("model.example"), WAIT);
});

/** Notes where it is asked to go, and goes nowhere. */
async function startProxy(): Promise<AsyncDisposable & { readonly url: string; readonly targets: readonly string[] }> {
  const targets: string[] = [];
  const server: Server = createServer((request, response) => {
    targets.push(request.url ?? "");
    response.writeHead(502).end();
  });
  server.on("connect", (request, socket) => {
    targets.push(request.url ?? "");
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    targets,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
