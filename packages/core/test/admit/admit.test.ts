import { describe, expect, test } from "vitest";
import { admit } from "../../src/admit/admit.ts";
import type { AccessOptions, Inbound } from "../../src/index.ts";
import { inGroup, message, press } from "../fixtures.ts";

const rule = (access: AccessOptions, inbound: Inbound): string | undefined =>
  admit(inbound, { access, nowMs: 1_000_000, maxAgeMs: 60_000 })?.rule;
const stranger = { id: "stranger", isBot: false };

describe("admit", () => {
  test.each<[string, AccessOptions, Inbound, string | undefined]>([
    ["open by default", {}, message({ text: "x" }), undefined],
    ["open group, mentioned", {}, inGroup("g", { text: "x" }), undefined],
    ["group, not mentioned", {}, inGroup("g", { text: "x", mentionsSelf: false }), "require_mention"],
    [
      "group, mention not required",
      { requireMention: false },
      inGroup("g", { text: "x", mentionsSelf: false }),
      undefined,
    ],
    [
      "group, mention required there",
      { requireMention: false, groups: { g: { requireMention: true } } },
      inGroup("g", { text: "x", mentionsSelf: false }),
      "require_mention",
    ],
    ["direct off", { respondToPrivate: false }, message({ text: "x" }), "respond_to_private"],
    ["groups off", { respondToMentions: false }, inGroup("g", { text: "x" }), "respond_to_mentions"],
    ["dm disabled", { dmPolicy: "disabled" }, message({ text: "x" }), "dm_policy"],
    [
      "dm stranger",
      { dmPolicy: "allowlist", allowFrom: ["u1"] },
      message({ text: "x", sender: stranger }),
      "dm_policy",
    ],
    ["dm listed", { dmPolicy: "allowlist", allowFrom: ["u1"] }, message({ text: "x" }), undefined],
    ["dm wildcard", { dmPolicy: "allowlist", allowFrom: ["*"] }, message({ text: "x", sender: stranger }), undefined],
    ["pairing is not open", { dmPolicy: "pairing" }, message({ text: "x", sender: stranger }), "dm_policy"],
    ["group disabled", { groupPolicy: "disabled" }, inGroup("g", { text: "x" }), "group_policy"],
    [
      "group not listed",
      { groupPolicy: "allowlist", groups: { other: {} } },
      inGroup("g", { text: "x" }),
      "group_policy",
    ],
    ["group listed", { groupPolicy: "allowlist", groups: { g: {} } }, inGroup("g", { text: "x" }), undefined],
    ["group listed by id", { groupPolicy: "allowlist", groupAllowFrom: ["g"] }, inGroup("g", { text: "x" }), undefined],
    ["sender listed", { groupPolicy: "allowlist", groupAllowFrom: ["u1"] }, inGroup("g", { text: "x" }), undefined],
    [
      "dm list does not block members of groups",
      { dmPolicy: "allowlist", allowFrom: ["boss"] },
      inGroup("g", { text: "x" }),
      undefined,
    ],
    [
      "stranger in a group's own list",
      { groups: { g: { allowFrom: ["boss"] } } },
      inGroup("g", { text: "x" }),
      "groups.allow_from",
    ],
    ["another bot", {}, message({ text: "x", sender: { id: "b", isBot: true } }), "allow_bots"],
    ["another bot, allowed", { allowBots: true }, message({ text: "x", sender: { id: "b", isBot: true } }), undefined],
    ["too old", {}, message({ text: "x", sentAt: 900_000 }), "max_age_ms"],
    ["old enough", {}, message({ text: "x", sentAt: 940_000 }), undefined],
    ["a stranger's press", { dmPolicy: "allowlist", allowFrom: [] }, press({ button: "b" }), "dm_policy"],
  ])("%s", (_, access, inbound, expected) => {
    expect(rule(access, inbound)).toBe(expected);
  });
});
