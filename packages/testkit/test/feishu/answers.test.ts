/** Every code of the vectors can be made to happen, in the form of the interface that gives it. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFeishuSimulator, type FeishuSimulator } from "../../src/index.ts";
import { call, tokenOf } from "./client.ts";

interface Vector {
  readonly code: number;
  readonly where: string;
}

const file = new URL("../../../feishu/test/vectors/feishu-errors.json", import.meta.url);
const { codes } = JSON.parse(readFileSync(file, "utf8")) as { readonly codes: readonly Vector[] };
const OUTSIDE = new Set(["ws endpoint", "ws endpoint / handshake-status", "tenant_access_token", "custom bot"]);
const open = codes.filter(({ code, where }) => code !== 0 && !OUTSIDE.has(where));

let sim: FeishuSimulator;
let token = "";
beforeAll(async () => {
  sim = await createFeishuSimulator();
  token = await tokenOf(sim.app);
});
afterAll(() => sim.close());

test("the vectors are there", () => expect(open.length).toBeGreaterThan(50));

test.each(open)("$code of $where, with a log id", async ({ code }) => {
  using _fault = sim.fault({ kind: "platformError", code: String(code), on: "bot/info" });
  const answer = await call(sim.app, { method: "GET", path: "bot/v3/info", token });
  expect(answer.json).toMatchObject({ code, msg: expect.stringMatching(/\S/) as string });
  expect(answer.headers.get("x-tt-logid")).toMatch(/^\w{32}$/);
  expect(answer.status).toBe(code === 99991400 || code === 99991403 ? 429 : code === 2200 ? 500 : 400);
});

describe("special answers", () => {
  const errorOf = async (code: string, on = "bot/info"): Promise<Awaited<ReturnType<typeof call>>> => {
    using _fault = sim.fault({ kind: "platformError", code, on });
    const [method, path] = on === "bot/info" ? ["GET", "bot/v3/info"] : ["POST", "/callback/ws/endpoint"];
    return await call(sim.app, { method, path, token });
  };

  test("how long to wait", async () => {
    const { headers } = await errorOf("99991400 3");
    expect(headers.get("x-ogw-ratelimit-reset")).toBe("3");
  });

  test("the reason inside of 230099", async () => {
    expect((await errorOf("230099 11310")).json["msg"]).toContain("ErrCode: 11310");
  });

  test("the scopes that are missing, and where to get them", async () => {
    const { json } = await errorOf("99991672 im:message,im:message:send_as_bot cli_a1");
    expect(json["msg"]).toContain("[im:message, im:message:send_as_bot]");
    expect(json["msg"]).toContain("https://open.feishu.cn/app/cli_a1/auth?q=im:message,im:message:send_as_bot&");
  });

  test("no interface at all", async () => expect((await errorOf("html")).text).toContain("<html>"));

  test("of the endpoint: status 200, and no data but for a busy one", async () => {
    expect(await errorOf("514", "ws/endpoint")).toMatchObject({ status: 200, json: { code: 514 } });
    expect((await errorOf("514", "ws/endpoint")).json).not.toHaveProperty("data");
    expect(await errorOf("1", "ws/endpoint")).toMatchObject({ status: 200, json: { code: 1, data: {} } });
  });
});
