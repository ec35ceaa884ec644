/** Callbacks by HTTP: sealed, signed, posted, posted again up to three times when they are not answered with 200. */
import { randomInt } from "node:crypto";
import type { Clock } from "@openclaw-china/core";
import type { Faults } from "../faults.ts";
import { jsonOf } from "../server.ts";
import { asJson, type Json } from "./json.ts";
import { openMessage, sealMessage, sign } from "./sealed.ts";
import { readXml, writeXml } from "./xml.ts";

/** What the console keeps for a callback. */
export interface CallbackKeys {
  readonly token: string;
  /** 43 characters. */
  readonly encodingAesKey: string;
  /** The corporation; empty for a bot of one's own corporation. */
  readonly receiveId: string;
}

/** Where callbacks go. */
export interface Target {
  readonly address: string;
  readonly keys: CallbackKeys;
  readonly format: "json" | "xml";
  /** In the envelope of XML. */
  readonly agentId?: number;
  readonly calls: CallbackCall[];
}

/** A call and how it was answered. */
export interface CallbackCall {
  readonly kind: "message" | "event" | "refresh" | "verification";
  /** 0: not at all. */
  readonly status: number;
  /** As it came. */
  readonly body: string;
  /** What was sealed in it, opened; undefined when there was nothing. */
  readonly reply: Json | undefined;
  /** What was wrong with the answer. */
  readonly fault: string | undefined;
}

export interface Post {
  readonly target: Target;
  readonly kind: CallbackCall["kind"];
  /** JSON or XML, as it is sealed. */
  readonly plain: string;
}

export interface Posts {
  /** Resolves when it is answered with 200, or given up: undefined. */
  send(post: Post): Promise<CallbackCall | undefined>;
  /** Once, whatever comes of it. */
  once(post: Post): Promise<CallbackCall>;
  /** What the console does when it saves an address. True: the answer was right. */
  verify(target: Target): Promise<boolean>;
  /** What is not answered goes out again now; resolves when that is over. */
  redeliver(): Promise<void>;
  close(): void;
}

const ANSWER_WITHIN_MS = 5_000;
const VERIFY_WITHIN_MS = 1_000;
const RETRIES = 3;

export function createPosts({ clock, faults }: { readonly clock: Clock; readonly faults: Faults }): Posts {
  const unanswered = new Set<() => Promise<void>>();
  const closing = new AbortController();

  const call = async (
    request: Request,
    withinMs: number,
  ): Promise<{ readonly status: number; readonly body: string }> => {
    const over = new AbortController();
    const stop = AbortSignal.any([over.signal, closing.signal]);
    const late = clock.sleep(withinMs, stop).then(
      () => over.abort(new Error("no answer in time")),
      () => "it is over",
    );
    try {
      const response = await fetch(request, { signal: stop });
      return { status: response.status, body: await response.text() };
    } catch {
      return { status: 0, body: "" }; // no answer, or a late one: that is what a status of 0 says
    } finally {
      over.abort(new Error("answered"));
      await late;
    }
  };
  const once = async (post: Post): Promise<CallbackCall> => {
    const { target, kind } = post;
    const nonce = newNonce();
    const at = target.calls.push({ kind, status: 0, body: "", reply: undefined, fault: undefined }) - 1;
    const { status, body } = await call(requestOf(post, nonce, clock.now()), ANSWER_WITHIN_MS);
    const opened = status === 200 ? open(target, body, nonce) : { reply: undefined, fault: undefined };
    const record = { kind, status, body, ...opened };
    target.calls[at] = record;
    return record;
  };

  return {
    once,
    async send(post) {
      const times = faults.find("duplicate") === undefined ? 1 : 2;
      const answers = await Promise.all(Array.from({ length: times }, () => once(post)));
      let good = answers.find(({ status }) => status === 200);
      for (let n = 0; n < RETRIES && good === undefined && !closing.signal.aborted; n += 1) {
        const sooner = new AbortController();
        const tried = Promise.withResolvers<void>();
        const again = (): Promise<void> => {
          sooner.abort(new Error("now"));
          return tried.promise;
        };
        unanswered.add(again);
        await clock.sleep(ANSWER_WITHIN_MS, AbortSignal.any([sooner.signal, closing.signal])).catch(() => "now");
        unanswered.delete(again);
        const answer = await once(post);
        if (answer.status === 200) good = answer;
        tried.resolve();
      }
      return good;
    },
    async verify(target) {
      const plain = String(randomInt(2 ** 47)) + String(randomInt(2 ** 20));
      const { keys, address, calls } = target;
      const echostr = sealMessage(keys.encodingAesKey, keys.receiveId, plain);
      const url = signedUrl({ address, keys, encrypt: echostr, nonce: newNonce(), now: clock.now() });
      url.searchParams.set("echostr", echostr);
      const { status, body } = await call(new Request(url), VERIFY_WITHIN_MS);
      const isRight = status === 200 && body === plain;
      const fault = isRight ? undefined : "the answer is not the text that was sealed";
      calls.push({ kind: "verification", status, body, reply: undefined, fault });
      return isRight;
    },
    async redeliver() {
      await Promise.all([...unanswered].map((again) => again()));
    },
    close: () => closing.abort(new Error("the simulator is closed")),
  };
}

