/** Bodies of custom robots, against the vectors where those have the kind; the keyword; the limit in bytes. */
import { readFileSync } from "node:fs";
import type { Card, Outbound } from "@openclaw-china/core";
import { describe, expect, test } from "vitest";
import { checkRobotMessage, robotBody } from "../../src/outbound/robot-body.ts";

interface Vector {
  readonly name: string;
  readonly request: { readonly body: Readonly<Record<string, object>> };
}

const file = new URL("../vectors/dingtalk-outbound.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { readonly vectors: readonly Vector[] };

function bodyOf(name: string): Vector["request"]["body"] {
  const found = vectors.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no vector ${name}`);
  return found.request.body;
}

const card = (title: string, urls: readonly string[]): Card => ({
  kind: "card",
  title,
  text: "a text",
  buttons: urls.map((url, at) => ({ url, label: ["查看", "拒绝"][at] ?? "" })),
});

describe("the vectors", () => {
  test("custom robot: text, signed", () => {
    const body = robotBody({ kind: "text", text: "<@13800000000> 告警", mentions: ["13800000000"] }, undefined);
    const { at, msgtype } = bodyOf("custom robot: text, signed");
    expect(body).toMatchObject({ msgtype, at });
  });

  test("action card with one button", () => {
    const { actionCard, msgtype } = bodyOf("session webhook: action card with one button");
    const body = robotBody(card("发布", ["https://example.com/r/1"]), undefined);
    expect(body).toEqual({ msgtype, actionCard: { ...actionCard, text: "### 发布\n\na text" } });
  });

  test("action card with several buttons: one below the other", () => {
    const { actionCard } = bodyOf("session webhook: action card with several buttons");
    const body = robotBody(card("审批", ["https://example.com/y", "https://example.com/n"]), undefined);
    expect(Object.keys(body.actionCard ?? {}).toSorted()).toEqual(Object.keys(actionCard ?? {}).toSorted());
    expect(body.actionCard).toMatchObject({
      btnOrientation: "0",
      btns: [
        { title: "查看", actionURL: "https://example.com/y" },
        { title: "拒绝", actionURL: "https://example.com/n" },
      ],
    });
  });
});

test.each<[string, Outbound, object]>([
  ["text", { kind: "text", text: "hello" }, { text: { content: "hello\n\n告警" } }],
  ["markdown", { kind: "markdown", text: "**a**" }, { markdown: { text: "**a**\n\n告警" } }],
  ["a card", card("Title", ["https://example.com"]), { actionCard: { text: "### Title\n\na text\n\n告警" } }],
  ["a message that has it", { kind: "text", text: "a告警b" }, { text: { content: "a告警b" } }],
])("the keyword: %s", (_, message, expected) => {
  expect(robotBody(message, "告警")).toMatchObject(expected);
});

test("an empty keyword appends nothing", () => {
  expect(robotBody({ kind: "text", text: "hello" }, "")).toEqual({ msgtype: "text", text: { content: "hello" } });
});

test("20,000 bytes of JSON, and not one more", () => {
  const bytes = Buffer.byteLength(JSON.stringify(robotBody({ kind: "text", text: "" }, undefined)));
  const full = "x".repeat(20_000 - bytes);
  expect(robotBody({ kind: "text", text: full }, undefined).text?.content).toBe(full);
  expect(() => robotBody({ kind: "text", text: `${full}x` }, undefined)).toThrow(
    expect.objectContaining({ code: "too_large", outcome: "not_sent" }),
  );
});

test("a picture by its address is shown; one to upload is unsupported", () => {
  const image = { file: new URL("https://example.com/a.png"), alt: "a chart" };
  const shown: Card = { kind: "card", title: "Title", image };
  expect(() => checkRobotMessage(shown)).not.toThrow();
  expect(robotBody(shown, undefined).markdown?.text).toContain("![a chart](https://example.com/a.png)");
  expect(() => checkRobotMessage({ ...shown, image: { ...image, file: new Blob(["x"]) } })).toThrow(/public address/);
});
