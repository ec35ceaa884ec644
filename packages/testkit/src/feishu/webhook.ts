/** Webhook mode from the platform's side: encrypts, signs, posts, and posts again what was not answered with 200. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Faults } from "../faults.ts";
import { jsonOf } from "../server.ts";
import { type Ack, type Push, REDELIVER_AFTER_MS } from "./deliveries.ts";
import { asJson, type Json } from "./json.ts";
import { seal, signed } from "./sealed.ts";
import type { Bot } from "./tenant.ts";

/** What the console is told about an app in webhook mode. */
export interface FeishuWebhookSettings {
  /** Request URL of events, and of callbacks unless they have their own. */
  readonly address: string;
  readonly callbackAddress?: string;
  /** Events are encrypted and signed. */
  readonly encryptKey?: string;
  readonly verificationToken?: string;
  /** Everything goes over the app's connections as well. Default false. */
  readonly twice?: boolean;
}

/** An app in webhook mode, until disposed. */
export interface FeishuWebhook extends Disposable {
  /** As the console does when the address is saved: true when it may be saved. */
  verify(): Promise<boolean>;
  /** Posts any payload, encrypted and signed as the settings say; resolves once it is answered with 200. */
  event(payload: object): Promise<unknown>;
  /** Posts an old callback of a card, which is signed with the Verification Token. */
  oldCallback(payload: object): Promise<FeishuWebhookCall>;
  /** Every call and how it was answered, oldest first. `status` 0: not at all. */
  readonly calls: readonly FeishuWebhookCall[];
}

export interface FeishuWebhookCall {
  readonly kind: "event" | "callback" | "challenge";
  readonly status: number;
  readonly body: string;
  /** By the platform's clock: 3,000 are the limit, of a challenge 1,000. */
  readonly tookMs: number;
}

export interface Webhooks {
  open(bot: Bot, settings: FeishuWebhookSettings): FeishuWebhook;
  /** How a push goes out now: to the app's address, over its connections, or both ways. */
  wayOf(bot: Bot): "post" | "stream" | "both";
  /** Resolves when it is answered with 200. */
  push(bot: Bot, push: Push): Promise<Ack>;
  /** The token in the events of an app. */
  tokenOf(bot: Bot): string;
  /** Everything that is not answered, again; resolves when it is. */
  redeliver(): Promise<void>;
  close(): void;
}

interface Target {
  readonly bot: Bot;
  readonly settings: FeishuWebhookSettings;
  readonly calls: FeishuWebhookCall[];
}

interface Delivery {
  readonly target: Target;
  readonly kind: "event" | "callback";
  readonly body: string;
  readonly done: PromiseWithResolvers<unknown>;
}

