/**
 * Messages that go out in one call. A reply takes the session webhook while that is valid (costs nothing, reaches external
 * people), and the robot interface otherwise, or after a definite refusal. Sends of one tick to several people share a call.
 */
import {
  type Address,
  ChannelError,
  type Clock,
  type DeliveryOptions,
  type Outbound,
  type Sent,
} from "@openclaw-china/core";
import { checkAddress, unsupportedError } from "@openclaw-china/core/internal";
import { type RobotMessage, sendBySession, sendToGroup, sendToUsers } from "../api/messages.ts";
import type { Client } from "../api/client.ts";
import { isBlocked } from "../api/judge.ts";
import { dingtalkError } from "../errors.ts";
import type { ReplyTo } from "../inbound/normalise.ts";
import { escapeMentions, isPlainText, robotMarkdown, titleOf, withMentions } from "./render.ts";

/** A session webhook is used while it is valid for this much longer. */
const SESSION_MARGIN_MS = 60_000;
const SESSION_MAX_BYTES = 20_000;
const PARAM_MAX_BYTES = 15_000;
const BATCH_USERS = 20;
const MOBILE = /^(\+\d{1,4}-?)?1[3-9]\d{9}$/;

export interface SendDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly account: string;
  readonly robotCode: string;
  /** For quotes: the message's processQueryKey. */
  readonly onSent: (processQueryKey: string, text: string) => void;
}

type Textual = Extract<Outbound, { kind: "text" | "markdown" }>;

/** A body of the robot interface, and what people see of it. */
export interface RobotBody extends Pick<RobotMessage, "msgKey" | "msgParam"> {
  readonly shown: string;
}

/** The routes of messages that go out in one call. */
export interface Sender {
  /** Texts, by the better route. Throws `unsupported` for all else. */
  send(to: Address, message: Outbound, options: DeliveryOptions): Promise<Sent>;
  robot(to: Address, body: RobotBody, options: DeliveryOptions): Promise<Sent>;
  /** False: a person outside the organisation, whom only the session webhook reaches. */
  reaches(to: Address, options: DeliveryOptions): boolean;
  /** An uploaded picture through the session webhook. Throws `reply_expired` when that is over. */
  picture(mediaId: string, name: string, options: DeliveryOptions): Promise<Sent>;
}

export function createSend(deps: SendDeps): Sender {
  const { client, clock, account, robotCode } = deps;
  const batches = createUserBatches(deps);

  const evidence = (id: string, handle?: unknown): Sent => ({
    channel: "dingtalk",
    account,
    id,
    ...(handle === undefined ? {} : { handle }),
    sentAt: clock.now(),
    parts: [],
  });

  const bySession = async (url: string, message: Textual, options: DeliveryOptions): Promise<Sent> => {
    const body = sessionBody(message);
    if (Buffer.byteLength(JSON.stringify(body)) > SESSION_MAX_BYTES) throw tooLarge(SESSION_MAX_BYTES);
    await sendBySession(client, url, body, options.signal);
    return evidence(options.key); // the platform gives no id for these
  };

  const robot = async (to: Address, body: RobotBody, options: DeliveryOptions): Promise<Sent> => {
    const { shown, ...given } = body;
    const message = { robotCode: replyOf(options)?.robotCode ?? robotCode, ...given };
    if (Buffer.byteLength(JSON.stringify(message.msgParam)) > PARAM_MAX_BYTES) throw tooLarge(PARAM_MAX_BYTES);
    if (to.kind === "group") {
      const key = await sendToGroup(client, { ...message, openConversationId: to.id }, options.signal);
      deps.onSent(key, shown);
      return evidence(key, { robotCode: message.robotCode, group: to.id });
    }
    if (to.id.startsWith("$:")) throw unknownPerson(to.id); // an encrypted id, which no sending interface takes
    const key = await batches.send(to.id, message, options.signal);
    deps.onSent(key, shown);
    return evidence(key, { robotCode: message.robotCode, user: to.id });
  };

  const reaches = (to: Address, options: DeliveryOptions): boolean => {
    const reply = replyOf(options);
    return to.kind === "group" || reply === undefined || reply.staffId !== undefined;
  };

  return {
    robot,
    reaches,
    async picture(mediaId, name, options) {
      const session = sessionOf(replyOf(options), client, clock.now());
      if (session === undefined) throw unreachablePerson();
      const title = name.replaceAll(/[[\]()]/g, " ");
      const body = { msgtype: "markdown", markdown: { title, text: `![${title}](${mediaId})` } };
      await sendBySession(client, session, body, options.signal);
      return evidence(options.key);
    },
    async send(to, message, options) {
      if (message.kind !== "text" && message.kind !== "markdown") {
        throw unsupportedError("dingtalk", `send a ${message.kind} as a text`);
      }
      const session = sessionOf(replyOf(options), client, clock.now());
      if (session === undefined) {
        if (!reaches(to, options)) throw unreachablePerson();
        return robot(to, robotBody(message), options);
      }
      try {
        return await bySession(session, message, options);
      } catch (error) {
        if (!reaches(to, options) || !mayTryRobot(error)) throw error;
        return robot(to, robotBody(message), options);
      }
    },
  };
}

