/** `gateway start` with something wrong: it ends with exit code 1, and says what, why and what to do. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { small } from "../process.ts";
import { test } from "../setting.ts";

vi.setConfig({ testTimeout: 60_000, maxConcurrency: 3 });

test.concurrent("wrong credentials: what DingTalk says, and where to look", async ({ sim, place }) => {
  await place.write(small({ ...sim.app, appSecret: "wrong-secret" }));
  const gateway = place.run(["start"]);
  expect(await gateway.ended).toBe(1);
  expect(gateway.err()).toContain("DingTalk does not know this app_key and app_secret");
  expect(gateway.err()).toContain("[credentials_rejected]");
  expect(gateway.err()).toMatch(/^ {2}dingtalk: \S+ .*\(status 40[01]\)/m);
  expect(gateway.err()).toMatch(/→ Copy Client ID and Client Secret again/);
  expect(gateway.err()).toMatch(/→ .*请在应用“凭证与基础信息”页/);
  expect(gateway.err()).not.toContain("wrong-secret");
});

test.concurrent("secrets.env is a folder", async ({ sim, place }) => {
  await place.write(small(sim.app));
  await mkdir(join(place.home, ".config", "openclaw", "secrets.env"));
  const gateway = place.run(["start"]);
  expect(await gateway.ended).toBe(1);
  expect(gateway.err()).toMatch(/the secrets file \S+secrets\.env cannot be read: it is a folder/);
  expect(gateway.err()).toContain("Make it a text file of NAME=value lines");
  expect(existsSync(place.stateFile)).toBe(false);
});

test.concurrent("a port that is taken; the connection is not even opened", async ({ sim, place }) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await place.write(small(sim.app));
  const gateway = place.run(["start"], { PORT: String(port) });
  expect(await gateway.ended).toBe(1);
  expect(gateway.err()).toContain(`the port ${port} on 127.0.0.1 is taken [config_invalid]`);
  expect(gateway.err()).toContain("choose another with --port, PORT or http.port");
  expect(sim.calls).toEqual([]);
  other.close();
});

test.concurrent("an address that is not of this machine", async ({ sim, place }) => {
  await place.write(small(sim.app, { http: { host: "192.0.2.1", port: 0 } }));
  const gateway = place.run(["start"]);
  expect(await gateway.ended).toBe(1);
  expect(gateway.err()).toContain("the gateway cannot listen on 192.0.2.1");
  expect(gateway.err()).toContain("Set http.host");
});

test.concurrent("PORT that is none", async ({ sim, place }) => {
  await place.write(small(sim.app));
  const gateway = place.run(["start"], { PORT: "x" });
  expect(await gateway.ended).toBe(1);
  expect(gateway.err()).toContain('the variable PORT is "x", which is no port [config_invalid]');
  expect(gateway.err()).not.toContain("    at ");
});

test.concurrent("LOG_LEVEL that is none", async ({ sim, place }) => {
  await place.write(small(sim.app));
  const gateway = place.run(["start"], { LOG_LEVEL: "loud" });
  expect(await gateway.ended).toBe(1);
  expect(gateway.err()).toContain('LOG_LEVEL is "loud", which is no level [config_invalid]');
});

test.concurrent("a state file that cannot be one", async ({ sim, place }) => {
  await mkdir(place.stateFile);
  await place.write(small(sim.app));
  const gateway = place.run(["start"]);
  expect(await gateway.ended).toBe(1);
  expect(gateway.err()).toContain(`the state file ${place.stateFile} cannot be written: EISDIR`);
  expect(gateway.err()).toContain("Set state.file to a path");
});

test.concurrent("another process holds the state file; the first goes on", async ({ sim, place }) => {
  await place.write(small(sim.app));
  const first = place.run(["start"]);
  const address = await first.address();
  const second = place.run(["start"]);
  expect(await second.ended).toBe(1);
  expect(second.err()).toContain(`the state file ${place.stateFile} is held by another process`);
  expect(second.err()).toContain("Stop the other process");
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  expect(sim.connections()).toBe(1);
});
