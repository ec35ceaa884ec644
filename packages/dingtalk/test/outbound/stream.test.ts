/** A growing card, call by call: one card whatever is repeated, the whole text at the end, a definite no as such. */
import { type Address, memoryState, type ReplyWriter, type Streaming } from "@openclaw-china/core";
import { describe, expect, test } from "vitest";
import { createDingTalk, type DingTalkOptions } from "../../src/index.ts";
import {
  type Call,
  calm,
  failure,
  instantClock,
  runtimeOf,
  type Scripted,
  type ScriptedPlatform,
  scriptedPlatform,
  unanswered,
} from "../fixtures.ts";

const app = { appKey: "dingexampleappkey01", appSecret: "secret-example" };
const own: DingTalkOptions = { ...app, cardTemplate: { id: "own.schema", streamingKey: "content" } };
const GROUP: Address = { channel: "dingtalk", kind: "group", id: "cidG" };
const CREATE = "/v1.0/card/instances/createAndDeliver";
const UPDATE = "/v1.0/card/instances";
const STREAM = "/v1.0/card/streaming";
const OPTIONS = { key: "turn/1", signal: calm() };

const lost = unanswered("unknown");

function fine({ path, json }: Call): Scripted {
  if (path !== CREATE) return { json: { success: true, result: true } };
  const deliverResults = [{ success: true, carrierId: "pqk-card" }];
  return { json: { success: true, result: { outTrackId: json["outTrackId"], deliverResults } } };
}

interface Opened {
  readonly stream: Streaming;
  readonly platform: ScriptedPlatform;
}

function open(answer: (call: Call, n: number) => Scripted = fine, options: DingTalkOptions = app): Opened {
  const platform = scriptedPlatform(answer);
  const { stream } = createDingTalk(options).open(runtimeOf(platform, instantClock()));
  if (stream === undefined) throw new Error("this channel streams");
  return { stream, platform };
}

const pathsOf = ({ calls }: ScriptedPlatform): readonly string[] => calls.map(({ path }) => path);

