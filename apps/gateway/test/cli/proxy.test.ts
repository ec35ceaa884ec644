/** Agents ask through the proxy of the environment, as the channels do; what runs on this machine is asked directly. */
import { createDingTalkSimulator } from "@openclaw-china/testkit";
import { expect, test, vi } from "vitest";
import { lastQuestion, startModel } from "../model.ts";
import { makePlace, small } from "../process.ts";
import { startProxy } from "../proxy.ts";

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
