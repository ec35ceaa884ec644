/** Whether a message could be accepted now: what each state of a connection and of the disk comes to. */
import { type BotStatus, ChannelError, memoryState, type Store } from "@openclaw-china/core";
import { channelError } from "@openclaw-china/core/internal";
import { describe, expect, test } from "vitest";
import { createWriteProbe, readinessOf } from "../../src/http/ready.ts";

type Connection = BotStatus["channels"][number];

function connection(changes: Partial<Connection>): Connection {
  return {
    channel: "dingtalk",
    account: "sales",
    state: "live",
    since: 100,
    lastFrameAt: 110,
    attempts: 0,
    ...changes,
  };
}

function whyNot(changes: Partial<Connection>): string {
  const { ready, why } = readinessOf([connection(changes)], true);
  expect(ready).toBe(why.length === 0);
  for (const { zh } of why) expect(zh).toMatch(/\p{Script=Han}/u);
  return why.map(({ en }) => en).join();
}

test("live, and a frame was seen on this connection", () => {
  expect(whyNot({})).toBe("");
  expect(whyNot({ state: "draining", since: 200 })).toBe("");
});

test("a frame of the connection before is no evidence", () => {
  expect(whyNot({ since: 200 })).toBe("dingtalk/sales is connected, but no frame has been seen yet");
  const { lastFrameAt: _, ...never } = connection({});
  expect(readinessOf([never], true).ready).toBe(false);
});

test("a webhook is ready once it listens: a platform calls when there is something to say", () => {
  const { lastFrameAt: _, ...never } = connection({ via: "webhook" });
  expect(readinessOf([never], true)).toEqual({ ready: true, why: [] });
  expect(whyNot({ via: "webhook", state: "stopped" })).toBe("dingtalk/sales is stopped");
});

test.each(["idle", "opening", "waiting", "standby", "replaced", "failed", "stopped"] as const)(
  "%s is not ready",
  (state) => {
    expect(whyNot({ state })).toBe(`dingtalk/sales is ${state}`);
  },
);

test("the last error says why", () => {
  const error = channelError({
    code: "timeout",
    kind: "transport",
    message: "no answer in time",
    fix: { en: "", zh: "" },
  });
  expect(error).toBeInstanceOf(ChannelError);
  expect(whyNot({ state: "waiting", error })).toBe("dingtalk/sales is waiting: no answer in time");
});

test("each of several must be ready; without any there is nothing to be ready for", () => {
  const all = [connection({}), connection({ account: "support", state: "opening" })];
  expect(readinessOf(all, true).why.map(({ en }) => en)).toEqual(["dingtalk/support is opening"]);
  expect(readinessOf([], true)).toMatchObject({ ready: false, why: [{ en: "there is no channel" }] });
});

test("a state that cannot be written", () => {
  const { ready, why } = readinessOf([connection({})], false);
  expect(ready).toBe(false);
  expect(why[0]?.en).toContain("the state cannot be written");
});

describe("the probe of the state", () => {
  const withPut = (put: Store["put"]): (() => Promise<boolean>) =>
    createWriteProbe({ store: { ...memoryState().store, put } });

  test("writes, once for all who ask at the same time", async () => {
    let writes = 0;
    const probe = withPut(() => {
      writes += 1;
      return Promise.resolve();
    });
    expect(await Promise.all([probe(), probe(), probe()])).toEqual([true, true, true]);
    expect(writes).toBe(1);
  });

  test("a write that is refused", async () => {
    expect(await withPut(() => Promise.reject(new Error("disk full")))()).toBe(false);
  });

  test("a write that does not come back counts as none", async () => {
    expect(await withPut(() => new Promise(() => undefined))()).toBe(false);
  });
});
