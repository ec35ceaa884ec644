/** Files both ways, on the simulator and on servers that mean no good. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createBot, type AnyTurn, type Bot, type FileRef, type Reply } from "@openclaw-china/core";
import { createTransport, systemClock } from "@openclaw-china/core/internal";
import { createDingTalkSimulator, type DingTalkSimulator, type SimulatedUser } from "@openclaw-china/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDingTalk } from "../src/index.ts";
import { calm, failure, runtimeOf } from "./fixtures.ts";

const PNG = new Uint8Array([...Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...Buffer.alloc(64)]);
const PDF = Buffer.from("%PDF-1.7 a small document");

let sim: DingTalkSimulator;
let closing: (() => Promise<unknown>)[];
beforeEach(async () => {
  sim = await createDingTalkSimulator();
  closing = [() => sim.close()];
});
afterEach(async () => {
  for (const close of closing.toReversed()) await close();
});

async function start(handler: (turn: AnyTurn) => Promise<Reply | undefined> | Reply): Promise<Bot> {
  const bot = createBot({ channels: [createDingTalk({ ...sim.app, thinking: "off" })], handler });
  closing.push(() => bot.stop({ timeoutMs: 1_000 }));
  await bot.start();
  return bot;
}

async function serverOf(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const wav = (seconds: number): Uint8Array<ArrayBuffer> => {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt32LE(1_000, 28); // bytes a second
  head.write("data", 36);
  head.writeUInt32LE(seconds * 1_000, 40);
  return new Uint8Array([...head, ...Buffer.alloc(seconds * 1_000)]);
};
const webp = Buffer.from("RIFF\0\0\0\0WEBPVP8 ", "latin1");
const flac = Buffer.from("fLaC\0\0\0\x22", "latin1");
const mp4 = Buffer.from("\0\0\0\x18ftypmp42", "latin1");

const refuse = (response: ServerResponse): void => void response.writeHead(404).end();
const uploads = (): number => sim.calls.filter(({ name }) => name === "media/upload").length;

describe("what came in", () => {
  test.each([
    [
      "a picture",
      new File([PNG], "x.png", { type: "image/png" }),
      { media: "image", name: "image.png", type: "image/png" },
    ],
    [
      "a document",
      new File([PDF], "报告 7月.pdf", { type: "text/html" }),
      { media: "file", name: "报告 7月.pdf", type: "application/pdf" },
    ],
    [
      "a path",
      new File([PDF], "..\\..\\etc\\pass\u0000wd", { type: "a/b" }),
      { media: "file", name: "passwd", type: "application/pdf" },
    ],
  ])("%s: its bytes, a harmless name, its type by content", async (_, sent, expected) => {
    const got = Promise.withResolvers<readonly [string | undefined, File]>();
    await start(async (turn) => {
      const [file] = turn.kind === "message" ? turn.message.attachments : [];
      if (file === undefined) return;
      got.resolve([file.media, await turn.download(file)]);
      return "ok";
    });
    await sim.user("Lin").sendFile(sent);
    const [kind, file] = await got.promise;
    expect({ media: kind, name: file.name, type: file.type }).toEqual(expected);
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(new Uint8Array(await sent.arrayBuffer()));
  });

  test("a file whose message waits is copied at once: it is there when its code is not", async () => {
    const lin = sim.user("Lin");
    const first = Promise.withResolvers<string>();
    await start(async (turn) => {
      const [file] = turn.kind === "message" ? turn.message.attachments : [];
      return file === undefined ? first.promise : (await turn.download(file)).text();
    });
    await lin.say("wait");
    await lin.sendFile(new File(["what it says"], "a.txt"));
    const fetched = (): number =>
      sim.calls.filter(({ name, status }) => name.startsWith("files/") && status === 200).length;
    await expect.poll(fetched, { timeout: 10_000 }).toBe(1);
    using _gone = sim.fault({
      kind: "platformError",
      code: "invalidParameter.downloadCode.invalid",
      on: "robot/messageFiles/download",
    });
    first.resolve("first");
    expect((await lin.screen().next()).text).toBe("first");
    expect((await lin.screen().next()).text).toBe("what it says");
    expect(fetched()).toBe(1);
  });

  test("more than the handler wants is too_large, whether or not the size was declared", async () => {
    const lin = sim.user("Lin");
    await start(async (turn) => {
      const [file] = turn.kind === "message" ? turn.message.attachments : [];
      return file === undefined ? "?" : (await failure(turn.download(file, { maxBytes: 5 }))).code;
    });
    await lin.sendFile(new File([PDF], "a.pdf"));
    expect((await lin.screen().next()).text).toBe("too_large");
  });

  /** Opens the channel on a platform of our own, whose download address is `url`. */
  async function downloading(url: (origin: string) => string, serve: (response: ServerResponse) => void = refuse) {
    const seen: IncomingMessage[] = [];
    const origin: string = await serverOf((request, response) => {
      seen.push(request);
      if (request.url === "/v1.0/oauth2/accessToken") return void response.end('{"accessToken":"tok","expireIn":7200}');
      if (request.url !== "/v1.0/robot/messageFiles/download") return serve(response);
      response.end(JSON.stringify({ downloadUrl: url(origin) }));
    });
    const http = createTransport({ env: {} });
    closing.push(() => Promise.resolve(http.close()));
    const channel = createDingTalk({ appKey: "k", appSecret: "s", endpoints: { api: origin, oapi: origin } });
    const opened = channel.open(runtimeOf(http, systemClock()));
    const file: FileRef = { media: "file", handle: { downloadCode: "c" } };
    return { download: () => opened.download?.(file, calm()) ?? Promise.reject(new Error("it cannot download")), seen };
  }

  test.each([
    ["http", () => "http://files.example.com/a"],
    ["a file of this machine", () => "file:///etc/passwd"],
    ["this machine", () => "https://127.0.0.1/a"],
    ["metadata of a cloud", () => "https://169.254.169.254/latest/meta-data"],
    ["another port of this machine", (origin: string) => origin.replace(/\d+$/, "1")],
    ["credentials in it", () => "https://a:b@files.example.com/a"],
  ])("an address that is not called: %s", async (_, url) => {
    const { download, seen } = await downloading(url);
    expect(await failure(download())).toMatchObject({ code: "address_not_allowed" });
    expect(seen).toHaveLength(2); // the token and the address
  });

  test("a redirect is looked at like the address itself, and carries no token", async () => {
    const { download, seen } = await downloading(
      (origin) => `${origin}/redirect`,
      (response) => void response.writeHead(302, { location: "https://10.0.0.8/inside" }).end(),
    );
    const error = await failure(download());
    expect(error).toMatchObject({ code: "address_not_allowed" });
    expect(error.message).not.toContain("inside");
    expect(seen.at(-1)?.url).toBe("/redirect");
    expect(JSON.stringify(seen.at(-1)?.headers)).not.toContain("tok");
  });

  test("more than three redirects are given up", async () => {
    const { download, seen } = await downloading(
      (origin) => `${origin}/around`,
      (response) => void response.writeHead(307, { location: "/around" }).end(),
    );
    expect(await failure(download())).toMatchObject({ code: "address_not_allowed", outcome: "refused" });
    expect(seen.filter(({ url }) => url === "/around")).toHaveLength(4);
  });

  test("the older code is asked when the first is refused", async () => {
    const lin = sim.user("Lin");
    await start(async (turn) => {
      const [file] = turn.kind === "message" ? turn.message.attachments : [];
      if (file === undefined) return "?";
      const { downloadCode } = file.handle as { readonly downloadCode: string };
      const handle = { downloadCode: "gone", fallbackDownloadCode: downloadCode };
      return (await turn.download({ ...file, handle })).name;
    });
    await lin.sendFile(new File([PDF], "a.pdf"));
    expect((await lin.screen().next()).text).toBe("a.pdf");
  });

  test("a shared document has no code: the error says what to do", async () => {
    const { download } = createDingTalk(sim.app).open(runtimeOf(createTransport({ env: {} })));
    const file: FileRef = { media: "file", handle: { spaceId: "1", fileId: "2" } };
    const error = await failure(download?.(file, calm()) ?? Promise.resolve());
    expect(error).toMatchObject({ code: "unsupported" });
    expect(error.fix.zh).toContain("单聊");
  });
});

