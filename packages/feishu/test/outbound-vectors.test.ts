/** The requests that the endpoint functions make, as the platform's documents have them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { changeSettings, streamText } from "../src/api/cards.ts";
import type { ApiCall, Client } from "../src/api/client.ts";
import { resourceUrl, uploadFile } from "../src/api/media.ts";
import {
  addReaction,
  createMessage,
  editMessage,
  recallMessage,
  removeReaction,
  replyMessage,
  updateCardMessage,
} from "../src/api/messages.ts";
import { getBotInfo } from "../src/api/users.ts";
import { robotBody } from "../src/outbound/robot-body.ts";

interface Vector {
  readonly name: string;
  readonly request: {
    readonly method?: string;
    readonly path?: string;
    readonly body?: Readonly<Record<string, unknown>> | null;
    readonly multipart?: Readonly<Record<string, string>>;
  };
}
const { cases } = JSON.parse(readFileSync(new URL("vectors/feishu-outbound.json", import.meta.url), "utf8")) as {
  readonly cases: readonly Vector[];
};

/** Answers everything with every id there is. */
function recording(): { readonly client: Client; readonly calls: ApiCall[] } {
  const calls: ApiCall[] = [];
  const client: Client = {
    endpoints: { api: "", console: "" },
    quote: String,
    call(call) {
      calls.push(call);
      return Promise.resolve({ message_id: "om_2", reaction_id: "r", file_key: "file_1", open_id: "ou_1" });
    },
    token: () => Promise.resolve("t-1"),
    dropToken: () => Promise.resolve(),
  };
  return { client, calls };
}

const { signal } = new AbortController();
const text = (words: string) => ({ msg_type: "text", content: JSON.stringify({ text: words }) }) as const;
const CARD = "7355372766134157313";

type Body = Readonly<Record<string, unknown>>;
const textOfVector = (body: Body): string => String(body["content"]);

const send =
  (to: string) =>
  (client: Client, body: Body): Promise<unknown> =>
    createMessage(
      client,
      { to, msg_type: "text", ...body, content: textOfVector(body), uuid: String(body["uuid"] ?? "u") },
      signal,
    );
const reply =
  (inThread: boolean) =>
  (client: Client): Promise<unknown> =>
    replyMessage(client, { messageId: "om_1", chatId: "oc_1", inThread, uuid: "u", ...text("好") }, signal);
const upload =
  (fileType: "opus" | "mp4" | "pdf" | "stream", name: string, durationMs?: number) =>
  (client: Client): Promise<unknown> =>
    uploadFile(client, { fileType, name, durationMs, bytes: Buffer.from("bytes") }, signal);

const MAKE: Readonly<Record<string, (client: Client, body: Body) => Promise<unknown>>> = {
  "bot info": (client) => getBotInfo(client, signal),
  "receive_id_type for on_1": send("on_1"),
  "receive_id_type for oc_1": send("oc_1"),
  "receive_id_type for a@example.com": send("a@example.com"),
  "receive_id_type for e33ggbyz": send("e33ggbyz"),
  reply: reply(false),
  "reply in thread": reply(true),
  "edit text": (client) => editMessage(client, { messageId: "om_1", ...text("改") }, signal),
  "update card": (client, body) =>
    updateCardMessage(client, { messageId: "om_1", content: textOfVector(body) }, signal),
  recall: (client) => recallMessage(client, "om_1", signal),
  "stream text": (client, body) =>
    streamText(
      client,
      { cardId: CARD, elementId: "md_main", content: textOfVector(body), sequence: 1, uuid: String(body["uuid"]) },
      signal,
    ),
  "finish stream": (client, body) =>
    changeSettings(
      client,
      {
        cardId: CARD,
        settings: { config: { streaming_mode: false, summary: { content: "全部文本" } } },
        sequence: 2,
        uuid: String(body["uuid"]),
      },
      signal,
    ),
  "typing reaction": (client) => addReaction(client, { messageId: "om_1", emoji: "Typing" }, signal),
  "remove reaction": (client) =>
    removeReaction(client, { messageId: "om_1", reactionId: "ZCaCIjUBVVWSrm5L-3ZTw" }, signal),
  "opus upload": upload("opus", "voice.opus", 3_000),
  "mp4 upload": upload("mp4", "a.mp4", 61_000),
  "pdf upload": upload("pdf", "季度 报告.pdf"),
  "zip upload": upload("stream", "a.zip"),
};

test.each(cases.filter(({ name }) => name in MAKE))("$name", async ({ name, request }) => {
  const { client, calls } = recording();
  await MAKE[name]?.(client, request.body ?? {});
  const [call] = calls;
  expect(call).toMatchObject({ method: request.method, path: request.path });
  if (request.body) expect(call?.json).toMatchObject(request.body);
  if (request.body === null) expect(call?.json).toBeUndefined();
  const { bytes, contentType = "" } = call?.form ?? {};
  if (request.multipart === undefined) return expect(bytes).toBeUndefined();
  const form = await new Response(Uint8Array.from(bytes ?? []), {
    headers: { "content-type": contentType },
  }).formData();
  const { file: _, ...fields } = request.multipart;
  for (const [key, value] of Object.entries(fields)) expect(form.get(key)).toBe(value);
  expect((form.get("file") as File).name).toBe(fields["file_name"]);
});

test("every request of the documents that is made by endpoint functions is looked at", () => {
  expect(cases.filter(({ name }) => name in MAKE)).toHaveLength(Object.keys(MAKE).length);
});

test("where a resource is, and a robot's bodies", () => {
  const { client } = recording();
  const found = resourceUrl(client, { messageId: "om_1", key: "file_v3_0006", type: "file" });
  expect(found).toBe(cases.find(({ name }) => name === "resource download")?.request.path);
  expect(robotBody({ kind: "text", text: "hi" }, undefined)).toEqual({ msg_type: "text", content: { text: "hi" } });
});
