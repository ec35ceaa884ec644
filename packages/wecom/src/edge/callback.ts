/**
 * The callbacks of an account: its bot's, its application's and customer service's, on one path, told apart by whose signature
 * is right. Checked before it is read, read no further than the limit, and answered with success only when it is safe. Who
 * may be answered within the call is: a message by its stream, a pressed card by what it becomes, an entering by a welcome.
 */
import type { ActionInbound, Clock, Inbound, Listener, Logger, Settled, Sink, Store } from "@openclaw-china/core";
import { bodyOf, listenWebhook, refuse, success, type WebhookDesk } from "@openclaw-china/core/internal";
import { normaliseApp } from "../inbound/app.ts";
import { normaliseCallback, type Self } from "../inbound/normalise.ts";
import type { AppReply, CallbackReply } from "../inbound/reply-to.ts";
import { isFresh, isSigned, type SignedCall } from "../signature.ts";
import type { StreamBoard } from "../streams.ts";
import { type AppMessage, parseAppMessage, parseKfNotice, parseRefresh, parseSealed } from "../wire/callback.ts";
import { parseJson } from "../wire/envelope.ts";
import type { KfInbox } from "./kf.ts";
import { streamReply } from "./refresh.ts";
import { jsonReply, xmlReply, xmlText, xmlUpdateButton } from "./reply.ts";
import { createSeal, type Opened, type Seal, type SealKeys } from "./sealed.ts";
import { parseXml } from "./xml.ts";

/** Whose callbacks come in. */
export interface Door {
  readonly of: "bot" | "app" | "kf";
  readonly keys: SealKeys;
  /** Of an application: its messages name it. */
  readonly agentId?: number;
}

/** What became of a press, and what the pressed card says from now on. */
export interface PressAnswer {
  readonly settled: Settled;
  /** Of a bot's card: the whole card anew. Absent: it stays as it is. */
  readonly card?: object;
  /** Of an application's card: what its button says. Absent: it stays as it is. */
  readonly words?: string;
}

export interface CallbackOptions {
  readonly self: Self;
  readonly doors: readonly Door[];
  readonly board: StreamBoard;
  /** Offers the press, and says what the card becomes, within a few seconds. */
  readonly press: (inbound: ActionInbound, sink: Sink) => Promise<PressAnswer>;
  readonly welcome: string | undefined;
  /** Undefined: no customer service. Made with the signal that `stop` gives. */
  readonly kf: ((signal: AbortSignal) => KfInbox) | undefined;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sink: Sink;
  readonly signal: AbortSignal;
}

interface OpenDoor extends Door {
  readonly seal: Seal;
}

interface Desk extends Omit<CallbackOptions, "sink" | "signal" | "doors" | "kf">, WebhookDesk<keyof typeof COMPLAINTS> {
  readonly doors: readonly OpenDoor[];
  readonly kf: KfInbox | undefined;
}

const COMPLAINTS = {
  unsigned: "a call to the webhook is refused: it is not signed (WeCom signs all)",
  wrong: "a call to the webhook is refused: its signature is made with no `token` of ours",
  stale: "a call to the webhook is refused: its time is too far from now; look at this machine's clock (NTP)",
  unreadable:
    "a call to the webhook is refused: it is signed with our `token` and cannot be opened: `encoding_aes_key`, `receive_id` or `corp_id` is not that of the console",
  other_app: "a call to the webhook is refused: it is for another application; look at `agent_id`",
  no_kf: "a notice of customer service is not followed: `kf` is not set",
} as const;

/** A person who opens the application again and again is welcomed once. */
const WELCOME_EVERY_MS = 86_400_000;

export function listenCallbacks(options: CallbackOptions): Listener & Required<Pick<Listener, "webhook">> {
  const { self, clock, log, signal } = options;
  const doors = options.doors.flatMap((door) => {
    const seal = createSeal(door.keys);
    return seal === undefined ? [] : [{ ...door, seal }];
  });
  const stop = new AbortController();
  const kf = options.kf?.(AbortSignal.any([signal, stop.signal]));
  const listener = listenWebhook({
    account: self.account,
    clock,
    log,
    sink: options.sink,
    signal,
    complaints: COMPLAINTS,
    answer: (request, desk) => answer({ ...options, ...desk, doors, kf }, request),
  });
  kf?.resume(options.sink).catch((error: unknown) =>
    log.warn({ err: error, account: self.account }, "notices of customer service from before could not be read"),
  );
  return {
    ...listener,
    async close() {
      stop.abort(new Error("the listener is closed"));
      await listener.close();
      await kf?.idle();
    },
  };
}

async function answer(desk: Desk, request: Request): Promise<Response> {
  const { method } = request;
  if (method !== "GET" && method !== "POST") return refuse(405, { allow: "GET, POST" });
  const query = new URL(request.url).searchParams;
  const call = {
    signature: query.get("msg_signature") ?? "",
    timestamp: query.get("timestamp") ?? "",
    nonce: query.get("nonce") ?? "",
  };
  if (call.signature === "" || !isFresh(call.timestamp, desk.clock.now())) {
    desk.complain(call.signature === "" ? "unsigned" : "stale");
    return refuse(401);
  }
  if (method === "GET") return verifyAddress(desk, call, query.get("echostr"));
  const encrypt = await sealedIn(request);
  if (encrypt instanceof Response) return encrypt;
  const opened = openBy(desk, { ...call, encrypt });
  if (opened instanceof Response) return opened;
  desk.noteCall();
  return opened.door.of === "bot" ? answerBot(desk, opened, call) : answerXml(desk, opened, call);
}

type Call = Omit<SignedCall, "encrypt">;

