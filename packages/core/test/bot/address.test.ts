/** Addresses and references: each is looked up, and what a channel cannot is said by code. */
import { describe, expect, test } from "vitest";
import type { MessageRef, Sent } from "../../src/index.ts";
import { message } from "../fixtures.ts";
import { stages } from "../stage/stage.ts";

const { open } = stages();

describe("addresses", () => {
  test("a kind the channel does not take is unsupported, and the message lists those it does", async () => {
    const { bot, platform } = await open({ start: false });
    const sending = bot.send({ channel: "test", kind: "department", id: "d1" }, "x");
    await expect(sending).rejects.toMatchObject({
      code: "unsupported",
      outcome: "not_sent",
      message: expect.stringContaining("user, group") as string,
    });
    expect(platform.calls).toEqual([]);
  });

  test("a channel or account this bot lacks is unsupported, by name", async () => {
    const { bot } = await open({ start: false });
    for (const to of [{ channel: "other" }, { channel: "test", account: "sales" }]) {
      const sending = bot.send({ ...to, kind: "user", id: "u1" }, "x");
      await expect(sending).rejects.toMatchObject({
        code: "unsupported",
        message: expect.stringContaining(to.account ?? to.channel) as string,
      });
    }
  });

  test("turn.address can be kept and written to later", async () => {
    const { bot, say, idle, platform } = await open({ handler: (turn) => JSON.stringify(turn.address) });
    await say("x");
    await idle();
    await bot.send(JSON.parse(platform.texts()[0] ?? "") as Parameters<typeof bot.send>[0], "later");
    expect(platform.texts().at(-1)).toBe("later");
  });
});

describe("references", () => {
  test("edit and recall look the channel up by the reference: of the bot, and of a turn of another account", async () => {
    const stage = await open({
      channels: (on) => [on.channel(), on.channel({ account: "sales" })],
      handler: async (turn) => {
        const [ref, what] = JSON.parse(turn.text) as [MessageRef, string];
        if (what === "recall") await turn.recall(ref);
        else await turn.edit(ref, what);
      },
    });
    const { bot, platform } = stage;
    const to = { channel: "test", account: "sales", kind: "user", id: "u9" } as const;
    const sent: Sent[] = [await bot.send(to, "one"), await bot.send(to, "two")];
    await bot.edit(sent[0] as Sent, { kind: "text", text: "one, edited" });
    await bot.recall(sent[1] as Sent);
    expect(platform.posts).toMatchObject([{ text: "one, edited" }, { state: "recalled" }]);
    await stage.say(JSON.stringify([sent[0], "edited by a turn"]));
    await stage.say(JSON.stringify([sent[0], "recall"]));
    await stage.idle();
    expect(platform.posts[0]).toMatchObject({ text: "edited by a turn", state: "recalled" });
  });

  test("the readers of a message are those that its channel names", async () => {
    const { bot } = await open();
    expect(await bot.readers({ channel: "test", account: "default", id: "p1" })).toEqual([{ id: "reader of p1" }]);
  });

  test("a reference of a channel this bot lacks is unsupported; so is what the channel cannot", async () => {
    const stage = await open({
      channel: { without: ["edit", "recall", "readers", "download"] },
      handler: async (turn) => {
        const codes: unknown[] = [];
        const note = (error: { readonly code?: unknown }): void => void codes.push(error.code);
        const own = { channel: "test", account: "default", id: "p1" };
        await turn.edit(own, "x").catch(note);
        await turn.recall(own).catch(note);
        await turn.edit({ ...own, channel: "other" }, "x").catch(note);
        await turn.recall({ ...own, account: "other" }).catch(note);
        await turn.download({ media: "file", handle: "f" }).catch(note);
        return codes.join(" ");
      },
    });
    const { bot, platform } = stage;
    const own = { channel: "test", account: "default", id: "p1" };
    for (const call of [
      () => bot.edit(own, "x"),
      () => bot.recall(own),
      () => bot.readers(own),
      () => bot.edit({ ...own, channel: "other" }, "x"),
      () => bot.recall({ ...own, account: "other" }),
      () => bot.readers({ ...own, account: "other" }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "unsupported" });
    }
    await stage.say("x");
    await stage.idle();
    expect(platform.texts()).toEqual(["unsupported unsupported unsupported unsupported unsupported"]);
  });

  test("react is best effort: it resolves where the platform refuses and where it has none, and can be taken back", async () => {
    const stage = await open({
      handler: async (turn) => {
        await turn.react("👀");
        await turn.react("👀", false);
        return "done";
      },
    });
    stage.platform.fault("react", { outcome: "refused" });
    const inbound = message({ text: "x" });
    await stage.offer(inbound);
    await stage.idle();
    expect(stage.platform.calls.filter((call) => call.startsWith("react"))).toEqual([
      `react ${inbound.id} +👀`,
      `react ${inbound.id} -👀`,
    ]);
    expect(stage.platform.texts()).toEqual(["done"]);
    expect(await stage.trace(inbound.id)).toContain("react failed");
    const without = await open({
      channel: { without: ["react"] },
      handler: (turn) => turn.react("👀").then(() => "done"),
    });
    await without.say("x");
    await without.idle();
    expect(without.platform.texts()).toEqual(["done"]);
  });

  test("download gives a standard File, and refuses what is larger than allowed", async () => {
    const stage = await open({
      handler: async (turn) => {
        const [attachment] = turn.message.attachments;
        if (attachment === undefined) return "nothing";
        const file = await turn.download(attachment, turn.text === "small" ? { maxBytes: 3 } : {});
        return `${file.name} ${file.type} ${file.size} ${await file.text()}`;
      },
      onError: (error) => (error as { code: string }).code,
    });
    const attachments = [{ media: "file", name: "a.txt", handle: "content" }] as const;
    for (const text of ["large", "small"]) {
      await stage.say(text, { attachments });
      await stage.idle();
    }
    expect(stage.platform.texts()).toEqual(["a.txt text/plain 7 content", "too_large"]);
  });
});