interface Outgoing {
  readonly file: File | Blob;
  readonly how?: { readonly media?: FileRef["media"] };
  readonly type: "image" | "voice" | "file";
  readonly name: string;
  /** Of the line under it. Absent: there is none. */
  readonly told?: string;
}

/** The next message is one short line in both languages that says why the file is one. */
async function expectLine(lin: SimulatedUser, name: string, told: string): Promise<void> {
  const { kind, text } = await lin.screen().next();
  expect({ kind, text }).toEqual({ kind: "text", text: expect.stringContaining(told) });
  expect(text).toMatch(/^.+ 已改为以文件发送:.*\p{Script=Han}.*。 .+ was sent as a file: .+\.$/u);
  expect(text.startsWith(`${name} `)).toBe(true);
  expect([text.length < 200, text.includes("\n")]).toEqual([true, false]);
}

describe("what goes out, and what is told of it", () => {
  test.each<[string, Outgoing]>([
    ["a picture", { file: new File([PNG], "a.png"), type: "image", name: "a.png" }],
    ["a picture without a name", { file: new Blob([PNG]), type: "image", name: "image.png" }],
    [
      "a picture as a file, as asked",
      { file: new File([PNG], "a.png"), how: { media: "file" }, type: "file", name: "a.png" },
    ],
    ["a text", { file: new File(["hello"], "index.txt"), type: "file", name: "index.txt" }],
    [
      "a name that is a path",
      { file: new File([PDF], "../../a/.ssh/id\u202efdp.exe"), type: "file", name: "idfdp.exe" },
    ],
    [
      "a picture of another format",
      { file: new File([webp], "a.webp"), type: "file", name: "a.webp", told: "jpg, gif, png, bmp" },
    ],
    [
      "a picture that is none",
      {
        file: new File([PDF], "a.pdf"),
        how: { media: "image" },
        type: "file",
        name: "a.pdf",
        told: "pictures only as",
      },
    ],
    ["a voice", { file: new File([wav(2)], "a.wav"), type: "voice", name: "a.wav" }],
    [
      "a voice of more than a minute",
      { file: new File([wav(61)], "a.wav"), type: "file", name: "a.wav", told: "up to 60 s" },
    ],
    [
      "a voice of another format",
      {
        file: new File([flac], "a.flac"),
        how: { media: "voice" },
        type: "file",
        name: "a.flac",
        told: "amr, mp3, wav",
      },
    ],
    [
      "a voice of too many bytes",
      { file: new File([wav(2_200)], "a.wav"), type: "file", name: "a.wav", told: "up to 2 MB" },
    ],
    [
      "a voice without a duration",
      { file: new Blob(["OggS"]), type: "file", name: "voice.ogg", told: "duration is not known" },
    ],
    [
      "a video, which would need a cover",
      { file: new File([mp4], "a.mp4"), type: "file", name: "a.mp4", told: "cannot show videos" },
    ],
  ])("%s", async (_, { file, how = {}, type, name, told = "" }) => {
    const lin = sim.user("Lin");
    const opened = await start(() => ({ kind: "media", file, ...how }));
    await lin.say("send it");
    const shown = await lin.screen().next();
    if (told !== "") await expectLine(lin, name, told);
    expect(shown).toMatchObject({ kind: "media", text: name });
    expect(new Uint8Array((await shown.file?.arrayBuffer()) ?? [])).toEqual(new Uint8Array(await file.arrayBuffer()));
    const call = sim.calls.find(({ name: called }) => called.endsWith("batchSend")) as { readonly request?: unknown };
    const { msgKey } = call.request as { readonly msgKey: string };
    expect(msgKey).toBe({ image: "sampleImageMsg", voice: "sampleAudio", file: "sampleFile" }[type]);
    await opened.stop({ timeoutMs: 10_000 }); // whatever was to come is there
    expect(lin.screen().messages).toHaveLength(told === "" ? 2 : 3);
  });

  test("the line under a file goes into the group too, and a recall takes both back", async () => {
    const lin = sim.user("Lin");
    const group = sim.group("Sales", [lin]);
    const opened = await start(() => "?");
    const to = { channel: "dingtalk", kind: "group", id: group.id } as const;
    const sent = await opened.send(to, { kind: "media", file: new File([mp4], "a.mp4") });
    expect(lin.screen({ group }).messages.map(({ kind }) => kind)).toEqual(["media", "text"]);
    await opened.recall(sent);
    expect(lin.screen({ group }).messages.map(({ state }) => state)).toEqual(["recalled", "recalled"]);
  });

  test("a line that cannot be sent harms nothing: the file is there", async () => {
    const lin = sim.user("Lin");
    using _away = sim.fault({ kind: "noAnswer", executed: false, on: "robot/sendBySession" });
    const opened = await start(() => ({ kind: "media", file: new File([mp4], "a.mp4") }));
    await lin.say("send it");
    expect(await lin.screen().next()).toMatchObject({ kind: "media", text: "a.mp4" });
    await opened.stop({ timeoutMs: 10_000 });
    expect(lin.screen().messages).toHaveLength(2);
  });

  test("a type of file that DingTalk does not take at all: the person is told", async () => {
    const lin = sim.user("Lin");
    using _refusing = sim.fault({ kind: "platformError", code: "40005", on: "media/upload" });
    await start(() => ({ kind: "media", file: new File([PDF], "a.xyz") }));
    await lin.say("send it");
    const { text } = await lin.screen().next();
    expect(text).toContain("钉钉不接受文件 a.xyz");
    expect(text).toContain("DingTalk does not take the file a.xyz");
    expect(text).toContain("zip");
  });
});

