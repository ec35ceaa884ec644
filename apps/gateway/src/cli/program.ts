/** The command line: names, options and help. A command's own code is loaded when it runs. */
import { configError, envSnapshot } from "@openclaw-china/core/internal";
import { Command, InvalidArgumentError, Option } from "commander";
import about from "../../package.json" with { type: "json" };
import { type Io, sayError } from "./io.ts";

const CONFIG = ["-c, --config <file>", "config file (JSON5) · 配置文件", "openclaw-china.json5"] as const;
const PORT = ["-p, --port <number>", "port; before PORT and the config's · 端口", portOf] as const;

/** Exit code of words that mean nothing here; 1 is what a command itself has to say. */
const USAGE = 2;

/** Runs one command; resolves with the exit code. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  let code = 0;
  const program = createProgram(io, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof Error && "exitCode" in error) return Number(error.exitCode) === 0 ? 0 : USAGE; // said already
    sayError(io, error);
    return 1;
  }
  return code;
}

function createProgram(io: Io, end: (code: number) => void): Command {
  const program = new Command("gateway")
    .description("Connects DingTalk and WeCom to agents. · 连接钉钉、企业微信与智能体。")
    .version(about.version, "-V, --version", "print the version · 版本号")
    .helpOption("-h, --help", "print this help · 帮助")
    .helpCommand("help [command]", "print the help of a command · 命令帮助")
    .showHelpAfterError("(gateway --help shows what there is · 查看帮助)")
    .addHelpText("after", examples(["gateway demo", "gateway doctor", "gateway start"]))
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.err(text.trimEnd()) });
  addRunning(program, io, end);
  addDoctor(program, io, end);
  addLooking(program, io, end);
  addSending(program, io, end);
  addMigrate(program, io, end);
  return program;
}

/** Commands that run until they are told to end. */
function addRunning(program: Command, io: Io, end: (code: number) => void): void {
  program
    .command("start")
    .description("run the gateway of a config file · 启动网关")
    .option(...CONFIG)
    .option(...PORT)
    .addHelpText(
      "after",
      `${examples(["gateway start", "gateway start --config /etc/openclaw-china.json5 --port 8080"])}

Secrets (\${NAME}) come from the environment, then from ~/.config/openclaw/secrets.env.
SIGTERM and Ctrl+C drain: exit code 0. A second one ends at once. LOG_LEVEL sets the log's level.
密钥(\${NAME})取自环境变量,其次为 ~/.config/openclaw/secrets.env。`,
    )
    .action(async (options: { config: string; port?: number }) => {
      const { start } = await import("./start.ts");
      end(await start({ config: options.config, port: options.port ?? portFromEnv() }, io));
    });
  program
    .command("demo")
    .description("try everything here, without credentials · 无需凭证,本机演示")
    .option(...PORT)
    .addHelpText(
      "after",
      `${examples(["gateway demo", "OPENAI_API_KEY=… OPENAI_MODEL=gpt-5-mini gateway demo"])}

Port 8787, or the next free one; a port that is asked for is taken strictly.
With OPENAI_MODEL (and OPENAI_API_KEY, OPENAI_BASE_URL) that model answers. · 设置后由该模型应答。`,
    )
    .action(async (options: { port?: number }) => {
      const { demo } = await import("./demo.ts");
      end(await demo({ port: options.port ?? portFromEnv() }, io));
    });
}

function addDoctor(program: Command, io: Io, end: (code: number) => void): void {
  program
    .command("doctor")
    .description("find out what is wrong, and how to fix it · 全面检查,给出原因与处理办法")
    .option(...CONFIG)
    .option("--spend", "also what costs metered calls: permissions, robot, template · 消耗接口调用量的检查", false)
    .option("--json", "print the report as JSON · 以 JSON 输出报告", false)
    .addHelpText(
      "after",
      `${examples(["gateway doctor", "gateway doctor --spend", "gateway doctor --json | jq '.findings[] | select(.level == \"error\")'"])}

Looks at this machine (Node, config, secrets, state, port) and asks each platform (credentials, clock, hosts,
settings). Opens no connection beside a running gateway: that is asked for its own. Metered calls only with --spend.
检查本机(Node、配置、密钥、状态、端口)与各平台(凭证、时钟、网络、设置)。若网关正在运行,则询问其连接状态,
不另开连接;仅 --spend 会消耗接口调用量。

Exit code 0: nothing must be fixed; 1: something must; 2: wrong usage.
退出码 0:无必须处理的问题;1:有;2:用法错误。`,
    )
    .action(async (options: { config: string; spend: boolean; json: boolean }) => {
      const { doctor } = await import("./doctor.ts");
      end(await doctor(options, io));
    });
}

