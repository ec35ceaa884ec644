/** Requests for files against the outbound vectors. The platform is scripted. */
import { readFileSync } from "node:fs";
import type { Address, HttpRequest, Outbound, Transport } from "@openclaw-china/core";
import { expect, test } from "vitest";
import { createDingTalk } from "../../src/index.ts";
import { calm, failure, runtimeOf } from "../fixtures.ts";

interface Vector {
  readonly name: string;
  readonly request: { readonly url: string; readonly body: { readonly msgParam?: string } };
  readonly response: { readonly body: Readonly<Record<string, unknown>> };
}

const source = new URL("../vectors/dingtalk-outbound.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(source, "utf8")) as { readonly vectors: readonly Vector[] };
const vector = (name: string): Vector => {
  const found = vectors.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no vector ${name}`);
  return found;
};

/** A platform that knows what was asked, and gives `mediaId` for every upload. */
function platform(mediaId: string): Transport & { readonly asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  return {
    asked,
    request(request) {
      const { pathname } = new URL(request.url);
      asked.push(request);
      const answers: Readonly<Record<string, unknown>> = {
        "/v1.0/oauth2/accessToken": { accessToken: "tok-example", expireIn: 7_200 },
        "/media/upload": { ...vector("upload media").response.body, media_id: mediaId },
        "/v1.0/robot/messageFiles/download": vector("download link").response.body,
      };
      const body = new Response(JSON.stringify(answers[pathname] ?? { processQueryKey: "pqk" })).body;
      return Promise.resolve({ status: 200, headers: {}, body: body ?? new ReadableStream<Uint8Array>() });
    },
  };
}

const app = { appKey: "dingexampleappkey01", appSecret: "secret-example" };
const GROUP: Address = { channel: "dingtalk", kind: "group", id: "cidGROUPexample0001==" };
const PERSON: Address = { channel: "dingtalk", kind: "user", id: "staff-001" };
const PNG = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

async function sendTo(to: Address, message: Outbound, mediaId: string): Promise<readonly HttpRequest[]> {
  const http = platform(mediaId);
  await createDingTalk(app).open(runtimeOf(http)).send(to, message, { key: "k", signal: calm() });
  return http.asked.slice(1); // without the token
}

function jsonOf({ body }: HttpRequest): unknown {
  const json = JSON.parse(String(body)) as Vector["request"]["body"];
  return { ...json, msgParam: JSON.parse(json.msgParam ?? "null") as unknown };
}

test.each([
  ["group image", GROUP, { kind: "media", file: new File([PNG], "a.png") }, "@lADPexample"],
  ["direct file", PERSON, { kind: "media", file: new File(["%PDF-1.7"], "报告.pdf") }, "@lADPfile"],
  ["direct voice", PERSON, { kind: "media", file: new Blob(["#!AMR\n...."]), durationMs: 4_200 }, "@lADPvoice"],
] as const)("%s", async (name, to, message, mediaId) => {
  const requests = await sendTo(to, message, mediaId);
  const { url, body } = vector(name).request;
  expect(requests.map((request) => new URL(request.url).pathname)).toEqual(["/media/upload", new URL(url).pathname]);
  const [, sent] = requests;
  expect(sent === undefined ? undefined : jsonOf(sent)).toEqual({
    ...body,
    msgParam: JSON.parse(body.msgParam ?? "null") as unknown,
  });
});

test("upload media: type in the query, one part called media with its name and type", async () => {
  const [upload] = await sendTo(GROUP, { kind: "media", file: new File([PNG], 'a"\r\nb.png') }, "@m");
  const expected = new URL(vector("upload media").request.url);
  const url = new URL(upload?.url ?? "");
  expect([url.origin, url.pathname]).toEqual([expected.origin, expected.pathname]);
  expect(Object.fromEntries(url.searchParams)).toEqual(Object.fromEntries(expected.searchParams));
  const { body } = upload ?? {};
  const headers = { "content-type": upload?.headers?.["content-type"] ?? "" };
  const form = await new Response(body instanceof Uint8Array ? new Uint8Array(body) : "", { headers }).formData();
  expect([...form.keys()]).toEqual(["media"]);
  const file = form.get("media");
  expect(file instanceof File ? [file.name, file.type] : file).toEqual(["a_b.png", "image/png"]);
  expect(upload?.headers).not.toHaveProperty("x-acs-dingtalk-access-token");
});

test("download link: the code in the body, and an address that is not public is not called", async () => {
  const http = platform("@m");
  const file = { media: "image", handle: { downloadCode: "dl-pic-0001", robotCode: app.appKey } } as const;
  const channel = createDingTalk(app).open(runtimeOf(http));
  const error = await failure(channel.download?.(file, calm()) ?? Promise.resolve());
  expect(error.code).toBe("address_not_allowed"); // the vector's host ends in .invalid
  expect(http.asked).toHaveLength(2);
  expect(JSON.parse(String(http.asked[1]?.body))).toEqual(vector("download link").request.body);
});