function newNonce(): string {
  return String(randomInt(1_000_000_000, 2_000_000_000));
}

function requestOf({ target, plain }: Post, nonce: string, now: number): Request {
  const { address, keys, format, agentId } = target;
  const encrypt = sealMessage(keys.encodingAesKey, keys.receiveId, plain);
  const url = signedUrl({ address, keys, encrypt, nonce, now });
  const agent = agentId === undefined ? {} : { AgentID: String(agentId) };
  const body =
    format === "json"
      ? JSON.stringify({ encrypt })
      : writeXml({ ToUserName: keys.receiveId, ...agent, Encrypt: encrypt });
  const headers = { "content-type": format === "json" ? "application/json; charset=utf-8" : "text/xml" };
  return new Request(url, { method: "POST", headers, body });
}

interface Signed {
  readonly address: string;
  readonly keys: CallbackKeys;
  readonly encrypt: string;
  readonly nonce: string;
  readonly now: number;
}

function signedUrl({ address, keys, encrypt, nonce, now }: Signed): URL {
  const timestamp = String(Math.floor(now / 1_000));
  const url = new URL(address);
  url.searchParams.set("msg_signature", sign(keys.token, timestamp, nonce, encrypt));
  url.searchParams.set("timestamp", timestamp);
  url.searchParams.set("nonce", nonce);
  return url;
}

/** An empty body says nothing; everything else must be signed and sealed. The nonce of a bot's reply is the callback's. */
function open(target: Target, body: string, nonce: string): Pick<CallbackCall, "reply" | "fault"> {
  if (body === "" || (target.format === "xml" && body === "success")) return { reply: undefined, fault: undefined };
  const sealed = target.format === "json" ? jsonEnvelope(body) : xmlEnvelope(body);
  const { token, encodingAesKey, receiveId } = target.keys;
  if (sealed === undefined) return { reply: undefined, fault: `no envelope: ${body.slice(0, 200)}` };
  if (target.format === "json" && sealed.nonce !== nonce) return { reply: undefined, fault: "another nonce" };
  const expected = Buffer.from(sign(token, sealed.timestamp, sealed.nonce, sealed.encrypt));
  if (!expected.equals(Buffer.from(sealed.signature))) return { reply: undefined, fault: "wrong signature" };
  const plain = openMessage(encodingAesKey, receiveId, sealed.encrypt);
  const reply = target.format === "json" ? jsonOf(Buffer.from(plain)) : readXml(plain);
  return reply === undefined ? { reply, fault: `unreadable: ${plain}` } : { reply: asJson(reply), fault: undefined };
}

interface Envelope {
  readonly encrypt: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly nonce: string;
}

function jsonEnvelope(body: string): Envelope | undefined {
  const { encrypt, msgsignature, timestamp, nonce } = asJson(jsonOf(Buffer.from(body)));
  if (typeof encrypt !== "string" || typeof timestamp !== "number") return undefined;
  return { encrypt, signature: String(msgsignature), timestamp: String(timestamp), nonce: String(nonce) };
}

function xmlEnvelope(body: string): Envelope | undefined {
  const { Encrypt: encrypt, MsgSignature, TimeStamp, Nonce } = readXml(body) ?? {};
  if (typeof encrypt !== "string") return undefined;
  return { encrypt, signature: String(MsgSignature), timestamp: String(TimeStamp), nonce: String(Nonce) };
}
