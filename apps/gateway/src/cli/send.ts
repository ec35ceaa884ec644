/** `gateway send <targets> <text>`: through the running gateway, or alone when none runs. */
import { existsSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import {
  type Bot,
  ChannelError,
  createBot,
  memoryState,
  parseAddress,
  type State,
  sqliteState,
} from "@openclaw-china/core";
import { channelError, configError } from "@openclaw-china/core/internal";
import { adminPath, askAdmin } from "../admin/socket.ts";
import { loadConfig, robotsOf, stateFileOf } from "../config/load.ts";
import { openRobots } from "../sending/robots.ts";
import { isRobot, type Result, sendAll, type Sending } from "../sending/send.ts";
import { type Io, sayError } from "./io.ts";
import { makeStateFile } from "./state-file.ts";

export interface SendOptions {
  readonly config: string;
  readonly key?: string | undefined;
  /** Not markdown. */
  readonly isText: boolean;
  readonly mention?: string | undefined;
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** The gateway's answer is waited for this much longer than its sends. */
const MARGIN_MS = 5_000;

export async function send(targets: string, text: string, options: SendOptions, io: Io): Promise<number> {
  const { key, mention, timeoutMs } = options;
  const sending: Sending = {
    to: targetsOf(targets),
    text: text === "-" ? (await readAll(process.stdin)).trimEnd() : text,
    kind: options.isText ? "text" : "markdown",
    ...(mention === undefined ? {} : { mentions: mention === "all" ? mention : mention.split(",") }),
    ...(key === undefined ? {} : { key }),
  };
  if (sending.text.trim() === "") throw emptyText();
  const stateFile = await stateFileOf(options.config);
  const question = { path: "/send", body: { sending, timeoutMs }, timeoutMs: timeoutMs + MARGIN_MS } as const;
  const running = (await askAdmin(adminPath(stateFile), question)) as readonly Result[] | undefined;
  const alone = { config: options.config, stateFile, signal: AbortSignal.timeout(timeoutMs) };
  const results = running ?? (await sendAlone(sending, alone));
  if (options.json) io.out(JSON.stringify(results, undefined, 2));
  else for (const result of results) sayResult(result, io);
  return results.some((result) => "failed" in result) ? 1 : 0;
}

/** By commas; one without a colon is a further id of the kind before: `dingtalk:user:a,b,robot:ops`. */
function targetsOf(given: string): readonly string[] {
  let prefix = "";
  const targets = given.split(",").map((one) => {
    const part = one.trim();
    const target = part.includes(":") ? part : prefix + part;
    prefix = target.slice(0, target.lastIndexOf(":") + 1);
    if (!isRobot(target)) checkAddress(target);
    return target;
  });
  return [...new Set(targets)];
}

/** Told before anything is sent to anybody. */
function checkAddress(target: string): void {
  try {
    parseAddress(target);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    throw configError(`${error.message}, and no robot`, {
      en: `${error.fix.en} Or robot:<name>, as in robots of the config file. Several are separated by commas.`,
      zh: `${error.fix.zh}或 robot:<名称>,即配置文件 robots 中的名称。多个目标以逗号分隔。`,
    });
  }
}

interface Alone {
  readonly config: string;
  readonly stateFile: string;
  readonly signal: AbortSignal;
}

/** Opens no connection; group robots alone need no credentials of an app, and no state. */
async function sendAlone(sending: Sending, { config, stateFile, signal }: Alone): Promise<readonly Result[]> {
  const robots = openRobots(await robotsOf(config));
  if (sending.to.every(isRobot)) return sendAll(sending, { bot: NO_BOT, robots }, signal);
  const { channels } = await loadConfig(config);
  const bot = createBot({ channels, state: await openState(stateFile, sending.key !== undefined) });
  try {
    return await sendAll(sending, { bot, robots }, signal);
  } finally {
    await bot.stop({ timeoutMs: 0 });
  }
}

const NO_BOT: Pick<Bot, "send"> = {
  send: () =>
    Promise.reject(configError("there is no bot here", { en: "Send to robots only.", zh: "仅可发送给 robot。" })),
};

/** The gateway's own, so that keys count there too. Without a key it may be away: then nothing is remembered. */
async function openState(file: string, isNeeded: boolean): Promise<State> {
  const inMemory = { ...memoryState(), durable: true };
  if (!isNeeded && !existsSync(file)) return inMemory;
  if (isNeeded) await makeStateFile(file);
  const state = sqliteState({ file });
  try {
    await state.inbox.size();
    return state;
  } catch (error) {
    await state.close();
    if (!(error instanceof ChannelError) || !error.message.includes("held by another process")) throw error;
    if (!isNeeded) return inMemory;
    throw configError(
      `${error.message}, which does not answer on its admin socket, so the key cannot be kept`,
      HELD,
      error,
    );
  }
}

const HELD = {
  en: "Send again in a moment, stop that process, or send without --key.",
  zh: "请稍后重试,或停止该进程,或去掉 --key 发送。",
};

function sayResult(result: Result, io: Io): void {
  if (!("failed" in result)) {
    const parts = result.parts.length === 0 ? "" : ` (+${result.parts.length})`;
    io.out(`✓ ${result.to}  ${result.id}${parts}`);
    return;
  }
  const { failed, to } = result;
  const perhaps = failed.outcome === "unknown" ? " (it may have arrived · 可能已送达)" : "";
  sayError(io, channelError({ ...failed, message: `${to}: ${failed.message}${perhaps}` }));
}

function emptyText(): Error {
  return configError("the text to send is empty", {
    en: 'Write it as the last argument, or "-" to read it from standard input.',
    zh: '请将其作为最后一个参数;"-" 表示从标准输入读取。',
  });
}
