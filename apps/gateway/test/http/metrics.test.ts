/** `/metrics`: what has happened, as text; and who may read it. The real gateway on a simulated platform, real sockets. */
import { request } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryState } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";
import { createDingTalkSimulator, recorder } from "@openclaw-china/testkit";
import { expect, onTestFinished, test, vi } from "vitest";
import { startGateway } from "../../src/gateway.ts";

vi.setConfig({ testTimeout: 60_000 });

const WAIT = { timeout: 15_000, interval: 20 };

async function open() {
  const sim = await createDingTalkSimulator();
  const folder = mkdtempSync(join(tmpdir(), "metrics-"));
  const admin = join(folder, "admin.sock");
  const channels = [createDingTalk({ ...sim.app, monthlyCallBudget: 5_000, groupPolicy: "disabled" })];
  const main = (turn: { readonly text: string }): string => {
    if (turn.text === "fail") throw new Error("model is down");
    return "fine";
  };
  const gateway = await startGateway({
    resolved: { channels, routes: [{ when: {}, agent: "main" }], bot: {} },
    agents: { main },
    state: memoryState(),
    log: recorder(),
    http: { host: "127.0.0.1", port: 0, nextFree: false },
    admin: { path: admin, about: { config: "openclaw-china.json5", version: "0" } },
  });
  onTestFinished(async () => {
    await gateway.stop(0);
    await sim.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { sim, gateway, admin };
}

/** What `/metrics` answers, asked as told. */
function ask(
  how: { readonly port: string } | { readonly socketPath: string },
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly text: string; readonly type: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", path: "/metrics", agent: false, headers, ...how }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      const type = answer.headers["content-type"] ?? "";
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text, type }));
    });
    call.on("error", reject).end();
  });
}

/** The value of a line, by its name with labels. */
function valueOf(text: string, name: string): number | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

test("what came in, how turns ended, sends, the connection, the inbox, metered calls and their budget", async () => {
  const { sim, gateway, admin } = await open();
  const lin = sim.user("Lin");
  const team = sim.group("Team", [lin]);
  await lin.say("hello");
  await lin.say("fail");
  await lin.say("unheard", { group: team });
  const { port } = new URL(gateway.address);
  const place = 'channel="dingtalk",account="default"';
  await vi.waitFor(async () => {
    const { text } = await ask({ port });
    expect(valueOf(text, `openclaw_china_turns_total{${place},outcome="done"}`)).toBe(1);
    expect(valueOf(text, `openclaw_china_turns_total{${place},outcome="failed"}`)).toBe(1);
  }, WAIT);
  const { status, text, type } = await ask({ port });
  expect([status, type]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
  expect(valueOf(text, `openclaw_china_inbound_total{${place},outcome="accepted"}`)).toBe(2);
  expect(valueOf(text, `openclaw_china_inbound_total{${place},outcome="refused"}`)).toBe(1);
  expect(valueOf(text, `openclaw_china_send_seconds_count{${place},via="stream",outcome="sent"}`)).toBe(2);
  expect(valueOf(text, `openclaw_china_send_seconds_bucket{${place},via="stream",outcome="sent",le="+Inf"}`)).toBe(2);
  expect(valueOf(text, `openclaw_china_connection_state{${place},state="live"}`)).toBe(1);
  expect(valueOf(text, `openclaw_china_connection_state{${place},state="failed"}`)).toBe(0);
  expect(valueOf(text, 'openclaw_china_inbox_messages{state="waiting"}')).toBe(0);
  expect(valueOf(text, `openclaw_china_metered_calls{${place}}`)).toBeGreaterThan(5);
  expect(valueOf(text, `openclaw_china_metered_call_budget{${place}}`)).toBe(5_000);
  expect(valueOf(text, `openclaw_china_limiter_waits_total{${place}}`)).toBeGreaterThanOrEqual(0);
  const ready = (await (await fetch(`${gateway.address}/readyz`)).json()) as { channels: { usage: object }[] };
  expect(ready.channels[0]?.usage).toMatchObject({ budget: 5_000 });
  expect((await ask({ socketPath: admin })).text).toContain("openclaw_china_metered_calls");
});

test("every line is a comment or a sample, and every family says its kind once, before its samples", async () => {
  const { gateway } = await open();
  const { text } = await ask({ port: new URL(gateway.address).port });
  const seen = new Set<string>();
  for (const line of text.trimEnd().split("\n")) {
    const kind = /^# TYPE (\S+) (?:counter|gauge|histogram)$/.exec(line)?.[1];
    if (kind !== undefined) {
      expect(seen).not.toContain(kind);
      seen.add(kind);
      continue;
    }
    const name =
      /^# HELP (\S+) \S/.exec(line)?.[1] ?? /^([a-z_]+)(?:\{(?:[a-z]+="[^"\\]*",?)+\})? \d+(?:\.\d+)?$/.exec(line)?.[1];
    expect(name, line).toBeDefined();
    if (!line.startsWith("#")) expect(seen, line).toContain(name?.replace(/_(?:bucket|sum|count)$/, ""));
  }
  expect(seen.size).toBeGreaterThan(3);
});

test.each([
  ["a foreign Host", { host: "evil.example" }],
  ["a foreign page", { origin: "http://evil.example" }],
  ["somebody behind a proxy", { "x-forwarded-for": "203.0.113.7" }],
])("%s is refused", async (_, headers) => {
  const { gateway } = await open();
  const { status, text } = await ask({ port: new URL(gateway.address).port }, headers);
  expect(status).toBe(403);
  expect(text).not.toContain("openclaw_china");
});
