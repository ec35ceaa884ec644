/** Files whose address expires: copied after the commit, read by the turn, gone with it. */
import { fakeClock } from "@openclaw-china/testkit";
import { expect, test } from "vitest";
import { createFetches } from "../../src/ingress/fetch.ts";
import type { Entry, FileRef, FileStream, InboxEntry, MessageInbound } from "../../src/index.ts";
import { silentLogger } from "../../src/log.ts";
import { memoryStateAt } from "../../src/state/memory.ts";
import { message } from "../fixtures.ts";
import { stages } from "../stage/stage.ts";

const { open, folder } = stages();

function file(handle: string, over: Partial<FileRef> = {}): FileRef {
  return { media: "file", name: `../${handle}.txt`, handle, expiresAt: 9e15, ...over };
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test("a file is copied while its message waits, and the turn reads the copy after its address has died", async () => {
  const first = Promise.withResolvers<void>();
  const stage = await open({
    handler: async (turn) => {
      if (turn.kind !== "message" || turn.message.attachments.length === 0) {
        await first.promise;
        return "first";
      }
      const files = await Promise.all(turn.message.attachments.map((one) => turn.download(one)));
      const texts = await Promise.all(files.map(async (one) => `${one.name} ${await one.text()}`));
      return texts.join(", ");
    },
  });
  await stage.say("wait", { id: "m1" });
  await stage.say("look", { id: "m2", attachments: [file("a"), file("b")] });
  await stage.until(async () => (await stage.trace("m2")).filter((line) => line === "fetch kept").length === 2);
  stage.platform.judge = (name) => (name === "download" ? { outcome: "refused", message: "expired" } : undefined);
  first.resolve();
  await stage.idle();
  expect(stage.platform.texts()).toEqual(["first", "a.txt a, b.txt b"]);
  expect(stage.platform.calls.filter((call) => call.startsWith("download"))).toEqual(["download a", "download b"]);
  expect(await all(stage.state.store.list("fetched/", 10))).toEqual([]);
});

test("the turn waits for a copy that is under way, and does not ask for the file twice", async () => {
  const stage = await open({
    handler: async (turn) => {
      const [given] = turn.kind === "message" ? turn.message.attachments : [];
      return given === undefined ? "?" : (await turn.download(given)).text();
    },
  });
  const held = stage.platform.hold("download");
  await stage.say("look", { id: "m1", attachments: [file("a")] });
  await held.entered;
  held.release();
  await stage.idle();
  expect(stage.platform.texts()).toEqual(["a"]);
  expect(stage.platform.calls.filter((call) => call.startsWith("download"))).toHaveLength(1);
});

test("a file that is sent on goes out of its copy", async () => {
  const stage = await open({
    handler: (turn) => {
      const [given] = turn.kind === "message" ? turn.message.attachments : [];
      return given === undefined ? "?" : { kind: "media", file: given };
    },
  });
  await stage.say("again", { id: "m1", attachments: [file("a")] });
  await stage.idle();
  const [post] = stage.platform.posts;
  const sent = post?.message?.kind === "media" ? post.message.file : undefined;
  expect(sent).toBeInstanceOf(File);
  expect(sent instanceof File ? [sent.name, await sent.text()] : []).toEqual(["a.txt", "a"]);
  expect(stage.platform.calls.filter((call) => call.startsWith("download"))).toHaveLength(1);
});

test("a file of an answer is kept for its delivery, and gone two days later", async () => {
  const stage = await open({ handler: (turn) => ({ kind: "media", file: new File([turn.text], "a.txt") }) });
  const kept = async (): Promise<readonly string[]> =>
    (await all(stage.state.store.list("fetched/", 10))).map(({ key }) => key.split("/").slice(2).join("/"));
  await stage.say("one", { id: "m1" });
  await stage.idle();
  const [first = ""] = await kept();
  expect(first).toMatch(/^out:/);
  expect(await stage.state.blobs.open(first)).toBeDefined();
  await stage.clock.advance(48 * 3_600_000 + 1);
  await stage.say("two", { id: "m2", sentAt: stage.clock.now(), receivedAt: stage.clock.now() });
  await stage.idle();
  await stage.until(async () => (await kept()).length === 1);
  expect(await kept()).not.toContain(first);
  expect(await stage.state.blobs.open(first)).toBeUndefined();
  expect(stage.platform.posts).toHaveLength(2);
});

test("a copy that fails leaves the message as it is: the trace says so, and the turn asks the platform", async () => {
  const stage = await open({
    handler: async (turn) => {
      const [given] = turn.kind === "message" ? turn.message.attachments : [];
      return given === undefined ? "?" : (await turn.download(given)).text();
    },
  });
  stage.platform.fault("download", { outcome: "refused", message: "not yet" });
  await stage.say("look", { id: "m1", attachments: [file("a")] });
  await stage.idle();
  expect(stage.platform.texts()).toEqual(["a"]);
  expect(await stage.trace("m1")).toContain("fetch failed");
});

test("files without an end are not copied, and nothing is copied of what is refused", async () => {
  const stage = await open({ handler: () => "ok", channel: { access: { dmPolicy: "disabled" } } });
  await stage.say("look", { id: "m1", attachments: [file("a")] });
  const other = await open({ handler: () => "ok" });
  const { expiresAt: _, ...lasting } = file("b");
  await other.say("look", { id: "m1", attachments: [lasting] });
  await other.idle();
  for (const { platform } of [stage, other]) {
    expect(platform.calls.filter((call) => call.startsWith("download"))).toEqual([]);
  }
});

test("a process that dies before the copy is there: the next one tries again", async () => {
  const stage = await open({ folder: await folder(), handler: () => new Promise<string>(() => undefined) });
  const held = stage.platform.hold("download");
  await stage.say("look", { id: "m1", attachments: [file("a")] });
  await held.entered;
  const left = await stage.crash();
  const next = await open({
    ...left,
    handler: async (turn) => {
      const [given] = turn.kind === "message" ? turn.message.attachments : [];
      return given === undefined ? "?" : (await turn.download(given)).text();
    },
  });
  await next.idle(10);
  expect(next.platform.texts()).toEqual(["a"]);
  expect(next.platform.calls.filter((call) => call.startsWith("download"))).toEqual(["download a", "download a"]);
  expect(await next.trace("m1")).toContain("fetch kept");
});

test("a turn that is done waits for no copy, and a bot that stops for none either", async () => {
  const stage = await open({ handler: () => "done" });
  const held = stage.platform.hold("download");
  await stage.say("look", { id: "m1", attachments: [file("a")] });
  await held.entered;
  await stage.idle();
  expect(stage.platform.texts()).toEqual(["done"]);
  expect(await all(stage.state.store.list("fetched/", 10))).toEqual([]);
});

function entryOf(id: string, files: readonly FileRef[], receivedAt: number): InboxEntry {
  const inbound: MessageInbound = message({ text: "", id, attachments: files, receivedAt });
  return { version: 1, key: `test:default:${id}`, queue: "test:default", lane: "lane", inbound };
}

test("at most four copies at once, none beyond 64 MiB, and what no turn has released goes after two days", async () => {
  const clock = fakeClock();
  const { blobs, store } = memoryStateAt(clock);
  const lines: string[] = [];
  const tracer = { add: (key: string, hop: string, outcome: string) => void lines.push(`${key} ${hop} ${outcome}`) };
  const asked: { readonly handle: unknown; readonly answer: (stream: FileStream) => void }[] = [];
  const fetches = createFetches({ blobs, store, clock, tracer, log: silentLogger() });
  const channel = {
    download: ({ handle }: FileRef) => new Promise<FileStream>((resolve) => asked.push({ handle, answer: resolve })),
  };
  const answer = (body: ReadableStream<Uint8Array>): FileStream => ({ name: "x", contentType: "x", body });
  const small = (): FileStream => answer(new Blob(["small"]).stream());
  const endless = (): FileStream =>
    answer(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(4 * 1_048_576)) }));

  const files = ["a", "b", "c", "d", "e", "f"].map((handle) => file(handle));
  const entry = entryOf("m1", files, clock.now());
  fetches.begin(entry, channel);
  fetches.begin(entry, channel);
  await expect.poll(() => asked.length).toBe(4);
  asked[0]?.answer(endless());
  for (let at = 1; at < 6; at += 1) {
    await expect.poll(() => asked.length).toBeGreaterThan(at);
    asked[at]?.answer(small());
  }
  await expect.poll(() => lines.length).toBe(6);
  expect(asked.map(({ handle }) => handle)).toEqual(["a", "b", "c", "d", "e", "f"]);
  expect(lines.filter((line) => line.endsWith("failed"))).toHaveLength(1);
  const copy = await fetches.open("test:default", files[1] ?? file("b"));
  expect(await new Response(copy?.body).text()).toBe("small");
  expect(await fetches.open("test:default", files[0] ?? file("a"))).toBeUndefined();

  const records = (): Promise<readonly Entry[]> => all(store.list("fetched/", 100));
  expect(await records()).toHaveLength(6);
  await clock.advance(48 * 3_600_000 + 1);
  fetches.begin(entryOf("m2", [file("g")], clock.now()), channel);
  await expect.poll(async () => (await records()).map(({ value }) => value)).toEqual(["begun"]);
  expect(await fetches.open("test:default", files[1] ?? file("b"))).toBeUndefined();
  await fetches.close(); // what hangs is called off
  expect(lines).toHaveLength(6);
});
