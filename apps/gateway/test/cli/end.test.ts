/** How the gateway ends: drained and finished at the first signal, at once at the second. */
import { existsSync } from "node:fs";
import type { DingTalkSimulator, Shown } from "@openclaw-china/testkit";
import { describe, expect, vi } from "vitest";
import { type Asked, type FakeModel, lastQuestion, startModel } from "../model.ts";
import { type Command, type Place, small } from "../process.ts";
import { test as base } from "../setting.ts";

vi.setConfig({ testTimeout: 60_000, maxConcurrency: 3 });

const PATIENCE = { timeout: 20_000, interval: 20 };

interface Models {
  readonly model: FakeModel;
  /** Requests in hand, by question. */
  readonly asked: Map<string, Asked>;
}

/** With a model that begins each answer and goes on when told to. */
const test = base.extend<{ readonly models: Models }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern what a fixture needs
  async models({}, use) {
    const asked = new Map<string, Asked>();
    await using model = await startModel((one) => {
      asked.set(lastQuestion(one), one);
      one.say("The beginning");
    });
    await use({ model, asked });
  },
});

interface Parts {
  readonly sim: DingTalkSimulator;
  readonly place: Place;
  readonly models: Models;
}

/** A gateway in the middle of an answer whose card is open. */
async function answering(
  { sim, place, models }: Parts,
  stopTimeoutMs: number,
): Promise<{ readonly gateway: Command; readonly answers: () => readonly Shown[] }> {
  const agents = { main: { kind: "openai", model: "m", base_url: `${models.model.url}/v1`, api_key: "k" } };
  await place.write(small(sim.app, { agents, stop_timeout_ms: stopTimeoutMs }));
  const gateway = place.run(["start"]);
  await gateway.address();
  const lin = sim.user("Lin");
  await lin.say("tell me");
  const answers = (): readonly Shown[] => lin.screen().messages.filter(({ from }) => from === sim.botId);
  await vi.waitFor(() => expect(answers()).toMatchObject([{ state: "growing", text: "The beginning" }]), PATIENCE);
  return { gateway, answers };
}

describe.each(["SIGTERM", "SIGINT"] as const)("%s", (signal) => {
  test.concurrent("a running answer gets time, its card is finished, and the exit code is 0", async ({
    sim,
    place,
    models,
  }) => {
    const { asked } = models;
    const { gateway, answers } = await answering({ sim, place, models }, 20_000);
    for (let times = 0; times < 2; times += 1) gateway.child.kill(signal); // as Ctrl+C under npm: one wish, two signals
    await gateway.says(`${signal}: draining`);
    await vi.waitFor(() => expect(sim.connections()).toBe(0), PATIENCE);
    expect(gateway.child.exitCode).toBeNull();
    asked.get("tell me")?.say(" and the end.");
    asked.get("tell me")?.end();
    expect(await gateway.ended).toBe(0);
    expect(answers()).toMatchObject([{ kind: "card", state: "finished", text: "The beginning and the end." }]);
    expect(existsSync(`${place.stateFile}.sock`)).toBe(false);
  });
});

test.concurrent("an answer that does not end is called off: the card says so, the model is let go, the exit code is 0", async ({
  sim,
  place,
  models,
}) => {
  const { asked } = models;
  const { gateway, answers } = await answering({ sim, place, models }, 100);
  gateway.child.kill("SIGTERM");
  expect(await gateway.ended).toBe(0);
  await asked.get("tell me")?.over;
  expect(answers()).toHaveLength(1);
  expect(answers()[0]).toMatchObject({ kind: "card", state: "finished" });
  expect(answers()[0]?.text).toMatch(/^The beginning\n\n.*interrupted/s);
});

test.concurrent("no new turns while it drains: what waits is answered after the next start", async ({
  sim,
  place,
  models,
}) => {
  const { asked } = models;
  const { gateway, answers } = await answering({ sim, place, models }, 20_000);
  const lin = sim.user("Wang");
  await lin.say("and me");
  await vi.waitFor(() => expect(asked.has("and me")).toBe(true), PATIENCE);
  await sim.user("Zhao").say("me too");
  await vi.waitFor(() => expect(asked.has("me too")).toBe(true), PATIENCE);
  await lin.say("once more"); // waits behind "and me"
  gateway.child.kill("SIGTERM");
  await gateway.says("draining");
  for (const question of ["tell me", "and me", "me too"]) asked.get(question)?.end();
  expect(await gateway.ended).toBe(0);
  expect(asked.has("once more")).toBe(false);
  const again = place.run(["start"]);
  await again.address();
  await vi.waitFor(() => expect(asked.has("once more")).toBe(true), PATIENCE);
  asked.get("once more")?.end();
  await vi.waitFor(() => {
    const all = lin.screen().messages.filter(({ from }) => from === sim.botId);
    expect(all.map(({ state }) => state)).toEqual(["finished", "finished"]);
  }, PATIENCE);
  expect(answers()).toMatchObject([{ state: "finished", text: "The beginning" }]);
});

test.concurrent("a second signal ends at once; the message is answered after the next start", async ({
  sim,
  place,
  models,
}) => {
  const { asked } = models;
  const { gateway, answers } = await answering({ sim, place, models }, 60_000);
  gateway.child.kill("SIGTERM");
  await gateway.says("draining");
  const again = setInterval(() => gateway.child.kill("SIGTERM"), 100);
  try {
    expect(await gateway.ended).toBe(143);
  } finally {
    clearInterval(again);
  }
  asked.clear();
  await place.run(["start"]).address();
  await vi.waitFor(() => expect(asked.has("tell me")).toBe(true), PATIENCE);
  asked.get("tell me")?.end();
  await vi.waitFor(() => expect(answers()).toMatchObject([{ state: "finished", text: "The beginning" }]), PATIENCE);
});

test.concurrent("a signal while it still connects ends it in good order", async ({ sim, place }) => {
  using _slow = sim.fault({ kind: "delay", ms: 60_000, on: "open" });
  await place.write(small(sim.app));
  const gateway = place.run(["start"]);
  await vi.waitFor(() => expect(sim.calls.length).toBeGreaterThan(0), PATIENCE);
  gateway.child.kill("SIGTERM");
  expect(await gateway.ended).toBe(0);
  expect(gateway.out()).toContain("ended before it had started");
});
