/** HTTP mode from the platform's side: signs, posts, and posts again what was not answered with 200. */
import { randomBytes } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Faults } from "../faults.ts";
import { jsonOf } from "../server.ts";
import type { Ack, Push } from "./deliveries.ts";
import { seal, signEvent, signMessage, type SubscriptionSecrets, unseal } from "./sealed.ts";
import type { Bot } from "./tenant.ts";

const REDELIVER_AFTER_MS = 60_000;
const MESSAGE_TOPIC = "/v1.0/im/bot/messages/get";

/** What the console is told about an app in HTTP mode. */
export interface WebhookSettings {
  /** Where the app is called. */
  readonly address: string;
  /** Of its event subscription. */
  readonly events?: SubscriptionSecrets;
  /** Every message goes over the app's connections as well. Default false. */
  readonly twice?: boolean;
}

/** An app in HTTP mode, until disposed. */
export interface SimulatedWebhook extends Disposable {
  /** Posts an encrypted event; resolves with what the answer says, once it is 200. */
  event(payload: unknown): Promise<string>;
  /** Every call and how it was answered, oldest first. `status` 0: not at all. */
  readonly calls: readonly WebhookCall[];
}

export interface WebhookCall {
  readonly kind: "message" | "event";
  readonly status: number;
  readonly body: string;
}

export interface Webhooks {
  open(bot: Bot, settings: WebhookSettings): SimulatedWebhook;
  /** How that push goes out now: to the app's address, over its connections, or both ways. */
  wayOf(bot: Bot, push: Push): "post" | "stream" | "both";
  /** Resolves when it is answered with 200. */
  push(bot: Bot, push: Push): Promise<Ack>;
  /** Everything that is not answered, again; resolves when it is. */
  redeliver(): Promise<void>;
  close(): void;
}

export interface WebhooksParts {
  readonly clock: Clock;
  readonly faults: Faults;
  /** Whether bot messages that were not answered come again. Events always do. */
  readonly redeliversMessages: boolean;
}

interface Target {
  readonly bot: Bot;
  readonly settings: WebhookSettings;
  readonly calls: WebhookCall[];
}

interface Delivery {
  readonly target: Target;
  readonly kind: WebhookCall["kind"];
  readonly payload: unknown;
  readonly done: PromiseWithResolvers<string>;
}

export function createWebhooks({ clock, faults, redeliversMessages }: WebhooksParts): Webhooks {
  const targets = new Map<string, Target>();
  const unanswered = new Set<Delivery>();
  const closing = new AbortController();

  const post = async (delivery: Delivery): Promise<void> => {
    const { target, kind, payload, done } = delivery;
    const at = target.calls.push({ kind, status: 0, body: "" }) - 1;
    const request = kind === "event" ? eventRequest(target, payload, clock) : messageRequest(target, payload, clock);
    const response = await fetch(request, { signal: closing.signal });
    const body = await response.text();
    target.calls[at] = { kind, status: response.status, body };
    if (response.status !== 200) return;
    const answer = kind === "event" ? openAnswer(target, body) : body;
    unanswered.delete(delivery);
    done.resolve(answer);
  };
  /** What gets no answer is repeated; an answer that cannot be read is the sender's failure. */
  const tryOnce = async (delivery: Delivery): Promise<void> => {
    try {
      await post(delivery);
    } catch (error) {
      if (error instanceof TypeError || closing.signal.aborted) return; // what fetch throws: no answer
      unanswered.delete(delivery);
      delivery.done.reject(error);
    }
  };
  const keepTrying = async (delivery: Delivery): Promise<void> => {
    const times = faults.find("duplicate") === undefined ? 1 : 2;
    await Promise.all(Array.from({ length: times }, () => tryOnce(delivery)));
    while (unanswered.has(delivery) && (delivery.kind === "event" || redeliversMessages)) {
      await clock.sleep(REDELIVER_AFTER_MS, closing.signal);
      if (unanswered.has(delivery)) await tryOnce(delivery);
    }
  };
  const deliver = (target: Target, kind: Delivery["kind"], payload: unknown): Promise<string> => {
    const delivery: Delivery = { target, kind, payload, done: Promise.withResolvers<string>() };
    unanswered.add(delivery);
    keepTrying(delivery).catch(() => "the simulator is closed");
    return delivery.done.promise;
  };

  return {
    open(bot, settings) {
      const target: Target = { bot, settings, calls: [] };
      targets.set(bot.appKey, target);
      return {
        event: (payload) => deliver(target, "event", payload),
        calls: target.calls,
        [Symbol.dispose]() {
          if (targets.get(bot.appKey) === target) targets.delete(bot.appKey);
        },
      };
    },
    wayOf(bot, { topic }) {
      const target = topic === MESSAGE_TOPIC ? targets.get(bot.appKey) : undefined;
      if (target === undefined) return "stream";
      return target.settings.twice === true ? "both" : "post";
    },
    async push(bot, { data }) {
      const target = targets.get(bot.appKey);
      if (target === undefined) throw new Error(`the app ${bot.appKey} is not in HTTP mode`);
      return { code: 200, headers: {}, data: await deliver(target, "message", data) };
    },
    async redeliver() {
      const waiting = [...unanswered];
      for (const delivery of waiting) void tryOnce(delivery);
      await Promise.all(waiting.map(({ done }) => done.promise));
    },
    close: () => closing.abort(new Error("the simulator is closed")),
  };
}

const JSON_BODY = { "content-type": "application/json; charset=utf-8" };

function messageRequest({ bot, settings }: Target, payload: unknown, clock: Clock): Request {
  const timestamp = String(clock.now());
  const headers = { ...JSON_BODY, timestamp, sign: signMessage(bot.appSecret, timestamp) };
  return new Request(settings.address, { method: "POST", headers, body: JSON.stringify(payload) });
}

function eventRequest({ bot, settings: { address, events } }: Target, payload: unknown, clock: Clock): Request {
  if (events === undefined) throw new Error("the event subscription has no token and aesKey");
  const timestamp = String(clock.now());
  const nonce = randomBytes(6).toString("hex");
  const encrypt = seal(events.aesKey, bot.appKey, JSON.stringify(payload));
  const url = new URL(address);
  url.searchParams.set("signature", signEvent(events.token, timestamp, nonce, encrypt));
  url.searchParams.set("timestamp", timestamp);
  url.searchParams.set("nonce", nonce);
  return new Request(url, { method: "POST", headers: JSON_BODY, body: JSON.stringify({ encrypt }) });
}

/** Throws when the answer is not signed and sealed as it must be. */
function openAnswer({ bot, settings: { events } }: Target, body: string): string {
  const { token = "", aesKey = "" } = events ?? {};
  const answer = (jsonOf(Buffer.from(body)) ?? {}) as Readonly<Record<string, unknown>>;
  const { msg_signature: signature, timeStamp, nonce, encrypt } = answer;
  const expected = Buffer.from(signEvent(token, String(timeStamp), String(nonce), String(encrypt)));
  if (!expected.equals(Buffer.from(String(signature))))
    throw new Error(`the answer to an event is not signed as it must be: ${body}`);
  return unseal(aesKey, bot.appKey, String(encrypt));
}