async function settled(turns = 50): Promise<void> {
  for (let n = 0; n < turns; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("prepare shows nothing and is the same for the same key", async () => {
  const { stream, platform } = open();
  const first = await stream.prepare(GROUP, OPTIONS);
  expect(await stream.prepare(GROUP, OPTIONS)).toBe(first);
  expect(await stream.prepare(GROUP, { ...OPTIONS, key: "turn/2" })).not.toBe(first);
  expect(platform.calls).toHaveLength(0);
});

test("two accounts of one process never share a card", async () => {
  const one = await open().stream.prepare(GROUP, OPTIONS);
  const two = await open(fine, { ...app, account: "sales" }).stream.prepare(GROUP, OPTIONS);
  expect(one).not.toBe(two);
});

test("a person without a staffId cannot be shown a card", async () => {
  const { stream } = open();
  const to: Address = { channel: "dingtalk", kind: "user", id: "$:LWCP_v1:$x" };
  const replyTo = { conversationId: "cid", direct: true, robotCode: app.appKey };
  const error = await failure(stream.prepare(to, { ...OPTIONS, replyTo }));
  expect(error).toMatchObject({ code: "unsupported", outcome: "not_sent" });
});

test("the card is created as the platform wants it", async () => {
  const { stream, platform } = open();
  await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
  const { method, json } = platform.calls[0] as Call;
  expect(method).toBe("POST");
  expect(json).toMatchObject({
    callbackType: "STREAM",
    userIdType: 1,
    openSpaceId: "dtv1.card//IM_GROUP.cidG",
    imGroupOpenDeliverModel: { robotCode: app.appKey },
  });
  const { cardParamMap } = json["cardData"] as { readonly cardParamMap: Readonly<Record<string, unknown>> };
  expect(Object.values(cardParamMap).every((value) => typeof value === "string")).toBe(true);
});

test("frames hold the whole text; the last finalises and the state follows", async () => {
  const { stream, platform } = open();
  const writer = await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
  writer.update("Hel");
  await settled();
  writer.update("Hello");
  await settled();
  const sent = await writer.finish("Hello, you.");
  expect(pathsOf(platform)).toEqual([CREATE, UPDATE, STREAM, STREAM, STREAM, UPDATE]);
  const frames = platform.calls.filter(({ path }) => path === STREAM).map(({ json }) => json);
  expect(frames.map(({ content }) => content)).toEqual(["Hel", "Hello", "Hello, you."]);
  expect(frames.map(({ isFull, isFinalize, isError }) => [isFull, isFinalize, isError])).toEqual([
    [true, false, false],
    [true, false, false],
    [true, true, false],
  ]);
  expect(new Set(frames.map(({ guid }) => guid)).size).toBe(3);
  expect(platform.calls.at(-1)?.json["cardData"]).toEqual({
    cardParamMap: { flowStatus: "3", msgContent: "Hello, you." },
  });
  expect(sent).toMatchObject({ id: platform.calls[0]?.json["outTrackId"], handle: { processQueryKey: "pqk-card" } });
});

test("an own template follows the streaming flags: no state calls", async () => {
  const { stream, platform } = open(fine, own);
  const writer = await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
  await writer.finish("done");
  expect(pathsOf(platform)).toEqual([CREATE, STREAM]);
  expect(platform.calls[1]?.json).toMatchObject({ key: "content", content: "done", isFinalize: true });
});

test("what comes faster than the pace is not queued: the newest wins", async () => {
  const { stream, platform } = open(fine, own);
  const writer = await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
  for (let n = 1; n <= 100; n += 1) writer.update("x".repeat(n));
  await settled();
  expect(platform.calls.filter(({ path }) => path === STREAM).length).toBeLessThanOrEqual(2);
  await writer.finish("x".repeat(101));
  expect(platform.calls.at(-1)?.json["content"]).toBe("x".repeat(101));
});

test("a frame that fails in between is not shown to anybody; the end carries all", async () => {
  const code = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi";
  const { stream, platform } = open((call, n) => (n === 2 ? { status: 403, json: { code } } : fine(call)), own);
  const writer = await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
  writer.update("a");
  await settled();
  await expect(writer.finish("ab")).resolves.toMatchObject({ channel: "dingtalk" });
  expect(platform.calls.at(-1)?.json).toMatchObject({ content: "ab", isFinalize: true });
});

test("taken up after a crash, in another process: same card, same final guid", async () => {
  const first = open();
  const handle = await first.stream.prepare(GROUP, OPTIONS);
  const before = await first.stream.open(handle, calm());
  await before.finish("the end");
  const exists: (call: Call) => Scripted = (call) =>
    call.path === CREATE ? { status: 400, json: { code: "param.cardAlreadyExist" } } : fine(call);
  const second = open(exists);
  const after = await second.stream.open(handle, calm());
  const sent = await after.finish("the end");
  const final = ({ platform }: Opened): unknown => platform.calls.findLast(({ path }) => path === STREAM)?.json["guid"];
  expect(final(second)).toBe(final(first));
  expect(sent.id).toBe(first.platform.calls[0]?.json["outTrackId"]);
});

test("the answer of the creation is lost: the card is updated before it is created again", async () => {
  const { stream, platform } = open((call, n) => (n === 1 ? { fails: lost } : fine(call)));
  await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
  expect(pathsOf(platform)).toEqual([CREATE, UPDATE]);
});

test("a definite no to the creation is one: core sends the text another way", async () => {
  const { stream, platform } = open(() => ({ status: 400, json: { code: "param.templateUnpublished" } }));
  const error = await failure(stream.open(await stream.prepare(GROUP, OPTIONS), calm()));
  expect(error).toMatchObject({ code: "config_invalid", outcome: "refused", verdict: { kind: "stop" } });
  expect(platform.calls).toHaveLength(1);
});

test("status 200 and success do not mean that the card was delivered", async () => {
  const deliverResults = [{ success: false, errorMsg: "not in the group" }];
  const { stream } = open(() => ({ json: { success: true, result: { deliverResults } } }));
  const error = await failure(stream.open(await stream.prepare(GROUP, OPTIONS), calm()));
  expect(error).toMatchObject({ outcome: "refused", verdict: { kind: "stop" } });
});

test("the streaming interface refuses the end: the variables are set instead", async () => {
  const refuse = (call: Call): Scripted =>
    call.path === STREAM ? { status: 400, json: { code: "param.stream.keyEmpty" } } : fine(call);
  const { stream, platform } = open(refuse, own);
  const writer = await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
  await writer.finish("all of it");
  const { path, json } = platform.calls.at(-1) as Call;
  expect(path).toBe(UPDATE);
  expect(json["cardData"]).toMatchObject({ cardParamMap: { content: "all of it" } });
});

test("refused both ways: a definite no", async () => {
  const { stream } = open(
    (call) => (call.path === CREATE ? fine(call) : { status: 400, json: { code: "param.x" } }),
    own,
  );
  const writer = await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
  expect(await failure(writer.finish("all"))).toMatchObject({ outcome: "refused", verdict: { kind: "stop" } });
});

test("the end is lost: unknown, so that core repeats it on the same card", async () => {
  const { stream } = open((call) => (call.path === CREATE ? fine(call) : { fails: lost }), own);
  const writer = await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
  expect((await failure(writer.finish("all"))).outcome).toBe("unknown");
});

test("failing ends the card in the failed state, with the reason on it", async () => {
  const { stream, platform } = open();
  const writer = await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
  await writer.fail("the model is down");
  const frame = platform.calls.findLast(({ path }) => path === STREAM)?.json;
  expect(frame).toMatchObject({ isFinalize: true, isError: true });
  expect(frame?.["content"]).toContain("the model is down");
  expect(platform.calls.at(-1)?.json["cardData"]).toMatchObject({ cardParamMap: { flowStatus: "5" } });
});

test("streaming off: no cards at all", () => {
  const channel = createDingTalk({ ...app, streaming: "off" });
  expect(channel.can.stream).toBeUndefined();
  const state = memoryState();
  expect(state.durable).toBe(false);
  expect(channel.open(runtimeOf(scriptedPlatform(() => ({})))).stream).toBeUndefined();
});

describe("frames in between", () => {
  const THROTTLED = { status: 403, json: { code: "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi" } };
  const contents = ({ calls }: ScriptedPlatform): readonly unknown[] =>
    calls.filter(({ path }) => path === STREAM).map(({ json }) => json["content"]);

  test("throttled: the newest text goes as soon as the platform takes calls again", async () => {
    const { stream, platform } = open((call, n) => (n === 2 ? THROTTLED : fine(call)), own);
    const writer = await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
    writer.update("a");
    await settled();
    expect(contents(platform)).toEqual(["a", "a"]);
    await writer.finish("a, the end");
  });

  test.each([
    ["a definite no", { status: 400, json: { code: "param.stream.keyEmpty" } }],
    ["no reason given", { status: 500, json: { code: "unknownError" } }],
  ])("%s: no further ones are tried, which would only cost calls; the end is", async (_, no) => {
    const { stream, platform } = open((call, n) => (n === 2 ? no : fine(call)), own);
    const writer = await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
    for (const text of ["a", "ab", "abc"]) {
      writer.update(text);
      await settled();
    }
    await writer.finish("abcd");
    expect(contents(platform)).toEqual(["a", "abcd"]);
  });

  test("an answer that is lost: the next text is tried as usual", async () => {
    const { stream, platform } = open((call, n) => (n === 2 ? { fails: lost } : fine(call)), own);
    const writer = await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
    for (const text of ["a", "ab"]) {
      writer.update(text);
      await settled();
    }
    expect(contents(platform)).toEqual(["a", "ab"]);
    await writer.finish("abc");
  });

  test("they never end with a line break, and an empty one is none", async () => {
    const { stream, platform } = open(fine, own);
    const writer = await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
    for (const text of ["", " \n", "a\n\n", "a\n\nb"]) {
      writer.update(text);
      await settled();
    }
    await writer.finish("a\n\nb\n");
    expect(contents(platform)).toEqual(["a", "a\n\nb", "a\n\nb\n"]);
  });

  test("cards that grow together share the pace", async () => {
    const clock = instantClock();
    const platform = scriptedPlatform(fine);
    const { stream } = createDingTalk(own).open(runtimeOf(platform, clock));
    if (stream === undefined) throw new Error("this channel streams");
    const keys = Array.from({ length: 8 }, (_, n) => `turn/${n}`);
    const writers = await Promise.all(
      keys.map(async (key) => stream.open(await stream.prepare(GROUP, { ...OPTIONS, key }), calm())),
    );
    for (const writer of writers) writer.update("a");
    await settled();
    await Promise.all(writers.map((writer) => writer.finish("the end")));
    expect(contents(platform).filter((content) => content === "the end")).toHaveLength(8);
  });
});

describe("templates", () => {
  test("the other standard template has its state switched as well", async () => {
    const cardTemplate = { id: "02fcf2f4-5e02-4a85-b672-46d1f715543e.schema", streamingKey: "msgContent" };
    const { stream, platform } = open(fine, { ...app, cardTemplate });
    const writer = await stream.open(await stream.prepare(GROUP, OPTIONS), calm());
    await writer.finish("done");
    expect(pathsOf(platform)).toEqual([CREATE, UPDATE, STREAM, UPDATE]);
    const states = platform.calls
      .filter(({ path }) => path !== STREAM)
      .map(
        ({ json }) =>
          (json["cardData"] as { readonly cardParamMap: Record<string, string> }).cardParamMap["flowStatus"],
      );
    expect(states).toEqual(["1", "2", "3"]);
  });

  test("direct chats and groups have their own space, and both models", async () => {
    const { stream, platform } = open(fine, own);
    const person: Address = { channel: "dingtalk", kind: "user", id: "staff-001" };
    await stream.open(await stream.prepare(person, OPTIONS), calm());
    await stream.open(await stream.prepare(GROUP, { ...OPTIONS, key: "turn/2" }), calm());
    const [direct, group] = platform.calls.map(({ json }) => json);
    const both = { imGroupOpenSpaceModel: { supportForward: true }, imRobotOpenSpaceModel: { supportForward: true } };
    expect(direct).toMatchObject({
      ...both,
      openSpaceId: "dtv1.card//IM_ROBOT.staff-001",
      imRobotOpenDeliverModel: { spaceType: "IM_ROBOT", robotCode: app.appKey },
    });
    expect(group).toMatchObject({
      ...both,
      openSpaceId: "dtv1.card//IM_GROUP.cidG",
      imGroupOpenDeliverModel: { robotCode: app.appKey },
    });
    expect(direct).not.toHaveProperty("imGroupOpenDeliverModel");
    expect(group).not.toHaveProperty("imRobotOpenDeliverModel");
  });
});

describe("the end", () => {
  const endless = async (
    answer: (call: Call, n: number) => Scripted,
    options: DingTalkOptions = app,
  ): Promise<Opened & { readonly writer: ReplyWriter }> => {
    const opened = open(answer, options);
    const writer = await opened.stream.open(await opened.stream.prepare(GROUP, OPTIONS), calm());
    return { ...opened, writer };
  };
  const isLast = ({ path, json }: Call): boolean =>
    path === UPDATE && JSON.stringify(json["cardData"]).includes('"flowStatus":"3"');

  test("the text stands in the card: a no to its state is no reason to show it again", async () => {
    const no = { status: 403, json: { code: "Forbidden.AccessDenied.AccessTokenPermissionDenied" } };
    const { writer } = await endless((call) => (isLast(call) ? no : fine(call)));
    await expect(writer.finish("done")).resolves.toMatchObject({ channel: "dingtalk" });
  });

  test("whether the state was switched is unknown: repeated, on the same card with the same guid", async () => {
    const { writer, platform } = await endless((call, n) => (isLast(call) && n < 8 ? { fails: lost } : fine(call)));
    expect((await failure(writer.finish("done"))).outcome).toBe("unknown");
    const again = await writer.finish("done");
    const guids = platform.calls.filter(({ path }) => path === STREAM).map(({ json }) => json["guid"]);
    expect(new Set(guids).size).toBe(1);
    expect(again.id).toBe(platform.calls[0]?.json["outTrackId"]);
  });

  test("finalised before, and the platform is busy: no second answer beside the card", async () => {
    const throttled = { status: 403, json: { code: "Forbidden.AccessDenied.QpsLimitForApi" } };
    const { writer } = await endless((call) => {
      if (call.path === STREAM) return { status: 400, json: { code: "param.stream.finalized" } };
      return isLast(call) ? throttled : fine(call);
    });
    expect(await failure(writer.finish("done"))).toMatchObject({
      outcome: "not_sent",
      verdict: { kind: "retryLater" },
    });
  });

  test("no reason given, again and again: the card is marked as failed, and the text goes another way", async () => {
    const { writer, platform } = await endless((call) =>
      call.path === STREAM ? { status: 500, json: { code: "unknownError" } } : fine(call),
    );
    expect(await failure(writer.finish("done"))).toMatchObject({ outcome: "refused", verdict: { kind: "stop" } });
    expect(platform.calls.at(-1)?.json["cardData"]).toEqual({ cardParamMap: { flowStatus: "5" } });
  });

  test("too long for a card: the variables are tried, then it is a definite no", async () => {
    const { writer } = await endless(
      (call) => (call.path === CREATE ? fine(call) : { status: 400, json: { code: "param.stream.content" } }),
      own,
    );
    expect(await failure(writer.finish("x"))).toMatchObject({ code: "too_large", outcome: "refused" });
  });

  test("a growing message turns into words only", async () => {
    const { writer } = await endless(fine);
    await expect(writer.finish({ kind: "card", title: "t" })).rejects.toMatchObject({ code: "unsupported" });
    await expect(writer.finish({ kind: "text", text: "words" })).resolves.toBeDefined();
  });
});

test("no answer to the creation and none to the look: nothing is created a second time", async () => {
  const { stream, platform } = open(() => ({ fails: lost }));
  const error = await failure(stream.open(await stream.prepare(GROUP, OPTIONS), calm()));
  expect(error.outcome).toBe("unknown");
  expect(pathsOf(platform).filter((path) => path === CREATE)).toHaveLength(1);
});

test("no such card is the only permission to create it", async () => {
  const cardOf = open(fine);
  const handle = await cardOf.stream.prepare(GROUP, OPTIONS);
  const codes = ["param.cardNotExist", "param.stream.outTrackId"];
  for (const code of codes) {
    const { stream, platform } = open((call) => (call.path === UPDATE ? { status: 400, json: { code } } : fine(call)));
    await stream.open(handle, calm());
    expect(pathsOf(platform)).toEqual([UPDATE, CREATE]);
  }
  const { stream, platform } = open(() => ({ status: 403, json: { code: "Forbidden.AccessDenied.X" } }));
  expect((await failure(stream.open(handle, calm()))).code).toBe("permission_missing");
  expect(pathsOf(platform)).toEqual([UPDATE]);
});
