/** The common troubles of docs/dingtalk.md, as the operator of a real process is told of them. */
import { describe, expect, vi } from "vitest";
import { small } from "../process.ts";
import { test } from "../setting.ts";

vi.setConfig({ testTimeout: 60_000 });

const WAIT = { timeout: 20_000, interval: 20 };

describe("what the operator reads", () => {
  test("401 InvalidAppKey: gateway start ends at once, with the cause and what to do", async ({ sim, place }) => {
    using _refused = sim.fault({ kind: "platformError", code: "InvalidAppKey", on: "connections/open" });
    await place.write(small(sim.app));
    const gateway = place.run(["start"]);
    expect(await gateway.ended).toBe(1);
    for (const text of [
      "DingTalk does not know this app_key and app_secret",
      "Copy Client ID and Client Secret again from the app's credentials page",
      "重新复制 Client ID 与 Client Secret",
      "https://open-dev.dingtalk.com/",
    ])
      expect(gateway.err()).toContain(text);
    expect(gateway.err()).not.toContain(sim.app.appSecret);
  });

  test("no stream connection: the log says what to open, readyz is 503, and it comes back by itself", async ({
    sim,
    place,
  }) => {
    const fault = sim.fault({ kind: "refuseConnections" });
    await place.write(small(sim.app));
    const gateway = place.run(["start"]);
    await gateway.says("wss-open-connection.dingtalk.com");
    expect(gateway.err()).toContain("cannot open the stream connection");
    expect(gateway.err()).toContain("443");
    const address = await gateway.address();
    expect((await fetch(new URL("/readyz", address))).status).toBe(503);
    fault[Symbol.dispose]();
    await expect.poll(async () => (await fetch(new URL("/readyz", address))).status, WAIT).toBe(200);
  });

  test("no answer in a group: gateway check --online has the platform's causes, and gateway why the rule", async ({
    sim,
    place,
  }) => {
    const { channels, ...rest } = small(sim.app) as { readonly channels: { readonly dingtalk: object } };
    const dingtalk = { ...channels.dingtalk, respond_to_mentions: false };
    await place.write({ ...rest, channels: { dingtalk } });
    const check = place.run(["check", "--online"]);
    await check.ended;
    for (const text of ["is the bot in the group, was it mentioned", "respond_to_mentions", "机器人是否在群内"])
      expect(check.out() + check.err()).toContain(text);
    await place.run(["start"]).address();
    const lin = sim.user("Lin");
    const group = sim.group("Team", [lin]);
    await lin.say("hello?", { group });
    const why = place.run(["why", lin.screen({ group }).messages[0]?.id ?? ""]);
    expect(await why.ended).toBe(0);
    expect(why.out()).toMatch(/admit\s+refused.*respond_to_mentions/);
  });
});
