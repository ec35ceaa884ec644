/** A card with buttons, call by call: one card whatever is repeated; recalls by key; what a press makes of it. */
import type { Address, Card, ChannelError, OpenChannel } from "@openclaw-china/core";
import { channelError } from "@openclaw-china/core/internal";
import { describe, expect, test } from "vitest";
import { createDingTalk } from "../../src/index.ts";
import { cardParams, pressUpdate } from "../../src/outbound/card-params.ts";
import { type Call, calm, runtimeOf, type Scripted, type ScriptedPlatform, scriptedPlatform } from "../fixtures.ts";

const app = { appKey: "dingexampleappkey01", appSecret: "secret-example" };
const GROUP: Address = { channel: "dingtalk", kind: "group", id: "cidG" };
const CREATE = "/v1.0/card/instances/createAndDeliver";
const UPDATE = "/v1.0/card/instances";
const OPTIONS = { key: "turn/1", signal: calm() };
const CARD: Card = {
  kind: "card",
  title: "Deploy?",
  buttons: [
    { id: "yes", label: "Yes", style: "primary" },
    { url: "https://example.com/", label: "More" },
  ],
};

const lost = channelError({
  code: "timeout",
  kind: "transport",
  message: "late",
  outcome: "unknown",
  verdict: { kind: "retry" },
  fix: { en: "-", zh: "-" },
});
const refused = (code: string): Scripted => ({ status: 400, json: { code, message: code } });

function fine({ path, json }: Call): Scripted {
  if (path !== CREATE) return { json: { success: true, result: true } };
  const deliverResults = [{ success: true, carrierId: "pqk-card" }];
  return { json: { success: true, result: { outTrackId: json["outTrackId"], deliverResults } } };
}

interface Opened {
  readonly channel: OpenChannel;
  /** The same account in a process that comes after: the same state. */
  readonly again: () => OpenChannel;
  readonly platform: ScriptedPlatform;
}

function open(answer: (call: Call, n: number) => Scripted = fine): Opened {
  const platform = scriptedPlatform(answer);
  const runtime = runtimeOf(platform);
  const again = (): OpenChannel => createDingTalk(app).open(runtime);
  return { channel: again(), again, platform };
}

const pathsOf = ({ calls }: ScriptedPlatform): readonly string[] => calls.map(({ path }) => path);

async function failure(work: Promise<unknown> | undefined): Promise<ChannelError> {
  return Promise.resolve(work).then(
    () => expect.unreachable("it worked"),
    (error: unknown) => error as ChannelError,
  );
}

describe("sending", () => {
  test("is one call that says everything, people to notify included", async () => {
    const { channel, platform } = open();
    const sent = await channel.send(GROUP, { ...CARD, mentions: ["staff-1"] }, OPTIONS);
    expect(pathsOf(platform)).toEqual([CREATE]);
    const { json } = platform.calls[0] ?? expect.unreachable("there is a call");
    expect(json).toMatchObject({
      cardTemplateId: "1366a1eb-bc54-4859-ac88-517c56a9acb1.schema",
      callbackType: "STREAM",
      openSpaceId: "dtv1.card//IM_GROUP.cidG",
      userIdType: 1,
      imGroupOpenDeliverModel: { robotCode: app.appKey, atUserIds: { "staff-1": "staff-1" } },
      outTrackId: sent.id,
    });
    const { cardParamMap } = json["cardData"] as { readonly cardParamMap: Readonly<Record<string, string>> };
    expect(JSON.parse(cardParamMap["sys_full_json_obj"] ?? "")).toEqual({
      msgButtons: [
        { text: "Yes", color: "blue", id: "yes", request: true },
        { text: "More", color: "gray", url: "https://example.com/", iosUrl: "https://example.com/" },
      ],
    });
    expect(channel.repeatable(GROUP, CARD)).toBeGreaterThan(0);
  });

  test("everybody in the group", async () => {
    const { channel, platform } = open();
    await channel.send(GROUP, { ...CARD, mentions: "all" }, OPTIONS);
    expect(platform.calls[0]?.json["imGroupOpenDeliverModel"]).toMatchObject({ atUserIds: { "@ALL": "@ALL" } });
  });

  test("a repeat, in the process that comes after, is the same card: it is updated, and what a press changed stays", async () => {
    const { channel, again, platform } = open();
    const first = await channel.send(GROUP, CARD, OPTIONS);
    const second = await again().send(GROUP, CARD, OPTIONS);
    expect(second).toMatchObject({ id: first.id, handle: first.handle });
    expect(pathsOf(platform)).toEqual([CREATE, UPDATE]);
    expect(platform.calls[1]?.json["cardData"]).toEqual({ cardParamMap: { title: "Deploy?" } });
    const other = await again().send(GROUP, CARD, { ...OPTIONS, key: "turn/2" });
    expect(other.id).not.toBe(first.id);
  });

  test("only 'no such card' is a permission to create it again", async () => {
    const { channel, again, platform } = open((call, n) => {
      if (n === 1) return refused("param.templateNotExist");
      return call.path === UPDATE ? refused("param.cardNotExist") : fine(call);
    });
    expect((await failure(channel.send(GROUP, CARD, OPTIONS))).code).toBe("config_invalid");
    await again().send(GROUP, CARD, OPTIONS);
    expect(pathsOf(platform)).toEqual([CREATE, UPDATE, CREATE]);
  });

  test("an update whose outcome is unknown creates nothing", async () => {
    const { channel, again, platform } = open((call) => (call.path === UPDATE ? { fails: lost } : fine(call)));
    await channel.send(GROUP, CARD, OPTIONS);
    expect((await failure(again().send(GROUP, CARD, OPTIONS))).outcome).toBe("unknown");
    expect(pathsOf(platform).filter((path) => path === CREATE)).toHaveLength(1);
  });

  test("a create that got no answer is looked for", async () => {
    const { channel, platform } = open((call) => (call.path === CREATE ? { fails: lost } : fine(call)));
    await channel.send(GROUP, CARD, OPTIONS);
    expect(pathsOf(platform)).toEqual([CREATE, UPDATE]);
  });

  test("a card that exists already is ours", async () => {
    const { channel, platform } = open((call) =>
      call.path === CREATE ? refused("param.cardAlreadyExist") : fine(call),
    );
    await channel.send(GROUP, CARD, OPTIONS);
    expect(pathsOf(platform)).toEqual([CREATE]);
  });

  test("created and delivered to nobody is no success", async () => {
    const { channel } = open(() => ({
      json: { success: true, result: { deliverResults: [{ success: false, errorMsg: "robot is not in the group" }] } },
    }));
    expect((await failure(channel.send(GROUP, CARD, OPTIONS))).code).toBe("target_unknown");
  });

  test("to a person outside the organisation it is unsupported, and nothing is sent", async () => {
    const { channel, platform } = open();
    const replyTo = { conversationId: "cidX", direct: true, msgId: "m", robotCode: "r" };
    const to: Address = { channel: "dingtalk", kind: "user", id: "$:LWCP_v1:$x" };
    expect((await failure(channel.send(to, CARD, { ...OPTIONS, replyTo }))).code).toBe("unsupported");
    expect((await failure(channel.send(to, CARD, OPTIONS))).code).toBe("unsupported");
    expect(platform.calls).toEqual([]);
  });
});