describe("what goes out otherwise", () => {
  test.each([
    ["more than 20 MB", new File([new Uint8Array(20 * 1_048_576 + 1)], "big.zip"), "big.zip is larger than 20 MB"],
    ["nothing", new File([], "empty.txt"), "empty.txt is empty"],
  ])("%s: the person is told, and nothing is uploaded", async (_, file, told) => {
    const lin = sim.user("Lin");
    await start(() => ({ kind: "media", file }));
    await lin.say("send it");
    expect((await lin.screen().next()).text).toContain(told);
    expect(uploads()).toBe(0);
  });

  test("the same bytes are uploaded once, also for several people at the same time", async () => {
    const [lin, wang] = [sim.user("Lin"), sim.user("Wang")];
    const bot = await start(() => "?");
    const send = (id: string) =>
      bot.send({ channel: "dingtalk", kind: "user", id }, { kind: "media", file: new File([PDF], "a.pdf") });
    await Promise.all([send(lin.id), send(wang.id)]);
    await send(lin.id);
    for (const screen of [lin.screen(), lin.screen(), wang.screen()]) expect((await screen.next()).text).toBe("a.pdf");
    expect(uploads()).toBe(1);
  });

  test("an id the platform no longer takes is uploaded again", async () => {
    const lin = sim.user("Lin");
    const bot = await start(() => "?");
    const to = { channel: "dingtalk", kind: "user", id: lin.id } as const;
    await bot.send(to, { kind: "media", file: new File([PDF], "a.pdf") });
    const once = sim.fault({
      kind: "platformError",
      code: "invalidParameter.msgParam.invalid",
      on: "robot/oToMessages/batchSend",
    });
    const failed = failure(bot.send(to, { kind: "media", file: new File([PDF], "a.pdf") }));
    expect(await failed).toMatchObject({ code: "platform_refused" });
    once[Symbol.dispose]();
    expect(uploads()).toBe(2);
    await bot.send(to, { kind: "media", file: new File([PDF], "a.pdf") });
    expect(uploads()).toBe(2);
  });

  test("a picture the platform refuses as one goes as a file", async () => {
    const lin = sim.user("Lin");
    await start(() => ({ kind: "media", file: new File([PNG], "a.xyz") }));
    await lin.say("send it"); // the platform looks at the name
    expect(await lin.screen().next()).toMatchObject({ kind: "media", text: "a.xyz" });
    await expectLine(lin, "a.xyz", "DingTalk does not take it among pictures");
    expect(uploads()).toBe(2);
  });

  test("a failed upload has been seen by nobody: it is tried again", async () => {
    const lin = sim.user("Lin");
    const fault = sim.fault({ kind: "noAnswer", executed: true, on: "media/upload" });
    await start(() => ({ kind: "media", file: new File([PDF], "a.pdf") }));
    const said = lin.say("send it");
    await expect.poll(uploads, { timeout: 10_000 }).toBeGreaterThan(3);
    fault[Symbol.dispose]();
    await said;
    expect(await lin.screen().next({ timeoutMs: 15_000 })).toMatchObject({ kind: "media", text: "a.pdf" });
  }, 30_000);

  test("a file that came in goes out again, into the group as well", async () => {
    const lin = sim.user("Lin");
    const group = sim.group("Sales", [lin]);
    await start((turn) => {
      const [file] = turn.kind === "message" ? turn.message.attachments : [];
      return file === undefined ? "?" : { kind: "media", file };
    });
    await lin.sendFile(new File([PDF], "a.pdf"));
    expect(await lin.screen().next()).toMatchObject({ kind: "media", text: "a.pdf" });
    await lin.sendFile(new File([PNG], "a.png", { type: "image/png" }), { group });
    expect(await lin.screen({ group }).next()).toMatchObject({ kind: "media", text: "image.png" });
  });

  test("an address is fetched under the same rules as one that came in", async () => {
    const lin = sim.user("Lin");
    const bot = await start(() => "?");
    const to = { channel: "dingtalk", kind: "user", id: lin.id } as const;
    for (const address of [
      "http://127.0.0.1:1/a.png",
      "https://192.168.0.1/a.png",
      "file:///etc/passwd",
      "data:text/plain,x",
    ]) {
      const error = await failure(bot.send(to, { kind: "media", file: new URL(address) }));
      expect(error).toMatchObject({ code: "address_not_allowed", outcome: "not_sent" });
    }
    expect(uploads()).toBe(0);
  });

  test("to people outside the organisation a picture goes as markdown, and of anything else they are told", async () => {
    const guest = sim.user("Guest", { isExternal: true });
    await start((turn) => ({
      kind: "media",
      file: turn.text === "picture" ? new File([PNG], "a[1].png") : new File([PDF], "a.pdf"),
    }));
    await guest.say("picture");
    const shown = await guest.screen().next();
    expect(shown.kind).toBe("markdown");
    expect(shown.text).toMatch(/^!\[a 1 \.png\]\(@lAD[\w-]+\)$/);
    await guest.say("document");
    expect((await guest.screen().next()).text).toContain("outside the organisation");
  });
});
