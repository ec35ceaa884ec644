/** One message to several targets, with each target's own result: by a bot, and by the group robots of the file. */
import { type Bot, ChannelError, type Outbound, parseAddress } from "@openclaw-china/core";
import { configError } from "@openclaw-china/core/internal";
import type { Robots } from "./robots.ts";

/** What `gateway send` asks for; plain JSON, so that the running gateway can be asked. */
export interface Sending {
  /** Addresses, and `robot:<name>`. */
  readonly to: readonly string[];
  readonly text: string;
  readonly kind: "markdown" | "text";
  readonly mentions?: readonly string[] | "all";
  /** The same key is sent once to each target, however often it is asked for. */
  readonly key?: string;
}

/** What became of one target. */
export type Result =
  | { readonly to: string; readonly id: string; readonly parts: readonly string[] }
  | { readonly to: string; readonly failed: Failed };

/** A `ChannelError` without its cause. */
export type Failed = Pick<
  ChannelError,
  "code" | "kind" | "message" | "fix" | "outcome" | "verdict" | "channel" | "platform"
>;

export interface Senders {
  readonly bot: Pick<Bot, "send">;
  readonly robots: Robots;
}

const ROBOT = "robot:";

/** A target's failure is its result; only a defect rejects. Targets share a call where the platform lets them. */
export async function sendAll(sending: Sending, senders: Senders, signal: AbortSignal): Promise<readonly Result[]> {
  const { text, kind, mentions } = sending;
  const message: Outbound = { kind, text, ...(mentions === undefined ? {} : { mentions }) };
  return Promise.all(
    sending.to.map(async (to): Promise<Result> => {
      try {
        const { id, parts } = await sendTo(to, { message, key: sending.key, senders, signal });
        return { to, id, parts };
      } catch (error) {
        return { to, failed: failedOf(error) };
      }
    }),
  );
}

interface One {
  readonly message: Outbound;
  readonly key: string | undefined;
  readonly senders: Senders;
  readonly signal: AbortSignal;
}

async function sendTo(
  to: string,
  { message, key, senders, signal }: One,
): Promise<{ readonly id: string; readonly parts: readonly string[] }> {
  if (!to.startsWith(ROBOT)) {
    // One key is one message of an account: each target has its own.
    return senders.bot.send(parseAddress(to), message, {
      signal,
      ...(key === undefined ? {} : { key: `${key}:${to}` }),
    });
  }
  if (key !== undefined) throw noKey(to);
  return senders.robots.robot(to.slice(ROBOT.length)).send(message, { signal });
}

/** True when the target is a group robot, which needs no bot. */
export function isRobot(to: string): boolean {
  return to.startsWith(ROBOT);
}

function failedOf(error: unknown): Failed {
  if (!(error instanceof ChannelError)) throw error;
  const { code, kind, message, fix, outcome, verdict, channel, platform } = error;
  return { code, kind, message, fix, outcome, verdict, channel, platform };
}

function noKey(to: string): Error {
  return configError(`${to} takes no key: a group robot has none, and nothing is remembered of it`, {
    en: "Leave --key out, or send to the group by the app's bot: dingtalk:group:….",
    zh: "请去掉 --key,或改用应用机器人发送到群:dingtalk:group:…。",
  });
}
