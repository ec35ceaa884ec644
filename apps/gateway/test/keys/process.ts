/** Keys of the file that only a process of its own shows: where it listens, what it keeps, how it ends. */
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { join } from "node:path";
import { createDingTalkSimulator, type DingTalkSimulator } from "@openclaw-china/testkit";
import { expect } from "vitest";
import { type Asked, startModel } from "../model.ts";
import { makePlace, type Place, small } from "../process.ts";
import { PATIENCE } from "./stage.ts";
import type { Effects } from "./table.ts";

export interface Processes extends AsyncDisposable {
  readonly sim: DingTalkSimulator;
  readonly place: Place;
}

export async function makeProcesses(): Promise<Processes> {
  const sim = await createDingTalkSimulator();
  const place = await makePlace();
  return {
    sim,
    place,
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await sim.close();
    },
  };
}

export const PROCESS: Effects<Processes> = {
  async "state.file"({ sim, place }) {
    await place.write(small(sim.app, { state: { file: "kept.db" } }));
    const gateway = place.run(["start"]);
    await gateway.address();
    expect([existsSync(join(place.folder, "kept.db")), existsSync(place.stateFile)]).toEqual([true, false]);
    const second = place.run(["start"]);
    expect(await second.ended).toBe(1);
    expect(second.err()).toContain("kept.db");
  },

  async "http.host"({ sim, place }) {
    await place.write(small(sim.app, { http: { port: 0, host: "localhost" } }));
    const address = await place.run(["start"]).address();
    expect(new URL(address).hostname).toBe("localhost");
    expect((await fetch(new URL("/healthz", address))).status).toBe(200);
  },

  async "http.port"({ sim, place }) {
    const port = await freePort();
    await place.write(small(sim.app, { http: { port } }));
    const gateway = place.run(["start"]);
    expect(await gateway.address()).toBe(`http://127.0.0.1:${port}`);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  },

  async stop_timeout_ms({ sim, place }) {
    const asked: Asked[] = [];
    await using model = await startModel((one) => {
      asked.push(one);
      one.say("The beginning");
    });
    const agents = { main: { kind: "openai", model: "m", base_url: model.url, api_key: "k" } };
    await place.write(small(sim.app, { agents, stop_timeout_ms: 50 }));
    const gateway = place.run(["start"]);
    await gateway.address();
    const lin = sim.user("Lin");
    await lin.say("tell me");
    const answer = (): object | undefined => lin.screen().messages.find(({ from }) => from === sim.botId);
    await expect.poll(answer, PATIENCE).toMatchObject({ state: "growing" });
    gateway.child.kill("SIGTERM");
    expect(await gateway.ended).toBe(0); // the model never ends
    expect(gateway.out()).toContain("running turns get 0.05 s");
    expect(answer()).toMatchObject({ state: "finished", text: expect.stringContaining("interrupted") });
  },
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