export function createWebhooks({ clock, faults }: { readonly clock: Clock; readonly faults: Faults }): Webhooks {
  const targets = new Map<string, Target>();
  const unanswered = new Set<Delivery>();
  const closing = new AbortController();

  const post = async (
    target: Target,
    kind: FeishuWebhookCall["kind"],
    request: Request,
  ): Promise<FeishuWebhookCall> => {
    const since = clock.now();
    const at = target.calls.push({ kind, status: 0, body: "", tookMs: 0 }) - 1;
    const response = await fetch(request, { signal: closing.signal });
    const body = await response.text();
    const call = { kind, status: response.status, body, tookMs: clock.now() - since };
    target.calls[at] = call;
    return call;
  };
  const tryOnce = async (delivery: Delivery): Promise<void> => {
    const { target, kind, body, done } = delivery;
    try {
      const answer = await post(target, kind, requestOf(target, { kind, body, nowMs: clock.now() }));
      if (answer.status !== 200 && kind === "event") return; // it comes again
      unanswered.delete(delivery);
      done.resolve(answer.status === 200 ? jsonOf(Buffer.from(answer.body)) : undefined);
    } catch (error) {
      if (error instanceof TypeError || closing.signal.aborted) return; // what fetch throws: no answer
      unanswered.delete(delivery);
      done.reject(error);
    }
  };
  const keepTrying = async (delivery: Delivery): Promise<void> => {
    const times = faults.find("duplicate") === undefined || delivery.kind === "callback" ? 1 : 2;
    await Promise.all(Array.from({ length: times }, () => tryOnce(delivery)));
    if (delivery.kind === "callback") return;
    for (const ms of REDELIVER_AFTER_MS) {
      if (!unanswered.has(delivery)) return;
      await clock.sleep(ms, closing.signal);
      if (unanswered.has(delivery)) await tryOnce(delivery);
    }
  };
  const deliver = (target: Target, kind: Delivery["kind"], body: string): Promise<unknown> => {
    const delivery: Delivery = { target, kind, body, done: Promise.withResolvers<unknown>() };
    unanswered.add(delivery);
    keepTrying(delivery).catch(() => "the simulator is closed");
    return delivery.done.promise;
  };
  const verify = async (target: Target): Promise<boolean> => {
    const challenge = randomUUID();
    const { verificationToken: token = "" } = target.settings;
    const body = JSON.stringify({ challenge, token, type: "url_verification" });
    // It carries no signature, even with an Encrypt Key.
    const request = requestOf(target, { kind: "challenge", body, nowMs: clock.now() });
    const answer = await post(target, "challenge", request);
    return answer.status === 200 && asJson(jsonOf(Buffer.from(answer.body)))["challenge"] === challenge;
  };
  const oldCallback = (target: Target, payload: object): Promise<FeishuWebhookCall> => {
    const { address, callbackAddress = address, verificationToken: secret = "" } = target.settings;
    const body = JSON.stringify(payload);
    const headers = { ...JSON_BODY, ...signed(body, { algorithm: "sha1", secret, nowMs: clock.now() }) };
    return post(target, "callback", new Request(callbackAddress, { method: "POST", headers, body }));
  };

  return {
    open(bot, settings) {
      const target: Target = { bot, settings, calls: [] };
      targets.set(bot.appId, target);
      return {
        calls: target.calls,
        verify: () => verify(target),
        event: (payload) => deliver(target, "event", JSON.stringify(payload)),
        oldCallback: (payload) => oldCallback(target, payload),
        [Symbol.dispose]() {
          if (targets.get(bot.appId) === target) targets.delete(bot.appId);
        },
      };
    },
    wayOf({ appId }) {
      const target = targets.get(appId);
      if (target === undefined) return "stream";
      return target.settings.twice === true ? "both" : "post";
    },
    async push(bot, { payload, isCallback = false }) {
      const target = targets.get(bot.appId);
      if (target === undefined) throw new Error(`the app ${bot.appId} is not in webhook mode`);
      const data = await deliver(target, isCallback ? "callback" : "event", payload.toString());
      return { code: data === undefined && isCallback ? 500 : 200, data };
    },
    tokenOf: ({ appId }) => targets.get(appId)?.settings.verificationToken ?? "",
    async redeliver() {
      const waiting = [...unanswered].filter(({ kind }) => kind === "event");
      for (const delivery of waiting) void tryOnce(delivery);
      await Promise.all(waiting.map(({ done }) => done.promise));
    },
    close: () => closing.abort(new Error("the simulator is closed")),
  };
}

const JSON_BODY = { "content-type": "application/json; charset=utf-8" };

function requestOf(
  { settings }: Target,
  {
    kind,
    body: plain,
    nowMs,
  }: { readonly kind: FeishuWebhookCall["kind"]; readonly body: string; readonly nowMs: number },
): Request {
  const { address, callbackAddress = address, encryptKey } = settings;
  const sealed: Json | undefined = encryptKey === undefined ? undefined : { encrypt: seal(encryptKey, plain) };
  const body = sealed === undefined ? plain : JSON.stringify(sealed);
  const isSigned = encryptKey !== undefined && kind !== "challenge";
  const signature = isSigned ? signed(body, { algorithm: "sha256", secret: encryptKey, nowMs }) : {};
  const url = kind === "callback" ? callbackAddress : address;
  return new Request(url, { method: "POST", headers: { ...JSON_BODY, ...signature }, body });
}
