/** Files both ways on the simulator. */
import { type AnyTurn, createBot, type FileRef, type Reply } from "@openclaw-china/core";
import { createFeishuSimulator, type FeishuSimulator, type Shown } from "@openclaw-china/testkit";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createFeishu } from "../src/index.ts";
import { durationMs } from "../src/outbound/duration.ts";

const PATIENCE = { timeoutMs: 15_000 };
vi.setConfig({ testTimeout: 60_000 });

const PNG = new Uint8Array([...Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...Buffer.alloc(64)]);
const PDF = Buffer.from("%PDF-1.7 a small document");

/** One page of Opus in Ogg: a head, and a last page that says how many samples there are. */
function opus(ms: number): Uint8Array<ArrayBuffer> {
  const data = Buffer.alloc(80);
  data.write("OggS", 0, "latin1");
  data.write("OpusHead", 28, "latin1");
  data.write("OggS", 50, "latin1");
  data.writeBigInt64LE(BigInt(ms * 48), 56);
  return new Uint8Array(data);
}

function mp4(ms: number): Uint8Array<ArrayBuffer> {
  const data = Buffer.alloc(24 + 8 + 40);
  data.writeUInt32BE(24, 0);
  data.write("ftypmp42", 4, "latin1");
  data.writeUInt32BE(48, 24);
  data.write("moov", 28, "latin1");
  data.writeUInt32BE(40, 32);
  data.write("mvhd", 36, "latin1");
  data.writeUInt32BE(1_000, 52);
  data.writeUInt32BE(ms, 56);
  return new Uint8Array(data);
}

let sim: FeishuSimulator;
beforeEach(async () => {
  sim = await createFeishuSimulator();
});
afterEach(() => sim.close());

async function start(handler: (turn: AnyTurn) => Promise<Reply | undefined> | Reply): Promise<void> {
  const bot = createBot({ channels: [createFeishu({ ...sim.app, thinking: "off" })], handler });
  onTestFinished(() => bot.stop({ timeoutMs: 0 }));
  await bot.start();
}

const attached = (turn: AnyTurn): FileRef | undefined =>
  turn.kind === "message" ? turn.message.attachments[0] : undefined;

describe("what came in", () => {
  test.each([
    ["image", new File([PNG], "x.png", { type: "image/png" }), "image.png image/png"],
    ["file", new File([PDF], "报告 7月.pdf", { type: "text/html" }), "报告 7月.pdf application/pdf"],
    ["voice", new File([opus(3_000)], "v.opus", { type: "audio/ogg" }), "voice.ogg audio/ogg"],
    ["file", new File(['{"code":1}'], "a.json", { type: "application/json" }), "a.json application/octet-stream"],
  ])("%s: its bytes, a harmless name, its type by content", async (media, sent, expected) => {
    const got = Promise.withResolvers<readonly [string, File]>();
    await start(async (turn) => {
      const file = attached(turn);
      if (file === undefined) return undefined;
      got.resolve([file.media, await turn.download(file)]);
      return "ok";
    });
    await sim.user("Lin").sendFile(sent);
    const [kind, file] = await got.promise;
    expect([kind, `${file.name} ${file.type}`]).toEqual([media, expected]);
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(new Uint8Array(await sent.arrayBuffer()));
  });

  test("an answer in JSON is a refusal, with the platform's code", async () => {
    const told = Promise.withResolvers<unknown>();
    await start(async (turn) => {
      const file = attached(turn);
      if (file === undefined) return undefined;
      await turn.download(file).then(told.resolve, told.resolve);
      return "ok";
    });
    {
      using _refused = sim.fault({ kind: "platformError", code: "234043", on: "im/messageResource/get" });
      await sim.user("Lin").sendFile(new File([PDF], "a.pdf"));
      expect(await told.promise).toMatchObject({ code: "unsupported", platform: { code: "234043" } });
    }
  });
});

describe("what goes out", () => {
  async function sent(reply: Reply): Promise<{ readonly shown: Shown; readonly type: string; readonly words: string }> {
    await start(() => reply);
    const lin = sim.user("Lin");
    await lin.say("send");
    const shown = await lin.screen().next(PATIENCE);
    const next = reply as { readonly told?: true };
    const words = next.told === true ? (await lin.screen().next(PATIENCE)).text : "";
    return { shown, type: sim.message(shown.id)?.type ?? "", words };
  }

  test.each([
    ["image", { kind: "media", file: new File([PNG], "a.png") }],
    ["file", { kind: "media", file: new File([PDF], "季度 报告.pdf") }],
    ["file", { kind: "media", file: new File(["any"], "a.zip") }],
    ["audio", { kind: "media", file: new File([opus(3_000)], "voice.opus") }],
    ["media", { kind: "media", file: new File([mp4(61_000)], "a.mp4") }],
    ["file", { kind: "media", file: new File([PNG], "a.png"), media: "file" }],
  ] as const)("%s by its content", async (type, reply) => {
    const { shown, type: is } = await sent(reply);
    expect(is).toBe(type);
    expect(new Uint8Array((await shown.file?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(
      new Uint8Array(await reply.file.arrayBuffer()),
    );
  });

  test.each([
    ["a sound that is no voice", { file: new File(["ID3 sound"], "song.mp3") }, "song.mp3 was sent as a file"],
    ["a picture of an unknown kind", { file: new File(["?"], "x.svg"), media: "image" }, "x.svg was sent as a file"],
  ] as const)("%s goes as a file, and the person is told why", async (_, media, words) => {
    const reply = { kind: "media", ...media, told: true } as const;
    const { type, words: said } = await sent(reply);
    expect(type).toBe("file");
    expect(said).toContain(words);
  });

  test("a picture that the platform refuses is still a file", async () => {
    using _refused = sim.fault({ kind: "platformError", code: "234011", on: "im/image/create" });
    const { type, words } = await sent({
      kind: "media",
      file: new File([PNG], "a.png"),
      told: true,
    } as Reply);
    expect(type).toBe("file");
    expect(words).toContain("does not take it among pictures");
  });

  test("an empty file is told of in words", async () => {
    const { shown } = await sent({ kind: "media", file: new File([], "none.txt") });
    expect(shown.text).toContain("none.txt is empty");
  });

  test("a file that is too large is told of in words", async () => {
    const file = new File([new Uint8Array(31 * 1_048_576)], "all.bin");
    const { shown } = await sent({ kind: "media", file });
    expect(shown.text).toContain("all.bin is larger than 30 MB");
  });

  test("the same file is uploaded once", async () => {
    await start(() => ({ kind: "media", file: new File([PDF], "a.pdf") }));
    const lin = sim.user("Lin");
    for (const word of ["one", "two"]) {
      await lin.say(word);
      expect((await lin.screen().next(PATIENCE)).kind).toBe("media");
    }
    expect(sim.calls.filter(({ name }) => name === "im/file/create")).toHaveLength(1);
  });

  test("a card shows its picture", async () => {
    const image = { file: new Blob([PNG]), alt: "plan" };
    const { shown } = await sent({ kind: "card", title: "Plan", image, buttons: [] });
    expect(sim.message(shown.id)?.content).toContain('"img_key":"img_');
  });
});

test("durations of the containers", () => {
  expect(durationMs(opus(3_000), "ogg")).toBe(3_000);
  expect(durationMs(mp4(61_000), "mp4")).toBe(61_000);
  for (const extension of ["ogg", "mp4", "bin"]) expect(durationMs(PDF, extension)).toBeUndefined();
});