test("in webhook mode nobody hears a press: buttons are refused at once, links are not", async () => {
  const platform = scriptedPlatform(fine);
  const channel = createDingTalk({ ...app, mode: "webhook", token: "t" }).open(runtimeOf(platform));
  const error = await failure(channel.send(GROUP, CARD, OPTIONS));
  expect([error.code, error.outcome]).toEqual(["unsupported", "not_sent"]);
  expect(platform.calls).toEqual([]);
  await channel.send(GROUP, { ...CARD, buttons: [{ url: "https://example.com/", label: "More" }] }, OPTIONS);
  expect(pathsOf(platform)).toEqual([CREATE]);
});

describe("recalling", () => {
  test("takes back every part of a message, and tells how many it could not", async () => {
    const { channel, platform } = open(() => ({ json: { successResult: ["k1"], failedResult: { k2: "too old" } } }));
    const message = { channel: "dingtalk", account: "default", id: "k1", handle: { group: "cidG" }, parts: ["k2"] };
    const error = await failure(channel.recall?.(message, calm()));
    expect(error).toMatchObject({ code: "platform_refused" });
    expect(error.message).toBe("cannot recall 1 of 2 parts of a message: too old");
    expect(platform.calls[0]).toMatchObject({
      path: "/v1.0/robot/groupMessages/recall",
      json: { robotCode: app.appKey, openConversationId: "cidG", processQueryKeys: ["k1", "k2"] },
    });
  });

  test("what has no key is unsupported, before anything is recalled", async () => {
    const { channel, platform } = open();
    for (const id of ["turn/1", "oc-unknown", "ocb-unknown"]) {
      const work = channel.recall?.({ channel: "dingtalk", account: "default", id }, calm());
      expect((await failure(work)).code).toBe("unsupported");
    }
    expect(platform.calls).toEqual([]);
  });
});

describe("what a press makes of a card", () => {
  const template = { id: "t", title: "title", text: "markdown", status: "tips" };
  const by = { id: "staff-1", name: "Zhao\n@all", isBot: false };

  test("taken and already say the same: a repeat changes nothing", () => {
    const taken = pressUpdate({ outcome: "taken", label: "Yes", by }, template);
    expect(taken).toEqual(pressUpdate({ outcome: "already", label: "Yes", by }, template));
    expect(taken).toEqual({
      cardUpdateOptions: { updateCardDataByKey: true, updatePrivateDataByKey: true },
      cardData: { cardParamMap: { tips: "✅ Yes · Zhao @\u2060all", sys_full_json_obj: '{"msgButtons":[]}' } },
      userPrivateData: { cardParamMap: { tips: "✅ Yes · Zhao @\u2060all" } },
    });
  });

  test("refused changes it for nobody but who pressed; unclaimed for nobody", () => {
    expect(pressUpdate({ outcome: "refused" }, template)).not.toHaveProperty("cardData");
    expect(pressUpdate({ outcome: "refused" }, template)).toHaveProperty("userPrivateData");
    expect(pressUpdate({ outcome: "unclaimed" }, template)).toEqual({});
  });

  test("a picture that cannot be shown is described", () => {
    const shown = (picture: string | undefined): string | undefined => {
      const image = { file: new URL("https://example.com/a.png"), alt: "a [plan]" };
      return cardParams({ kind: "card", title: "x", image }, template, picture)["markdown"];
    };
    expect(shown(undefined)).toBe("🖼 *a [plan]*");
    expect(shown("@media-id")).toBe("![a plan](@media-id)");
  });
});
