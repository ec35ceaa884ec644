/** Neutral findings: clock, access, errors, what was refused while the bot worked. */
import type { AccessOptions } from "@openclaw-china/core";
import {
  accessFindings,
  channelError,
  clockFindings,
  createTroubles,
  errorFinding,
} from "@openclaw-china/core/internal";
import { fakeClock } from "@openclaw-china/testkit";
import { describe, expect, test } from "vitest";

const platform = { en: "Platform", zh: "平台" };
const fix = { en: "Do.", zh: "请处理。" };

describe("the clock", () => {
  const at = Date.parse("2026-07-01T00:00:00Z");
  const look = (date: string | undefined): readonly string[] =>
    clockFindings({ date, at, platform }).map(({ level, cause }) => `${level} ${cause.en}`);

  test.each([
    ["Wed, 01 Jul 2026 00:00:00 GMT", "ok This machine's clock agrees with that of Platform."],
    ["Tue, 30 Jun 2026 23:59:00 GMT", "ok This machine's clock agrees with that of Platform."],
    ["Tue, 30 Jun 2026 23:58:59 GMT", "warning This machine's clock differs from that of Platform by 61 s."],
    ["Wed, 01 Jul 2026 00:05:00 GMT", "warning This machine's clock differs from that of Platform by -300 s."],
    ["Wed, 01 Jul 2026 00:05:01 GMT", "error This machine's clock differs from that of Platform by -301 s."],
  ])("%s: %s", (date, said) => expect(look(date)).toEqual([said]));

  test.each([undefined, "yesterday"])("%j says nothing", (date) => expect(look(date)).toEqual([]));
});

describe("access", () => {
  const codes = (access: AccessOptions, hearsUnmentioned = false): readonly string[] =>
    accessFindings({ access, can: { hearsUnmentioned }, platform }).map(({ code }) => code);

  test.each<[AccessOptions, readonly string[]]>([
    [{}, ["open_to_all"]],
    [{ dmPolicy: "allowlist", allowFrom: ["a"], groupPolicy: "allowlist", groupAllowFrom: ["g"] }, []],
    [{ dmPolicy: "disabled", groupPolicy: "disabled" }, ["groups_off"]],
    [{ respondToPrivate: false, respondToMentions: false }, ["groups_off"]],
    [{ dmPolicy: "disabled", requireMention: false }, ["mention_needed_anyway", "open_to_all"]],
  ])("%j", (access, wanted) => expect(codes(access)).toEqual(wanted));

  test("a platform that hands over everything can be told to answer it", () => {
    expect(codes({ requireMention: false }, true)).toEqual(["open_to_all"]);
  });

  test("what is open is named", () => {
    const [one] = accessFindings({ access: { dmPolicy: "disabled" }, can: { hearsUnmentioned: false }, platform });
    expect(one?.cause.en).toContain("(group_policy: open)");
  });
});

describe("errors", () => {
  test("an error with the platform's words", () => {
    const words = { code: "88", message: "no", status: 403, requestId: "r" };
    const error = channelError({ code: "permission_missing", kind: "platform", message: "m", fix, platform: words });
    expect(errorFinding(error, { what: platform, url: "https://console.example" })).toEqual({
      level: "error",
      code: "permission_missing",
      what: platform,
      cause: { en: "m", zh: "m" },
      fix,
      url: "https://console.example",
      platform: words,
    });
  });

  test("anything else is a defect", () => {
    const { code, cause, fix: told } = errorFinding(new TypeError("undefined is no function"), { what: platform });
    expect([code, cause.en]).toEqual(["probe_failed", "undefined is no function"]);
    expect(told?.en).toContain("report it");
  });
});

describe("what was refused while working", () => {
  const refusal = (code: "permission_missing" | "rate_limited"): Error =>
    channelError({ code, kind: "platform", message: "m", fix, outcome: "refused" });

  test("the last of each call, how often, until it succeeds", async () => {
    const clock = fakeClock(Date.parse("2026-07-01T00:00:00Z"));
    const troubles = createTroubles(clock);
    troubles.note("show a card", refusal("permission_missing"));
    await clock.advance(60_000);
    troubles.note("show a card", refusal("permission_missing"));
    troubles.note("send to the group", refusal("rate_limited")); // heals by itself
    troubles.note("send to the group", new Error("ours"));
    expect(troubles.findings().map(({ what }) => what?.en)).toEqual([
      "Refused while working: show a card, 2 times, last at 2026-07-01T00:01:00.000Z",
    ]);
    troubles.note("show a card");
    expect(troubles.findings()).toEqual([]);
  });

  test("at most 64 calls are kept", () => {
    const troubles = createTroubles(fakeClock());
    for (let n = 0; n < 100; n += 1) troubles.note(`call ${n}`, refusal("permission_missing"));
    expect(troubles.findings()).toHaveLength(64);
  });
});
