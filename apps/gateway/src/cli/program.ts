/** The command line: names, options and help. */
import { Command, InvalidArgumentError } from "commander";
import { check } from "./check.ts";
import { demo } from "./demo.ts";
import { type Io, sayError } from "./io.ts";
import { start } from "./start.ts";
import { why } from "./why.ts";

const CONFIG = ["-c, --config <file>", "config file (JSON5) · 配置文件", "openclaw-china.json5"] as const;
const PORT = ["-p, --port <number>", "port; default from the config, or PORT · 端口", portOf] as const;

/** Runs one command; resolves with the exit code. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  let code = 0;
  const program = new Command("gateway")
    .description("Connects DingTalk to agents. · 连接钉钉与智能体。")
    .showHelpAfterError("(gateway --help shows what there is)")
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.err(text.trimEnd()) });
  program
    .command("start")
    .description("run the gateway of a config file · 启动网关")
    .option(...CONFIG)
    .option(...PORT)
    .action(async (options: { config: string; port?: number }) => {
      code = await start({ config: options.config, port: options.port ?? portFromEnv() }, io);
    });
  program
    .command("demo")
    .description("try everything here, without credentials · 无需凭证,本机演示")
    .option(...PORT)
    .action(async (options: { port?: number }) => {
      code = await demo({ port: options.port ?? portFromEnv() }, io);
    });
  program
    .command("check")
    .description("show the config as it is understood, and warnings · 检查配置")
    .option(...CONFIG)
    .option("--online", "also ask the platform: credentials, clock, network · 联网检查凭证等", false)
    .action(async (options: { config: string; online: boolean }) => {
      code = await check(options, io);
    });
  program
    .command("why")
    .argument("<id>", "id of a message · 消息 id")
    .description("everything that happened to a message · 查看一条消息的全部经过")
    .option(...CONFIG)
    .action(async (id: string, options: { config: string }) => {
      code = await why(id, options, io);
    });
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof Error && "exitCode" in error) return Number(error.exitCode); // help, or a wrong word: said already
    sayError(io, error);
    return 1;
  }
  return code;
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError("write a number from 0 to 65535 (0: any free port)");
}

function portFromEnv(): number | undefined {
  const text = process.env["PORT"]?.trim();
  return text === undefined || text === "" ? undefined : portOf(text);
}