function replyOf({ replyTo }: DeliveryOptions): ReplyTo | undefined {
  return replyTo as ReplyTo | undefined;
}

/** Only after a definite no that is not about the content, or when nothing was sent. */
function mayTryRobot(error: unknown): boolean {
  if (!(error instanceof ChannelError) || error.code === "aborted" || error.outcome === "unknown") return false;
  return error.code !== "content_rejected" && error.code !== "too_large" && !isBlocked(error);
}

function sessionOf(reply: ReplyTo | undefined, client: Client, nowMs: number): string | undefined {
  if (reply?.session === undefined || reply.session.expiresAt - SESSION_MARGIN_MS <= nowMs) return undefined;
  try {
    const url = checkAddress(reply.session.url, { origins: [client.endpoints.oapi] });
    return url.pathname === "/robot/sendBySession" ? url.href : undefined;
  } catch (error) {
    if (error instanceof ChannelError) return undefined; // forged or foreign: the robot interface answers instead
    throw error;
  }
}

/** The body of a session webhook, and of a group's custom robot. */
export function sessionBody(message: Textual): object {
  const text = withMentions(message.text, message.mentions);
  const at = atOf(message.mentions);
  if (message.kind === "text" || isPlainText(message.text)) return { msgtype: "text", text: { content: text }, ...at };
  return { msgtype: "markdown", markdown: { title: titleOf(message.text), text: robotMarkdown(text) }, ...at };
}

/** People are named by user id or mobile number. */
export function atOf(mentions: Textual["mentions"]): object {
  if (mentions === undefined) return {};
  if (mentions === "all") return { at: { isAtAll: true } };
  const bots = mentions.filter((id) => id.startsWith("$:"));
  const mobiles = mentions.filter((id) => MOBILE.test(id));
  const people = mentions.filter((id) => !id.startsWith("$:") && !mobiles.includes(id));
  return {
    at: {
      ...(mobiles.length === 0 ? {} : { atMobiles: mobiles }),
      ...(people.length === 0 ? {} : { atUserIds: people }),
      ...(bots.length === 0 ? {} : { atDingtalkIds: bots }),
      isAtAll: false,
    },
  };
}

/** There is no `at` on this route: names are shown, nobody is notified. */
function robotBody(message: Textual): RobotBody {
  const names = Array.isArray(message.mentions) ? message.mentions : [];
  const text = names.length === 0 ? escapeMentions(message.text) : withMentions(message.text, names);
  const shown = message.text;
  if (message.kind === "text" || isPlainText(message.text))
    return { msgKey: "sampleText", msgParam: { content: text }, shown };
  return { msgKey: "sampleMarkdown", msgParam: { title: titleOf(message.text), text: robotMarkdown(text) }, shown };
}

interface Waiting {
  readonly userId: string;
  readonly signal: AbortSignal;
  readonly resolve: (processQueryKey: string) => void;
  readonly reject: (error: unknown) => void;
}

interface Batch {
  readonly message: RobotMessage;
  readonly people: Waiting[];
}

