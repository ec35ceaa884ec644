/** Every answer of the platform that a client has to know, in the form of the interface that gives it. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDingTalkSimulator, type DingTalkSimulator } from "../../src/index.ts";
import { type Answered, call, type Json, tokenOf } from "./client.ts";

interface Vector {
  readonly name: string;
  readonly response: { readonly status: number; readonly body: Json };
}

const file = new URL("../../../dingtalk/test/vectors/dingtalk-errors.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { readonly vectors: readonly Vector[] };

let sim: DingTalkSimulator;
let token: string;
beforeEach(async () => {
  sim = await createDingTalkSimulator();
  token = await tokenOf(sim.app);
});
afterEach(() => sim.close());

/** The answer of a call in which the platform gives this code. */
async function answerOf(code: string, path = "/v1.0/card/streaming", body: unknown = {}): Promise<Answered> {
  using _fault = sim.fault({ kind: "platformError", code, on: path.replace("/v1.0/", "") });
  return await call(sim.app, { method: path.includes("card") ? "PUT" : "POST", path, body, token });
}

/** How a test asks for the answer of a vector. */
function codeOf({ body }: Vector["response"]): string {
  if (body["status"] === 1111) return "1111";
  if (body["errcode"] === 88) return `88/${String(body["sub_code"])}`;
  const code = String(body["code"] ?? body["errcode"]);
  return body["errcode"] === 310_000 ? `${code} ${String(body["errmsg"])}` : code;
}

describe("vectors", () => {
  test("all of them are looked at", () => expect(vectors).toHaveLength(29));

  test.each(vectors)("$name", async ({ response }) => {
    const { status, json } = await answerOf(codeOf(response));
    const { requestid: _a, request_id: _b, message: _c, errmsg, ...facts } = response.body;
    expect(status).toBe(response.status);
    expect(json).toMatchObject(facts);
    expect(typeof (json["message"] ?? json["errmsg"] ?? json["punish"])).toBe("string");
    if (json["errcode"] === 310_000) expect(json["errmsg"]).toBe(errmsg);
  });
});

describe("the other codes of the interfaces", () => {
  const NEW: readonly (readonly [number, string])[] = [
    [401, "InvalidAppKey"],
    [400, "invalidClientIdOrSecret"],
    [400, "invalidParameter.robotCode.auth"],
    [400, "invalidParameter.userIds.empty"],
    [400, "invalidParameter.userIds.invalid"],
    [400, "invalidParameter.userIds.overMax"],
    [400, "invalidParameter.openConversationId.invalid"],
    [400, "invalidParameter.msgKey.invalid"],
    [400, "invalidParameter.msgParam.invalid"],
    [400, "param.stream.keyEmpty"],
    [400, "param.stream.guidEmpty"],
    [400, "param.stream.isFull"],
    [400, "param.templateNotExist"],
    [400, "param.cardNotExist"],
    [400, "param.cardAlreadyExist"],
    [400, "param.openSpaceIdInvalid"],
    [400, "param.openDeliverModelError"],
    [400, "param.contentUnsafe"],
    [400, "param.userIdNotExist"],
    [500, "system.busy"],
    [403, "orgAuthLevelNotEnough"],
    [400, "somethingNew"],
  ];

  test.each(NEW)("%i %s, with a request id", async (status, code) => {
    expect(await answerOf(code)).toMatchObject({ status, json: { code, requestid: expect.any(String) as string } });
  });

  const OLD = [
    -1, 40_001, 40_035, 40_089, 42_001, 43_004, 90_002, 300_001, 400_013, 400_101, 400_102, 400_105, 400_106, 410_100,
    430_101, 430_102, 430_103, 430_104,
  ];

  test.each(OLD)("errcode %i under status 200", async (errcode) => {
    const { status, json } = await answerOf(String(errcode));
    expect([status, json["errcode"]]).toEqual([200, errcode]);
    expect(json["errmsg"]).not.toBe("");
  });
});

describe("permissions name what is missing, by the interface", () => {
  test.each([
    ["/v1.0/card/streaming", "Card.Streaming.Write"],
    ["/v1.0/card/instances", "Card.Instance.Write"],
    ["/v1.0/robot/groupMessages/send", "qyapi_robot_sendmsg"],
  ])("%s: %s", async (path, scope) => {
    const { json } = await answerOf("Forbidden.AccessDenied.AccessTokenPermissionDenied", path);
    expect(json["accessdenieddetail"]).toEqual({ requiredScopes: [scope] });
  });
});

describe("answers that say no under status 200", () => {
  test("success=false", async () => {
    expect(await answerOf("success=false")).toMatchObject({ status: 200, json: { success: false, result: false } });
  });

  test("deliverResults: the card reaches nobody", async () => {
    const answer = await answerOf("deliverResults", "/v1.0/card/instances", { outTrackId: "card-1" });
    expect(answer).toMatchObject({
      status: 200,
      json: { success: true, result: { outTrackId: "card-1", deliverResults: [{ success: false, carrierId: "" }] } },
    });
  });

  test.each(["invalidStaffIdList", "flowControlledStaffIdList"])("%s holds everybody who was meant", async (code) => {
    const path = "/v1.0/robot/oToMessages/batchSend";
    const { status, json } = await answerOf(code, path, { userIds: ["staff-001", "staff-002"] });
    const nobody = { invalidStaffIdList: [], flowControlledStaffIdList: [] };
    expect([status, json]).toEqual([
      200,
      { processQueryKey: "pqk-nobody", ...nobody, [code]: ["staff-001", "staff-002"] },
    ]);
  });

  test("html is no answer of an interface", async () => {
    const { status, text } = await answerOf("html");
    expect([status, text.startsWith("<html>")]).toEqual([200, true]);
  });
});
