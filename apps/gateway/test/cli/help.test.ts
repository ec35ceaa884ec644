/** What the command says of itself, and to words it does not know. */
import { expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";

async function said(
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

test.each<[readonly string[], readonly string[]]>([
  [["--help"], ["start", "demo", "doctor", "check", "why", "send", "schema", "Examples · 示例:", "gateway doctor"]],
  [
    ["doctor", "--help"],
    ["全面检查", "--spend", "--json", "Exit code 0", "2: wrong usage"],
  ],
  [
    ["start", "--help"],
    ["启动网关", "--config <file>", "--port <number>", "start --config", "secrets.env", "exit code 0"],
  ],
  [
    ["demo", "-h"],
    ["无需凭证", "OPENAI_MODEL"],
  ],
  [
    ["check", "--help"],
    ["检查配置", "--online", "Exit code 0"],
  ],
  [
    ["help", "why"],
    ["查看一条消息的全部经过", "gateway why msg", "Exit code 1"],
  ],
  [
    ["send", "--help"],
    ["主动发送消息", "robot:<name>", "--key <key>", "(default: 60)", "Exit code 0"],
  ],
  [
    ["migrate", "--help"],
    ["迁移其他产品的配置", "--out <file>", "--force", "--from <product>", "dingtalk-connector"],
  ],
  [
    ["schema", "--help"],
    ["JSON Schema", "gateway schema >"],
  ],
])("gateway %j", async (args, texts) => {
  const { code, out, err } = await said(args);
  expect(code).toBe(0);
  for (const text of texts) expect(out).toContain(text);
  expect(err).toBe("");
});

test.each<[readonly string[], string]>([
  [[], "Usage: gateway"],
  [["start", "--prot", "1"], "unknown option '--prot'"],
  [["start", "--port", "many"], "write a number from 0 to 65535"],
  [["start", "--port", "70000"], "write a number from 0 to 65535"],
  [["start", "--port="], "write a number from 0 to 65535"],
  [["why"], "missing required argument 'id'"],
])("a wrong word is told: %j", async (args, text) => {
  const { code, out, err } = await said(args);
  expect(code).toBe(2);
  expect(out).toBe("");
  expect(err).toContain(text);
  expect(err).not.toContain("    at ");
});