/** Commands that look and end. */
function addLooking(program: Command, io: Io, end: (code: number) => void): void {
  program
    .command("check")
    .description("show the config as it is understood, and warnings · 检查配置")
    .option(...CONFIG)
    .option("--online", "also ask the platform: credentials, clock, network · 联网检查凭证等", false)
    .addHelpText(
      "after",
      `${examples(["gateway check", "gateway check --online", "gateway check | jq .routes"])}

Exit code 0: valid; 1: not, or the platform refuses. · 退出码 0:有效;1:无效或平台拒绝。`,
    )
    .action(async (options: { config: string; online: boolean }) => {
      const { check } = await import("./check.ts");
      end(await check(options, io));
    });
  program
    .command("why")
    .argument("<id>", "id of a message, or its whole key · 消息 id")
    .description("everything that happened to a message · 查看一条消息的全部经过")
    .option(...CONFIG)
    .addHelpText(
      "after",
      `${examples(["gateway why msgAbC123==", "gateway why dingtalk:default:msgAbC123=="])}

Exit code 1: nothing is known of it. · 退出码 1:没有记录。`,
    )
    .action(async (id: string, options: { config: string }) => {
      const { why } = await import("./why.ts");
      end(await why(id, options, io));
    });
  program
    .command("schema")
    .description("print the JSON Schema of the config file, for editors · 输出配置文件的 JSON Schema")
    .addHelpText("after", examples(["gateway schema > openclaw-china.schema.json"]))
    .action(async () => {
      const { schema } = await import("./schema.ts");
      end(schema(io));
    });
}

function addMigrate(program: Command, io: Io, end: (code: number) => void): void {
  program
    .command("migrate")
    .argument("<file>", "config file of another product (JSON, JSON5, YAML) · 其他产品的配置文件")
    .description("turn a config of another product into ours · 迁移其他产品的配置")
    .option("--from <product>", "whose it is, where that is not clear · 指定产品")
    .option("-o, --out <file>", "write the config there · 写入文件")
    .option("--force", "also over a file that exists · 覆盖已存在的文件", false)
    .addHelpText(
      "after",
      `${examples(["gateway migrate ~/.openclaw/openclaw.json", "gateway migrate koishi.yml --out openclaw-china.json5"])}

Prints our config block; standard error says of each key what became of it. Secrets are not printed: they are named
as \${NAME}, with the lines that belong into secrets.env. Products: bytepioneer, soimy, dingtalk-connector,
clawdbot-dingtalk, koishi, langbot, astrbot (DingTalk); wecom, wecom-app, wecom-kf (WeCom).
输出本项目的配置;标准错误逐项说明每个键的去向。密钥不会输出,以 \${NAME} 引用,并列出应写入 secrets.env 的名称。`,
    )
    .action(async (file: string, options: { from?: string; out?: string; force: boolean }) => {
      const { migrateFile } = await import("./migrate.ts");
      end(await migrateFile(file, options, io));
    });
}

function addSending(program: Command, io: Io, end: (code: number) => void): void {
  program
    .command("send")
    .argument("<targets>", "addresses, robot:<name>; several by commas · 目标,多个以逗号分隔")
    .argument("<text>", 'markdown; "-" reads standard input · markdown 文本,"-" 表示标准输入')
    .description("send a message, through the running gateway or alone · 主动发送消息")
    .option(...CONFIG)
    .option("-k, --key <key>", "the same key is sent once to each target · 幂等键,同一目标只发一次")
    .option("--text", "as it is, without markdown · 按纯文本发送")
    .addOption(new Option("--markdown", "the default · 按 markdown 发送(默认)").conflicts("text"))
    .option("--mention <ids>", "who is notified: ids by commas, or all · 提及的人,或 all")
    .addOption(
      new Option("--timeout <seconds>", "give up after · 最长等待秒数").argParser(secondsOf).default(60_000, "60"),
    )
    .option("--json", "print the results as JSON · 以 JSON 输出结果", false)
    .addHelpText(
      "after",
      `${examples([
        'gateway send dingtalk:group:cidAbC== "**Deployed** v2"',
        'gateway send dingtalk:user:staff-1,staff-2 "The report is out." --key report-2026-07-01',
        "df -h | gateway send robot:ops - --text",
      ])}

Each target has a line of its own. Exit code 0: all were sent; 1: one was not, or may not have been.
每个目标一行结果。退出码 0:全部已发送;1:至少一个未发送或无法确认。`,
    )
    .action(async (targets: string, text: string, options: SendFlags) => {
      const { send } = await import("./send.ts");
      const { text: isText = false, timeout: timeoutMs, ...rest } = options;
      end(await send(targets, text, { ...rest, isText, timeoutMs }, io));
    });
}

interface SendFlags {
  readonly config: string;
  readonly key?: string;
  readonly text?: true;
  readonly mention?: string;
  /** ms. */
  readonly timeout: number;
  readonly json: boolean;
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= 3_600) return seconds * 1_000;
  throw new InvalidArgumentError("write whole seconds from 1 to 3600");
}

function examples(lines: readonly string[]): string {
  return `\nExamples · 示例:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

function portOf(text: string): number {
  const port = Number(text);
  if (isPort(text, port)) return port;
  throw new InvalidArgumentError("write a number from 0 to 65535 (0: any free port)");
}

function isPort(text: string, port: number): boolean {
  return /^\d+$/.test(text) && port <= 65_535;
}

function portFromEnv(): number | undefined {
  const text = envSnapshot()["PORT"]?.trim() ?? "";
  if (text === "") return undefined;
  if (isPort(text, Number(text))) return Number(text);
  throw configError(`the variable PORT is "${text.slice(0, 40)}", which is no port`, {
    en: "Write a number from 0 to 65535 (0: any free port), or unset it.",
    zh: "请填写 0 到 65535 的数字(0 表示任意空闲端口),或取消该变量。",
  });
}
