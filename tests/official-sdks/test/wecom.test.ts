/** The official client against our simulator: what it takes for WeCom, WeCom's own client must take too. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { createWeComSimulator, type WeComSimulator } from "@openclaw-china/testkit";
import type * as Sdk from "@wecom/aibot-node-sdk";
import { getSignature } from "@wecom/crypto";
import { afterEach, expect, test } from "vitest";

/** Its build of ES modules: in the other one `ws` is no constructor under the conditions of these tests. */
const main = createRequire(import.meta.url).resolve("@wecom/aibot-node-sdk");
const { WSClient } = (await import(new URL("index.esm.js", pathToFileURL(main)).href)) as typeof Sdk;

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

async function connected(): Promise<{ readonly sim: WeComSimulator; readonly client: Sdk.WSClient }> {
  const sim = await createWeComSimulator();
  closers.push(() => sim.close());
  const { botId, botSecret: secret, endpoints } = sim.app;
  const client = new WSClient({ botId, secret, wsUrl: endpoints.socket, logger: silent });
  closers.push(() => client.disconnect());
  const ready = new Promise<void>((resolve) => client.once("authenticated", () => resolve()));
  client.connect();
  await ready;
  return { sim, client };
}

test("it hears what people write and answers with a stream that grows", async () => {
  const { sim, client } = await connected();
  const lin = sim.user("Lin");
  const heard = new Promise<Sdk.WsFrame>((resolve) => client.once("message.text", (frame) => resolve(frame)));
  await lin.say("hello");
  const frame = await heard;
  expect(frame.body).toMatchObject({ msgtype: "text", text: { content: "hello" }, from: { userid: lin.id } });
  await client.replyStream(frame, "stream-1", "half", false);
  expect(lin.screen().messages.at(-1)).toMatchObject({ text: "half", state: "growing" });
  await client.replyStream(frame, "stream-1", "whole", true);
  expect(await lin.screen().next()).toMatchObject({ text: "whole", state: "finished" });
});

test("it writes by itself, and its files arrive whole", async () => {
  const { sim, client } = await connected();
  const lin = sim.user("Lin");
  await lin.say("hello");
  await client.sendMessage(lin.id, { msgtype: "markdown", markdown: { content: "**news**" } });
  expect((await lin.screen().next()).text).toBe("**news**");
  const bytes = Buffer.alloc(600_000, 7);
  const { media_id: mediaId } = await client.uploadMedia(bytes, { type: "file", filename: "报告.pdf" });
  await client.sendMessage(lin.id, { msgtype: "file", file: { media_id: mediaId } });
  const shown = await lin.screen().next();
  expect(shown.text).toBe("报告.pdf");
  expect(Buffer.from((await shown.file?.arrayBuffer()) ?? new ArrayBuffer(0)).equals(bytes)).toBe(true);
});

test("it opens the files that people send", async () => {
  const { sim, client } = await connected();
  const heard = new Promise<Sdk.WsFrame>((resolve) => client.once("message.file", (frame) => resolve(frame)));
  await sim.user("Lin").sendFile(new File(["seventeen bytes.."], "a b.txt"));
  const { file } = (await heard).body as { readonly file: { readonly url: string; readonly aeskey: string } };
  const { buffer, filename } = await client.downloadFile(file.url, file.aeskey);
  expect([buffer.toString("utf8"), filename]).toEqual(["seventeen bytes..", "a b.txt"]);
});

test("the official signature is ours", () => {
  expect(getSignature("token", "1785000000", "nonce", "cipher")).toBe("5ce39212142c86181cfe6fd39ea6c59eca62f306");
});
