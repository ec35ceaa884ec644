/** A growing card, call by call: one card whatever is repeated, the whole text at the end, a definite no as such. */
import { type Address, type ChannelError, memoryState, type Streaming } from "@openclaw-china/core";
import { channelError } from "@openclaw-china/core/internal";
import { expect, test } from "vitest";
import { createDingTalk, type DingTalkOptions } from "../../src/index.ts";
import {
  type Call,
  calm,
  instantClock,
  runtimeOf,
  type Scripted,
  type ScriptedPlatform,
  scriptedPlatform,
} from "../fixtures.ts";

const app = { appKey: "dingexampleappkey01", appSecret: "secret-example" };
const own: DingTalkOptions = { ...app, cardTemplate: { id: "own.schema", streamingKey: "content" } };
const GROUP: Address = { channel: "dingtalk", kind: "group", id: "cidG" };
const CREATE = "/v1.0/card/instances/createAndDeliver";
const UPDATE = "/v1.0/card/instances";
const STREAM = "/v1.0/card/streaming";
const OPTIONS = { key: "turn/1", signal: calm() };

const lost = channelError({
  code: "timeout",
  kind: "transport",
  message: "late",
  outcome: "unknown",
  verdict: { kind: "retry" },
  fix: { en: "-", zh: "-" },
});

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

async function failure(work: Promise<unknown>): Promise<ChannelError> {
  return work.then(
    () => expect.unreachable("it worked"),
    (error: unknown) => error as ChannelError,
  );
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
