/** What doctor says: of credentials, of the connection that is there, and of what is easily overlooked. No second connection. */
import { type ConnectionStatus, type Finding } from "@openclaw-china/core";
import { expect, test } from "vitest";
import { settingsOf, type WeComOptions } from "../src/options.ts";
import { probeWeCom } from "../src/probe.ts";
import { API, calm, runtimeOf, scriptedPlatform } from "./fixtures.ts";

const app = { corpId: "ww1", corpSecret: "secret-example", api: API, proxy: "off" } as const;
const status = (state: ConnectionStatus["state"]): ConnectionStatus => ({ state, since: 0, attempts: 0 });

async function probe(
  options: WeComOptions,
  { link, hasApp = false }: { readonly link?: ConnectionStatus; readonly hasApp?: boolean } = {},
): Promise<{ readonly found: readonly Finding[]; readonly calls: number }> {
  const platform = scriptedPlatform(() => ({}));
  const own = hasApp ? { app } : {};
  const runtime = runtimeOf(platform);
  const found = await probeWeCom({ runtime, settings: settingsOf(options), access: {}, link, ...own }, calm());
  return { found, calls: platform.calls.length };
}

const codes = (found: readonly Finding[], level: Finding["level"]): readonly string[] =>
  found.filter((one) => one.level === level).map(({ code }) => code);

test("a live bot is asked nothing, and an accepted secret is said to be", async () => {
  const { found, calls } = await probe({}, { link: status("live"), hasApp: true });
  expect(calls).toBe(0);
  expect(codes(found, "ok")).toEqual(expect.arrayContaining(["credentials", "host", "stream", "groups_need_mention"]));
  expect(codes(found, "error")).toEqual([]);
});

test("a bot that nobody runs here: only its host is asked, since a connection would throw the running one out", async () => {
  const { found, calls } = await probe({});
  expect(calls).toBe(1);
  expect(codes(found, "ok")).toEqual(expect.arrayContaining(["host", "bot_not_tried"]));
});

test("a bot that was taken", async () => {
  const { found } = await probe({}, { link: status("replaced") });
  expect(codes(found, "error")).toEqual(["bot_taken"]);
});

test("webhook mode without an application has no way out later", async () => {
  const keys = { mode: "webhook", token: "t", encodingAesKey: "a".repeat(43) } as const;
  expect(codes((await probe(keys)).found, "warning")).toContain("no_way_out_later");
});

test("every finding explains itself in both languages, and names no secret", async () => {
  const { found } = await probe({ streaming: "off" }, { hasApp: true });
  for (const { cause, channel } of found) {
    expect(channel).toBe("wecom");
    expect(cause.zh).toMatch(/\p{Script=Han}/u);
    expect(cause.en).not.toMatch(/\p{Script=Han}/u);
  }
  expect(JSON.stringify(found)).not.toContain("secret-example");
});