/** Equal messages of one tick to several people: one call for up to 20, each person's own result. */
function createUserBatches({ client }: Pick<SendDeps, "client">): {
  send(userId: string, message: RobotMessage, signal: AbortSignal): Promise<string>;
} {
  const waiting = new Map<string, Batch>();

  const flush = async (key: string): Promise<void> => {
    const batch = waiting.get(key);
    waiting.delete(key);
    for (let at = 0; batch !== undefined && at < batch.people.length; at += BATCH_USERS) {
      await sendBatch(batch.message, batch.people.slice(at, at + BATCH_USERS));
    }
  };

  const sendBatch = async (message: RobotMessage, people: readonly Waiting[]): Promise<void> => {
    const [first] = people;
    if (first === undefined) return;
    const signal = whenAllAbort(people.map((person) => person.signal));
    try {
      const userIds = people.map(({ userId }) => userId);
      const result = await sendToUsers(client, { ...message, userIds }, signal);
      for (const person of people) {
        if (result.invalid.includes(person.userId)) person.reject(unknownPerson(person.userId));
        else if (result.throttled.includes(person.userId)) person.reject(throttledPerson(person.userId));
        else person.resolve(result.processQueryKey);
      }
    } catch (error) {
      // One id the platform dislikes makes it refuse all: then each gets a call, and a result, of its own.
      const blamesPeople = error instanceof ChannelError && error.code === "target_unknown" && people.length > 1;
      if (blamesPeople) for (const person of people) await sendBatch(message, [person]);
      else for (const person of people) person.reject(error);
    }
  };

  /** A person is in a batch once: the same text sent twice is two messages. */
  const batchFor = (message: RobotMessage, userId: string): Batch => {
    for (let n = 0; ; n += 1) {
      const key = `${n} ${JSON.stringify(message)}`;
      const known = waiting.get(key);
      if (known?.people.some((person) => person.userId === userId) === true) continue;
      if (known !== undefined) return known;
      const batch = { message, people: [] };
      waiting.set(key, batch);
      setImmediate(() => void flush(key));
      return batch;
    }
  };

  return {
    send: (userId, message, signal) =>
      new Promise((resolve, reject) => {
        batchFor(message, userId).people.push({ userId, signal, resolve, reject });
      }),
  };
}

/** A call that several share ends only when none of them wants it any more. */
function whenAllAbort(signals: readonly AbortSignal[]): AbortSignal {
  const [only] = signals;
  if (signals.length === 1 && only !== undefined) return only;
  const all = new AbortController();
  let left = signals.length;
  const one = (): void => {
    left -= 1;
    if (left <= 0) all.abort(signals[0]?.reason);
  };
  for (const signal of signals) {
    if (signal.aborted) one();
    else signal.addEventListener("abort", one, { once: true });
  }
  return all.signal;
}

function tooLarge(maxBytes: number): Error {
  return dingtalkError("large", {
    message: `the message has more than ${maxBytes} bytes`,
    outcome: "not_sent",
    fix: { en: "Send it in parts.", zh: "请分段发送。" },
  });
}

function unreachablePerson(): Error {
  return dingtalkError("expired", {
    message: "the person is outside the organisation, and the session webhook of the message has expired",
    outcome: "not_sent",
    fix: {
      en: "Answer external people within 90 minutes; DingTalk offers no other way to them.",
      zh: "外部联系人只能在 90 分钟内通过会话 Webhook 回复。",
    },
  });
}

function unknownPerson(userId: string): Error {
  return dingtalkError("recipient", {
    message: `${userId} is no member of the organisation whom the app may see`,
    fix: {
      en: "Use the userId (staffId) of a member, and check the app's visible range.",
      zh: "请使用成员的 userId(staffId),并检查应用可见范围。",
    },
  });
}

function throttledPerson(userId: string): Error {
  return dingtalkError("throttled", {
    message: `DingTalk holds messages to ${userId} back for now (per-user flow control)`,
    outcome: "refused",
    verdict: { kind: "retryLater", afterMs: 5_000 },
    fix: { en: "It is repeated later.", zh: "稍后会自动重试。" },
  });
}
