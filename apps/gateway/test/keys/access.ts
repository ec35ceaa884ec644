/** Who may talk to the bot: a stranger is refused, with the rule's name in the trace, and whom the key lets in is answered. */
import type { DingTalkApp } from "@openclaw-china/testkit";
import { expect } from "vitest";
import type { Stage } from "./stage.ts";
import type { Effects } from "./table.ts";

/** A group message that mentions nobody. DingTalk does not hand those over; the rule holds all the same. */
async function unmentioned({ sim, lin, team }: Stage, msgId: string): Promise<void> {
  const { id: senderStaffId } = lin;
  const group = { conversationType: "2", conversationId: team.id, isInAtList: false, atUsers: [] };
  const said = { msgId, msgtype: "text", text: { content: "psst" }, createAt: Date.now(), senderId: "$:LWCP_v1:$l" };
  const data = { ...said, ...group, senderStaffId, robotCode: sim.app.appKey };
  await sim.push({ type: "CALLBACK", topic: "/v1.0/im/bot/messages/get", data });
}

/** The trace of such a message is that of one that is admitted, or names the rule. */
async function hears(stage: Stage, block: object): Promise<string> {
  const { bot } = await stage.start({ block });
  await unmentioned(stage, "msg-unmentioned");
  const [line] = await bot.trace("msg-unmentioned");
  return line?.outcome === "refused"
    ? (line.detail ?? "")
    : (await stage.lin.screen({ group: stage.team }).next()).text;
}

/** The rule is asked in direct chats; groups are another matter. */
async function directRule(stage: Stage, block: object): Promise<string> {
  await stage.start({ block });
  const { wang, team } = stage;
  const detail = await stage.refusal("let me in", {}, wang);
  expect((await stage.ask("and here", { group: team }, wang)).text).toBe("main: and here");
  return detail;
}

/** The rule is asked in groups; direct chats are another matter. */
async function groupRule(stage: Stage, block: object): Promise<string> {
  await stage.start({ block });
  const { wang, team } = stage;
  const detail = await stage.refusal("let us in", { group: team }, wang);
  expect((await stage.ask("and here", {}, wang)).text).toBe("main: and here");
  return detail;
}

