/** The bot under test, in a process of its own: a real channel, a real SQLite file. Told what to do by its environment. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Channel, createBot, type Logger, type Reply, toNodeHandler, type Turn } from "@openclaw-china/core";
import { sqliteStateAt, systemClock } from "@openclaw-china/core/internal";
import { createDingTalk } from "@openclaw-china/dingtalk";
import { createWeCom } from "@openclaw-china/wecom";
import { createKiller, instrumentChannel, instrumentState } from "./instrument.ts";
import { answerTo, type ErrorFacts, type Orders, type Report, type Request } from "./orders.ts";

const orders = JSON.parse(process.env["ORDERS"] ?? "{}") as Orders;
const killer = createKiller(orders.killAt, orders.skip);
const gate = Promise.withResolvers<void>();
if (orders.gated !== true) gate.resolve();
const ballast = new Map<string, string>();
/** Takes a page of its own in the file. */
const PAGE_CHARS = 3_000;

const { file, maxPages } = orders;
const state = sqliteStateAt({ file, ...(maxPages === undefined ? {} : { maxPages }) }, systemClock());
const bot = createBot({
  channels: [instrumentChannel(createChannel(orders), killer)],
  state: instrumentState(state, killer),
  unknownReply: orders.unknownReply ?? "notice",
  log: { debug: ignore, info: ignore, warn: logAs("warn"), error: logAs("error") },
  handler: answer,
});

function createChannel({ platform }: Orders): Channel {
  return platform.id === "dingtalk" ? createDingTalk(platform.app) : createWeCom(platform.app);
}

/** By its first word a message chooses how it is answered: streamed, by a call, or by what is returned. */
async function answer(turn: Turn): Promise<Reply | undefined> {
  killer.at("handler");
  if (turn.text === "poison later") await gate.promise;
  if (turn.text.startsWith("poison")) killer.at("poison");
  if (turn.text.startsWith("ask")) return decide(turn);
  const whole = answerTo(turn.text);
  if (/^(slow|mute|stream)/.test(turn.text)) return stream(whole, turn.text);
  if (/^(twice|call)/.test(turn.text)) await gate.promise;
  if (turn.text.startsWith("twice")) await turn.reply("First of two.");
  if (!turn.text.startsWith("call")) return whole;
  await turn.reply(whole);
  return undefined;
}

/** Asks whoever wrote. */
async function decide(turn: Turn): Promise<Reply> {
  const answer = await turn.ask({
    kind: "card",
    title: "Deploy?",
    buttons: [
      { id: "yes", label: "Yes" },
      { id: "no", label: "No" },
    ],
  });
  killer.at("decided");
  return answer.outcome === "timeout" ? "Nobody decided." : `${answer.button}, said ${answer.by.id}`;
}

async function* stream(whole: string, text: string): AsyncGenerator<string> {
  if (text.startsWith("mute")) await gate.promise;
  for (const [index, word] of whole.split(/(?<= )/).entries()) {
    if (index === 2 && text.startsWith("slow")) await gate.promise;
    yield word;
  }
}

function report(message: Report, then?: () => void): void {
  process.send?.(message, () => then?.());
}

function ignore(): void {
  return undefined;
}

function logAs(level: "warn" | "error"): Logger["warn"] {
  return (facts, message) =>
    report({ kind: "log", level, message, facts: "err" in facts ? factsOf(facts.err) : { message } });
}

function factsOf(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { message: String(error) };
  return { message: error.message, ...("fix" in error ? { fix: error.fix as { en: string; zh: string } } : {}) };
}

/** Fills the file to its last page, and gives `spare` pages back. */
async function stuff(spare: number): Promise<void> {
  for (const chars of [100_000, PAGE_CHARS, 100]) {
    const value = "x".repeat(chars);
    const add = (): Promise<void> => state.store.put(`ballast ${ballast.size}`, value);
    while (await succeeds(add)) ballast.set(`ballast ${ballast.size}`, value);
  }
  const pages = [...ballast].filter(([, value]) => value.length === PAGE_CHARS);
  for (const [key] of pages.slice(0, spare)) await takeOut(key);
  report({ kind: "stuffed" });
}

async function makeRoom(): Promise<void> {
  for (const key of ballast.keys()) await takeOut(key);
  report({ kind: "room" });
}

/** Until it succeeds: what shares its commit may still be too much. */
async function takeOut(key: string): Promise<void> {
  const value = ballast.get(key) ?? "";
  while (!(await succeeds(() => state.store.replaceIf(key, value, undefined))));
  ballast.delete(key);
}

async function succeeds(write: () => Promise<unknown>): Promise<boolean> {
  try {
    return (await write()) !== false;
  } catch {
    return false; // the file is full, which is what these two are about
  }
}

/** Where the platform calls, behind the test. */
function listen(): Promise<number> {
  const server = createServer(toNodeHandler((request) => bot.webhook(request)));
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
}

process.on("message", (request: Request) => {
  if (request.want === "answers") gate.resolve();
  else if (request.want === "die") {
    killer.arm(request.killAt, request.skip);
    report({ kind: "armed" });
  } else if (request.want === "stuff") void stuff(request.spare);
  else if (request.want === "room") void makeRoom();
  else void state.inbox.size().then((size) => report({ kind: "size", ...size }));
});
process.once("disconnect", () => process.exit(1));
process.once("SIGTERM", () => {
  report({ kind: "stopping" });
  void bot.stop({ timeoutMs: orders.graceMs ?? 300 }).then(() => process.exit(0));
});
try {
  await bot.start();
  report(orders.platform.app.mode === "webhook" ? { kind: "ready", port: await listen() } : { kind: "ready" });
} catch (error) {
  report({ kind: "failed", facts: factsOf(error) }, () => process.exit(1));
}
