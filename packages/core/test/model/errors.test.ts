/** The one error class: what each maker fills in, and that it is recognised across copies of the package. */
import { ChannelError } from "@openclaw-china/core";
import {
  abortedError,
  channelError,
  closedError,
  configError,
  type ErrorFacts,
  secretMissing,
  unsupportedError,
} from "@openclaw-china/core/internal";
import { describe, expect, test, vi } from "vitest";

const fix = { en: "Do this.", zh: "请这样做。" };

function thrownBy(work: () => never): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe("defaults", () => {
  test.each<[string, Partial<ErrorFacts>, string, string]>([
    ["of the set-up: nothing was sent", { kind: "config" }, "not_sent", "stop"],
    ["of the network: nobody knows", { kind: "transport" }, "unknown", "stop"],
    ["of the platform: nobody knows", { kind: "platform" }, "unknown", "stop"],
    [
      "are not used when it is said",
      { kind: "platform", outcome: "refused", verdict: { kind: "retry" } },
      "refused",
      "retry",
    ],
  ])("%s", (_what, facts, outcome, verdict) => {
    const error = channelError({ code: "platform_refused", kind: "platform", message: "no", fix, ...facts });
    expect(error).toMatchObject({ outcome, verdict: { kind: verdict }, fix, name: "ChannelError", message: "no" });
    expect(error).toBeInstanceOf(Error);
  });

  test("the cause is kept, and absent when there is none", () => {
    const cause = new Error("below");
    expect(configError("no", fix, cause).cause).toBe(cause);
    expect("cause" in configError("no", fix)).toBe(false);
  });

  test("what the platform said is kept in its words", () => {
    const platform = { code: "40014", message: "不合法的access_token", requestId: "r1", status: 400 };
    const error = channelError({
      code: "platform_refused",
      kind: "platform",
      message: "no",
      fix,
      channel: "acme",
      platform,
    });
    expect([error.channel, error.platform]).toEqual(["acme", platform]);
  });
});

describe("makers say what happened and what to do, in both languages", () => {
  test.each([
    ["aborted", "transport", abortedError("the call was called off")],
    ["closed", "config", closedError("the bot")],
    ["unsupported", "config", unsupportedError("acme", "send a video")],
    ["config_invalid", "config", configError("the key a.b is wrong", fix)],
    ["secret_missing", "config", thrownBy(() => secretMissing("appSecret", "app_secret", "ACME_APP_SECRET"))],
  ])("%s", (code, kind, error) => {
    expect(error).toMatchObject({ code, kind, outcome: "not_sent", verdict: { kind: "stop" } });
    const { fix: said, message } = error as ChannelError;
    expect(message).not.toBe("");
    expect(said.en).toMatch(/[.]$/);
    expect(said.zh).toMatch(/\p{Script=Han}.*。$/u);
  });

  test("a missing secret names option, key and variable", () => {
    const error = thrownBy(() => secretMissing("appSecret", "app_secret", "ACME_APP_SECRET")) as ChannelError;
    for (const name of ["appSecret", "ACME_APP_SECRET"]) expect(error.message).toContain(name);
    for (const name of ["appSecret", "ACME_APP_SECRET", "app_secret"]) {
      expect(error.fix.en).toContain(name);
      expect(error.fix.zh).toContain(name);
    }
  });
});

describe("is recognised", () => {
  test("by another copy of the package, and the other way round", async () => {
    vi.resetModules();
    const copy = await import("../../src/errors.ts");
    expect(copy.ChannelError).not.toBe(ChannelError);
    expect(copy.configError("no", fix)).toBeInstanceOf(ChannelError);
    expect(configError("no", fix)).toBeInstanceOf(copy.ChannelError);
  });

  test.each([
    ["an ordinary error", new Error("no")],
    ["something that looks like one", { name: "ChannelError", code: "closed", kind: "config", fix, message: "" }],
    ["nothing", undefined],
    ["null", null],
    ["a text", "ChannelError"],
  ])("but not %s", (_what, value) => {
    expect(value instanceof ChannelError).toBe(false);
  });

  test("its brand is no fact: it shows in no log", () => {
    const error = configError("no", fix);
    expect(Object.keys(error).toSorted()).toEqual([
      "channel",
      "code",
      "fix",
      "kind",
      "name",
      "outcome",
      "platform",
      "verdict",
    ]);
    expect(JSON.stringify(error)).not.toContain("@openclaw-china");
  });
});
