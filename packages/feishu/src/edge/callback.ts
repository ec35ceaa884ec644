/**
 * Webhook mode: the platform's calls in, its answers out. Checked over the bytes as they came, before they are read; the
 * console's check of an address is the one call that is never signed, and is known by its token. Answered with success only
 * when it is safe.
 */
import type { Clock, Listener, Logger, Sink } from "@openclaw-china/core";
import {
  bodyOf,
  createReplayGuard,
  equal,
  listenWebhook,
  refuse,
  type ReplayGuard,
  sha256Hex,
  success,
  type WebhookDesk,
} from "@openclaw-china/core/internal";
import {
  checkCardSignature,
  checkSignature,
  SIGNATURE_WINDOW_MS,
  type SignatureCheck,
  type SignedCall,
} from "../signature.ts";
import { parseOldCardAction } from "../wire/callback.ts";
import { type Envelope, parseEnvelope, parseJson } from "../wire/envelope.ts";
import { createEventCipher, type EventCipher } from "./sealed.ts";
import { type Desk, takeEvent } from "./take.ts";

export interface CallbackOptions {
  readonly account: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sink: Sink;
  readonly signal: AbortSignal;
  /** With it every event must be signed. */
  readonly encryptKey: string | undefined;
  /** Undefined: the console cannot check the address, and without an Encrypt Key nothing is let in. */
  readonly verificationToken: string | undefined;
  /** Calls for another app at this address are refused. */
  readonly appId: string;
  readonly desk: Omit<Desk, "sink" | "account" | "clock" | "log" | "signal">;
}

const COMPLAINTS = {
  unsigned: "a call to the webhook is refused: it is not signed, and encrypt_key is set",
  wrong: "a call to the webhook is refused: its signature is not made with encrypt_key",
  stale: "a call to the webhook is refused: its time is too far from now; look at this machine's clock (NTP)",
  replayed: "a call to the webhook is refused: one signature has come with too many different messages",
  no_key: "an encrypted call to the webhook is refused: encrypt_key is not set",
  unreadable: "an encrypted call to the webhook is refused: encrypt_key is not that of the console",
  wrong_token: "a call to the webhook is refused: its token is not verification_token",
  no_token:
    "the console's check of the address is refused: verification_token is not set, so it cannot be told from anybody's call",
  other_app: "a call to the webhook is refused: it is for another app",
} as const;

type Why = keyof typeof COMPLAINTS;

interface Office extends CallbackOptions {
  readonly cipher: EventCipher | undefined;
  readonly guard: ReplayGuard;
}

/** Live from the first moment: there is nothing to connect, the platform calls. */
export function listenCallbacks(options: CallbackOptions): Listener & Required<Pick<Listener, "webhook">> {
  const { account, clock, log, sink, signal, encryptKey } = options;
  const office: Office = {
    ...options,
    cipher: encryptKey === undefined ? undefined : createEventCipher(encryptKey),
    guard: createReplayGuard({ clock, windowMs: SIGNATURE_WINDOW_MS }),
  };
  return listenWebhook({
    account,
    clock,
    log,
    sink,
    signal,
    complaints: COMPLAINTS,
    answer: (request, desk) => answer(office, request, desk),
  });
}

async function answer(office: Office, request: Request, desk: WebhookDesk<Why>): Promise<Response> {
  if (request.method !== "POST") return refuse(405);
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) return refuse(415);
  const body = await bodyOf(request);
  if (body instanceof Response) return body;
  const call = { ...headersOf(request), body };
  const opened = open(office, parseJson(new TextDecoder().decode(body)));
  if (typeof opened === "string") {
    desk.complain(opened);
    return refuse(400);
  }
  const envelope = parseEnvelope(opened.payload);
  if (envelope?.schema === "challenge") return answerChallenge(office, envelope, desk);
  const why = whyNot(office, { call, envelope, payload: opened.payload });
  if (why !== undefined) {
    desk.complain(why);
    return refuse(401);
  }
  desk.noteCall();
  const { account, clock, log, signal } = office;
  const taken = await takeEvent({ ...office.desk, account, clock, log, signal, sink: desk.sink }, opened.payload);
  if (taken.kind === "unreadable") return refuse(400);
  return taken.kind === "busy" ? refuse(503) : success(JSON.stringify(taken.callback ?? {}));
}

function headersOf({ headers }: Request): Omit<SignedCall, "body"> {
  return {
    timestamp: headers.get("x-lark-request-timestamp"),
    nonce: headers.get("x-lark-request-nonce"),
    signature: headers.get("x-lark-signature"),
  };
}

/** What was encrypted is opened; what was not stays as it is. */
function open({ cipher }: Office, payload: unknown): { readonly payload: unknown } | Why {
  const encrypt =
    typeof payload === "object" && payload !== null ? (payload as { encrypt?: unknown }).encrypt : undefined;
  if (typeof encrypt !== "string") return { payload };
  if (cipher === undefined) return "no_key";
  const inner = parseJson(cipher.open(encrypt) ?? "");
  return inner === undefined ? "unreadable" : { payload: inner };
}

function answerChallenge(
  { verificationToken }: Office,
  { challenge, token }: Extract<Envelope, { readonly schema: "challenge" }>,
  desk: WebhookDesk<Why>,
): Response {
  if (verificationToken === undefined || token === undefined || !equal(token, verificationToken)) {
    desk.complain(verificationToken === undefined ? "no_token" : "wrong_token");
    return refuse(401);
  }
  desk.noteCall();
  return success(JSON.stringify({ challenge }));
}

interface Call {
  readonly call: SignedCall;
  readonly envelope: Exclude<Envelope, { readonly schema: "challenge" }> | undefined;
  readonly payload: unknown;
}

/** Undefined: it is the platform's. */
function whyNot(office: Office, { call, envelope, payload }: Call): Why | undefined {
  const { encryptKey, verificationToken, appId, clock, guard } = office;
  const nowMs = clock.now();
  const isOldPress = envelope === undefined && parseOldCardAction(payload) !== undefined;
  const check: SignatureCheck | undefined = isOldPress
    ? verificationToken === undefined
      ? "wrong"
      : checkCardSignature(call, { verificationToken, nowMs })
    : encryptKey === undefined
      ? undefined
      : checkSignature(call, { encryptKey, nowMs });
  if (check !== undefined) {
    if (check !== "valid") return REFUSED[check];
    const id = envelope?.eventId ?? sha256Hex(call.body);
    if (!guard.admits(`${call.timestamp}${call.nonce}`, id)) return "replayed";
  } else if (verificationToken === undefined || !equal(envelope?.token ?? "", verificationToken)) {
    return "wrong_token";
  }
  return envelope?.schema === "2.0" && envelope.appId !== undefined && envelope.appId !== appId
    ? "other_app"
    : undefined;
}

const REFUSED = { absent: "unsigned", wrong: "wrong", outside_window: "stale" } as const;
