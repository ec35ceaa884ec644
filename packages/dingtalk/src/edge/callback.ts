/**
 * Webhook Mode: the platform's calls in, its answers out. Bot messages are signed in their headers, encrypted events in their
 * query; whatever claims to be one is judged by the rules of that one alone. Checked before it is read, read no further than
 * the limit, and answered with success only when it is safe.
 */
import type { Clock, Listener, Logger, Sink } from "@openclaw-china/core";
import {
  createReplayGuard,
  equal,
  jsonBody,
  listenWebhook,
  refuse,
  type ReplayGuard,
  sha256Hex,
  success,
  type WebhookDesk,
} from "@openclaw-china/core/internal";
import { normaliseCallbackEvent, normaliseMessage, type Self } from "../inbound/normalise.ts";
import { checkSignature, SIGNATURE_WINDOW_MS } from "../signature.ts";
import { parseCallbackEvent, parseSealed } from "../wire/callback.ts";
import { parseJson } from "../wire/envelope.ts";
import type { SealedEvents } from "./sealed.ts";

export interface CallbackOptions {
  readonly self: Self;
  readonly appSecret: string;
  /** What legacy outgoing robots send in a header. Undefined: those are refused. */
  readonly token: string | undefined;
  /** Undefined: encrypted events are refused. */
  readonly events: SealedEvents | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sink: Sink;
  readonly signal: AbortSignal;
}

interface Desk extends Omit<CallbackOptions, "sink" | "signal">, WebhookDesk<keyof typeof COMPLAINTS> {
  readonly guard: ReplayGuard;
}

/**
 * Events may be this old: how long the platform repeats one under its first time is not documented, and what comes twice
 * within 48 h is a duplicate by its content.
 */
const EVENT_WINDOW_MS = 86_400_000;

const COMPLAINTS = {
  unsigned: "a call to the webhook is refused: it is not signed (DingTalk signs all; a legacy robot needs `token`)",
  wrong: "a call to the webhook is refused: its signature is not made with this app's secret",
  stale: "a call to the webhook is refused: its time is too far from now; look at this machine's clock (NTP)",
  replayed: "a call to the webhook is refused: one signature has come with too many different messages",
  no_secrets: "an encrypted event is refused: `token` and `aes_key` of the event subscription are not set",
  wrong_event: "an encrypted event is refused: its signature is not made with `token`",
  unreadable: "an encrypted event is refused: `aes_key` or `app_key` is not that of the event subscription",
} as const;

export function listenCallbacks(options: CallbackOptions): Listener & Required<Pick<Listener, "webhook">> {
  const { self, clock, log, sink, signal } = options;
  const guard = createReplayGuard({ clock, windowMs: SIGNATURE_WINDOW_MS });
  return listenWebhook({
    account: self.account,
    clock,
    log,
    sink,
    signal,
    complaints: COMPLAINTS,
    answer: (request, desk) => answer({ ...options, ...desk, guard }, request),
  });
}

async function answer(desk: Desk, request: Request): Promise<Response> {
  if (request.method !== "POST") return refuse(405);
  const query = new URL(request.url).searchParams;
  const signature = query.get("signature") ?? query.get("msg_signature");
  return signature === null ? answerMessage(desk, request) : answerEvent(desk, request, { query, signature });
}

async function answerMessage(desk: Desk, request: Request): Promise<Response> {
  const { headers } = request;
  const timestamp = headers.get("timestamp");
  const check = checkSignature(
    { timestamp, sign: headers.get("sign") },
    { appSecret: desk.appSecret, nowMs: desk.clock.now() },
  );
  if (check !== "valid" && !hasToken(desk, headers)) {
    desk.complain(UNSIGNED[check]);
    return refuse(401);
  }
  desk.noteCall();
  const body = await jsonBody(request);
  if (body instanceof Response) return body;
  const inbound = normaliseMessage(body.json, desk.self);
  if (inbound === undefined) return refuse(400);
  if (check === "valid" && !desk.guard.admits(timestamp ?? "", inbound.id)) {
    desk.complain("replayed");
    return refuse(401);
  }
  return (await desk.sink.offer(inbound)) === "busy" ? refuse(503) : success("{}");
}

const UNSIGNED = { valid: "wrong", absent: "unsigned", wrong: "wrong", outside_window: "stale" } as const;

/** Only where nothing claims to be signed: a signature that is wrong is not made good by a token. */
function hasToken({ token }: Desk, headers: Headers): boolean {
  const given = headers.get("token");
  const claims = headers.has("timestamp") || headers.has("sign");
  return token !== undefined && !claims && given !== null && equal(given, token);
}

interface EventCall {
  readonly query: URLSearchParams;
  readonly signature: string;
}

/** The console tests an address before it saves it. Third-party apps must give back what they were sent. */
const SUITE_CHECKS: ReadonlySet<string> = new Set(["check_create_suite_url", "check_update_suite_url"]);

async function answerEvent(desk: Desk, request: Request, { query, signature }: EventCall): Promise<Response> {
  const { events, clock, self, complain } = desk;
  const timestamp = query.get("timestamp") ?? query.get("timeStamp") ?? "";
  const nonce = query.get("nonce") ?? "";
  const refused = whyNot(desk, timestamp);
  if (refused !== undefined || events === undefined) {
    complain(refused ?? "no_secrets");
    return refuse(401);
  }
  const body = await jsonBody(request);
  if (body instanceof Response) return body;
  const encrypt = parseSealed(body.json);
  if (encrypt === undefined) return refuse(400);
  const opened = events.open({ signature, timestamp, nonce, encrypt });
  if (typeof opened === "string") {
    complain(opened === "wrong" ? "wrong_event" : "unreadable");
    return refuse(opened === "wrong" ? 401 : 400);
  }
  desk.noteCall();
  const payload = parseJson(opened.text);
  const event = parseCallbackEvent(payload);
  if (event === undefined) return refuse(400);
  const reply = (text: string): Response => success(events.answer(text, { timestamp: String(clock.now()), nonce }));
  if (event.type === "check_url") return reply("success");
  if (SUITE_CHECKS.has(event.type)) return reply(event.random ?? "success");
  const key = event.eventId ?? `event:${sha256Hex(opened.text)}`;
  const inbound = normaliseCallbackEvent({ payload, type: event.type, key, sentAt: Number(timestamp) }, self);
  return (await desk.sink.offer(inbound)) === "busy" ? refuse(503) : reply("success");
}

/** What can be said before anything is read. */
function whyNot({ events, clock }: Desk, timestamp: string): keyof typeof COMPLAINTS | undefined {
  if (events === undefined) return "no_secrets";
  if (!/^\d{1,16}$/.test(timestamp)) return "wrong_event";
  return Math.abs(clock.now() - Number(timestamp)) > EVENT_WINDOW_MS ? "stale" : undefined;
}