/** The console tests an address before it saves it: what it has sealed goes back as it is. */
function verifyAddress(desk: Desk, call: Call, echo: string | null): Response {
  if (echo === null || echo === "") return refuse(400);
  // A proxy that left the plus signs as they were has made blanks of them.
  const opened = openBy(desk, { ...call, encrypt: echo.includes(" ") ? echo.replaceAll(" ", "+") : echo });
  if (opened instanceof Response) return opened;
  desk.noteCall();
  return new Response(opened.text, { headers: { "content-type": "text/plain; charset=utf-8" } });
}

/** The sealed text of a body, which is JSON or XML; or the refusal. */
async function sealedIn(request: Request): Promise<string | Response> {
  const bytes = await bodyOf(request);
  if (bytes instanceof Response) return bytes;
  const body = new TextDecoder().decode(bytes).trim();
  const encrypt = parseSealed(body.startsWith("{") ? parseJson(body) : parseXml(body));
  return encrypt ?? refuse(400);
}

interface Entered extends Opened {
  readonly door: OpenDoor;
}

/** By the door whose token has signed it and whose key opens it; or the refusal. */
function openBy({ doors, complain }: Desk, call: SignedCall): Entered | Response {
  const signedBy = doors.filter(({ keys }) => isSigned(call, keys.token));
  for (const door of signedBy) {
    const opened = door.seal.open(call.encrypt);
    if (opened !== undefined) return { ...opened, door };
  }
  complain(signedBy.length === 0 ? "wrong" : "unreadable");
  return refuse(signedBy.length === 0 ? 401 : 400);
}

async function answerBot(desk: Desk, { door, text, receiveId }: Entered, { nonce }: Call): Promise<Response> {
  const { board, self, sink } = desk;
  const reply = (json: string): Response =>
    success(jsonReply(door.seal.seal(json, { receiveId, nonce, timestamp: secondsOf(desk) })));
  const body = parseJson(text);
  const asked = parseRefresh(body);
  if (asked !== undefined) return reply(await streamReply(board, asked));
  const inbound = normaliseCallback(body, self);
  if (inbound === undefined) return refuse(400);
  if (inbound.kind === "message") return answerMessage(desk, inbound, reply);
  if (inbound.kind === "action") {
    const { settled, card } = await desk.press(inbound, sink);
    if (settled === "busy") return refuse(503);
    return card === undefined
      ? nothing()
      : reply(JSON.stringify({ response_type: "update_template_card", template_card: card }));
  }
  if ((await sink.offer(inbound)) === "busy") return refuse(503);
  const isOpened = inbound.kind === "membership" && inbound.change === "opened";
  return isOpened && desk.welcome !== undefined
    ? reply(JSON.stringify({ msgtype: "text", text: { content: desk.welcome } }))
    : nothing();
}

/** A repeat, because the answer came too late, is answered with the same stream. */
async function answerMessage(desk: Desk, inbound: Inbound, reply: (json: string) => Response): Promise<Response> {
  const { board, sink } = desk;
  const { streamId = "", at } = inbound.replyTo as CallbackReply;
  const [, settled] = await Promise.all([board.open(streamId, at), sink.offer(inbound)]);
  if (settled === "busy") return refuse(503);
  if (settled !== "refused") return reply(await streamReply(board, streamId));
  await board.forget(streamId);
  return nothing();
}

/** Applications and customer service. Answers go through the REST interface, but for those that the platform waits for. */
async function answerXml(desk: Desk, { door, text, receiveId }: Entered, { nonce }: Call): Promise<Response> {
  const xml = parseXml(text);
  const notice = xml === undefined ? undefined : parseKfNotice(xml);
  if (notice !== undefined) {
    if (desk.kf === undefined) desk.complain("no_kf");
    await desk.kf?.notice(notice, desk.sink);
    return nothing();
  }
  const message = xml === undefined ? undefined : parseAppMessage(xml);
  if (message === undefined) return refuse(400);
  if (door.of === "kf") return nothing(); // other events of customer service: nothing that it wants to be told
  if (door.agentId !== undefined && message.AgentID && message.AgentID !== String(door.agentId)) {
    desk.complain("other_app");
    return refuse(400);
  }
  const words = await takeAppMessage(desk, message);
  if (words === "busy") return refuse(503);
  if (words === undefined) return nothing();
  const answered = door.seal.seal(words, { receiveId, nonce, timestamp: secondsOf(desk) });
  return new Response(xmlReply(answered), { headers: { "content-type": "application/xml" } });
}

/** The answer within the call. Undefined: none. */
async function takeAppMessage(desk: Desk, message: AppMessage): Promise<string | undefined> {
  const { sink, self, store, welcome } = desk;
  const inbound = normaliseApp(message, self);
  const parties = { userId: message.FromUserName, corpId: message.ToUserName, timestamp: secondsOf(desk) };
  if (inbound.kind === "action" && inbound.source === "card") {
    const { settled, words } = await desk.press(inbound, sink);
    if (settled === "busy") return "busy";
    return words === undefined ? undefined : xmlUpdateButton(words, parties);
  }
  if ((await sink.offer(inbound)) === "busy") return "busy";
  if (inbound.kind !== "membership" || inbound.change !== "opened" || welcome === undefined) return undefined;
  const { userId } = inbound.replyTo as AppReply;
  const isFirst = await store.putIfAbsent(`welcome:wecom:${self.account}:${userId}`, "welcomed", WELCOME_EVERY_MS);
  return isFirst ? xmlText(welcome, parties) : undefined;
}

function secondsOf({ clock }: Desk): string {
  return String(Math.floor(clock.now() / 1_000));
}

/** Taken; nothing is to be shown. */
function nothing(): Response {
  return new Response("", { headers: { "content-type": "text/plain" } });
}