export const ACCESS: Effects<Stage> = {
  async respond_to_mentions(stage) {
    expect(await groupRule(stage, { respond_to_mentions: false })).toMatch(/^respond_to_mentions: /);
    for (const respond_to_mentions of [true, undefined]) {
      await stage.start({ block: { respond_to_mentions } });
      expect((await stage.ask("hi", { group: stage.team })).text).toBe("main: hi");
    }
  },

  async respond_to_private(stage) {
    expect(await directRule(stage, { respond_to_private: false })).toMatch(/^respond_to_private: /);
    for (const respond_to_private of [true, undefined]) {
      await stage.start({ block: { respond_to_private } });
      expect((await stage.ask("hi")).text).toBe("main: hi");
    }
  },

  async dm_policy(stage) {
    const { lin, wang } = stage;
    const allow_from = [lin.id];
    expect(await directRule(stage, { dm_policy: "disabled", allow_from: [wang.id] })).toBe("dm_policy: disabled");
    const refused = await directRule(stage, { dm_policy: "allowlist", allow_from });
    expect(refused).toBe(`dm_policy: allowlist: ${wang.id} is not in allow_from`);
    expect((await stage.ask("I am listed")).text).toBe("main: I am listed");
    for (const dm_policy of ["open", undefined]) {
      await stage.start({ block: { dm_policy, allow_from } });
      expect((await stage.ask("a stranger", {}, wang)).text).toBe("main: a stranger");
    }
    expect(() => stage.resolve({ block: { dm_policy: "pairing" } })).toThrow(/"pairing", which needs a host/);
  },

  async allow_from(stage) {
    const { wang } = stage;
    const dm_policy = "allowlist";
    expect(await directRule(stage, { dm_policy })).toMatch(/^dm_policy: .* not in allow_from$/);
    expect(await directRule(stage, { dm_policy, allow_from: ["somebody-else"] })).toMatch(/^dm_policy: /);
    for (const allow_from of [[wang.id], ["*"]]) {
      await stage.start({ block: { dm_policy, allow_from } });
      expect((await stage.ask("hi", {}, wang)).text).toBe("main: hi");
    }
  },

  async group_policy(stage) {
    const { team } = stage;
    const group_allow_from = [team.id];
    expect(await groupRule(stage, { group_policy: "disabled", group_allow_from })).toBe("group_policy: disabled");
    expect(await groupRule(stage, { group_policy: "allowlist" })).toMatch(
      `group_policy: allowlist: neither ${team.id}`,
    );
    for (const block of [{ group_policy: "allowlist", group_allow_from }, { group_policy: "open" }, {}]) {
      await stage.start({ block });
      expect((await stage.ask("hi", { group: team })).text).toBe("main: hi");
    }
  },

  async group_allow_from(stage) {
    const { wang, lin, team } = stage;
    const group_policy = "allowlist";
    expect(await groupRule(stage, { group_policy, group_allow_from: ["cidOther"] })).toMatch(/^group_policy: /);
    expect(await groupRule(stage, { group_policy, group_allow_from: [lin.id] })).toContain(wang.id);
    expect((await stage.ask("I am listed", { group: team })).text).toBe("main: I am listed");
    await stage.start({ block: { group_policy, group_allow_from: [team.id] } });
    expect((await stage.ask("we all are", { group: team }, wang)).text).toBe("main: we all are");
  },

  async require_mention(stage) {
    expect(await hears(stage, {})).toBe("require_mention: the bot is not mentioned");
    expect(await hears(stage, { require_mention: true })).toMatch(/^require_mention: /);
    expect(await hears(stage, { require_mention: false })).toBe("main: psst");
    const [warning] = stage.resolve({ block: { require_mention: false } }).warnings;
    expect(warning?.en).toContain("the others never arrive");
  },

  async "group_routing.mention_only"(stage) {
    expect(await hears(stage, { group_routing: { mention_only: true } })).toMatch(/^require_mention: /);
    expect(await hears(stage, { group_routing: { mention_only: false } })).toBe("main: psst");
  },

  async "groups.*.allow_from"(stage) {
    const { lin, team } = stage;
    const groups = { [team.id]: { allow_from: [lin.id] } };
    expect(await groupRule(stage, { groups })).toMatch(/^groups\.allow_from: .* is not in the list of /);
    expect((await stage.ask("I am listed", { group: team })).text).toBe("main: I am listed");
    await stage.start({ block: { groups: { cidOther: { allow_from: [] } } } });
    expect((await stage.ask("of another group", { group: team }, stage.wang)).text).toBe("main: of another group");
  },

  async "groups.*.require_mention"(stage) {
    const { team } = stage;
    const own = (require_mention: boolean): object => ({ groups: { [team.id]: { require_mention } } });
    expect(await hears(stage, { require_mention: false, ...own(true) })).toMatch(/^require_mention: /);
    expect(await hears(stage, { require_mention: true, ...own(false) })).toBe("main: psst");
  },

  async allow_bots(stage) {
    const { sim } = stage;
    for (const allow_bots of [false, true]) {
      const { bot } = await stage.start({ block: { allow_bots } });
      const msgId = `msg-of-a-bot-${allow_bots}`;
      await sim.push({ type: "CALLBACK", topic: "/v1.0/im/bot/messages/get", data: ofABot(sim.app, stage, msgId) });
      expect((await bot.trace(msgId))[0]).not.toMatchObject({ outcome: "refused" });
    }
    const warnings = (allow_bots: boolean): readonly string[] =>
      stage.resolve({ block: { allow_bots } }).warnings.map(({ en }) => en);
    expect(warnings(true)).toEqual([]);
    expect(warnings(false)).toEqual([expect.stringContaining("channels.dingtalk.allow_bots has no effect")]);
  },
};

/** Another bot's mention arrives like a person's: nothing says that its sender is a bot. */
function ofABot({ appKey }: DingTalkApp, { team }: Stage, msgId: string): Readonly<Record<string, unknown>> {
  const said = {
    msgId,
    msgtype: "text",
    text: { content: "hello" },
    createAt: Date.now(),
    senderId: "$:LWCP_v1:$bot2",
  };
  return { ...said, conversationType: "2", conversationId: team.id, isInAtList: true, robotCode: appKey };
}
