/**
 * `turn.ask`: a card, and the wait for a press. The ask is a record in the store, so it survives restarts; while it waits,
 * the lane is given back. Whoever sees the press first (the channel's edge, or the press's own turn) answers the record.
 */
import type { Clock } from "../clock.ts";
import type { Deadline } from "../deadlines.ts";
import { abortedError } from "../errors.ts";
import { queueOf } from "../ingress/lane.ts";
import type { Card } from "../model/card.ts";
import type { ActionInbound, FormValues, Person } from "../model/inbound.ts";
import type { Store } from "../state/state.ts";
import type { Attempt } from "./attempt.ts";
import type { Answer, AskOptions, TurnBase } from "./types.ts";

const DEFAULT_TIMEOUT_MS = 86_400_000;
/** Another process may have taken the press: the record is looked at this often. */
const LOOK_EVERY_MS = 2_000;
/** The record outlives the ask, so that late presses are told what was decided. */
const KEEP_MS = 7 * 86_400_000;

/** What the store holds of an ask, under `ask:<channel>:<account>:<card id>`. */
interface AskRecord {
  readonly state: "waiting" | "pressed" | "timeout";
  readonly from: readonly string[] | "anyone";
  readonly labels: Readonly<Record<string, string>>;
  /** ms since 1970. */
  readonly until: number;
  /** Id of the inbound that answered. */
  readonly press?: string;
  readonly button?: string;
  readonly values?: FormValues;
  readonly by?: Person;
}

/** What a press did. `unclaimed`: nobody asked; it is an action like others. */
export type Pressed =
  | { readonly outcome: "taken"; readonly label: string; readonly by: Person }
  | { readonly outcome: "already"; readonly label: string | undefined; readonly by: Person | undefined }
  | { readonly outcome: "refused" }
  | { readonly outcome: "unclaimed" };

/** Asks of one bot. */
export interface Asks {
  for(attempt: Attempt, deadline: Deadline): TurnBase["ask"];
  /** Something may have been pressed: whoever waits looks. */
  wake(): void;
  /**
   * Resolves when the asks that are being sent through that account are recorded, or after a while: people see a card, and
   * may press it, before the platform has told us its id.
   */
  recorded(of: { readonly channel: string; readonly account: string }): Promise<void>;
}

/** A press of a card nobody asked with, as far as is known, waits this long for asks that are under way. */
const RECORDED_MS = 10_000;

export function createAsks(deps: { readonly store: Store; readonly clock: Clock }): Asks {
  const wakers = new Set<() => void>();
  const underWay = new Map<Promise<unknown>, string>(); // asks that are being sent, by account

  /** Sends the card and opens its record, or finds those of an earlier attempt. */
  const send = async (
    attempt: Attempt,
    card: Card,
    options: AskOptions,
  ): Promise<{ name: string; record: AskRecord }> => {
    const sent = await attempt.replies.reply(card, {
      ...(options.key === undefined ? {} : { key: options.key }),
      ...(options.to === undefined ? {} : { to: options.to }),
    });
    const name = recordName({ channel: sent.channel, account: sent.account, id: sent.id });
    return { name, record: await openRecord(deps, name, newRecord(attempt, card, { options, now: deps.clock.now() })) };
  };

  return {
    async recorded(of) {
      const account = queueOf(of);
      const asks = [...underWay].filter(([, at]) => at === account).map(([ask]) => ask);
      if (asks.length === 0) return;
      const enough = new AbortController();
      const patience = deps.clock.sleep(RECORDED_MS, enough.signal).catch(() => "they are recorded");
      await Promise.race([Promise.allSettled(asks), patience]);
      enough.abort(new Error("decided"));
    },
    wake() {
      for (const waker of wakers) waker();
    },
    for: (attempt, deadline) => {
      const ask = async (card: Card, options: AskOptions = {}): Promise<Answer> => {
        const { channel, account = "default" } = options.to ?? attempt.inbound;
        const sending = send(attempt, card, options);
        underWay.set(sending, queueOf({ channel, account }));
        const { name, record } = await sending.finally(() => underWay.delete(sending));
        const early = answerOf(record);
        if (early !== undefined) return early;
        attempt.trace("ask", "waiting", `until ${new Date(record.until).toISOString()}`);
        deadline.pause();
        await attempt.claim.park();
        try {
          return await waitForAnswer(deps, name, { record, wakers, signals: signalsOf(attempt, options) });
        } finally {
          await attempt.claim.resume();
          deadline.resume();
        }
      };
      return ask;
    },
  };
}

/**
 * Answers the ask of a card with a press, once: concurrent presses and redeliveries get the same result. Called by a
 * channel before it acknowledges the press, and again by the press's own turn, for which `taken` repeats.
 */
export async function pressAsk(
  deps: { readonly store: Store; readonly clock: Pick<Clock, "now"> },
  inbound: ActionInbound,
): Promise<Pressed> {
  if (inbound.message === undefined) return { outcome: "unclaimed" };
  const name = recordName(inbound.message);
  for (;;) {
    const entry = await deps.store.get(name);
    if (entry === undefined) return { outcome: "unclaimed" };
    const record = JSON.parse(entry.value) as AskRecord;
    const label = record.labels[inbound.button];
    if (record.state !== "waiting" || record.until <= deps.clock.now()) {
      if (record.press === inbound.id && label !== undefined) return { outcome: "taken", label, by: inbound.sender };
      const chosen = record.button === undefined ? undefined : record.labels[record.button];
      return { outcome: "already", label: chosen, by: record.by };
    }
    const mayPress = record.from === "anyone" || record.from.includes(inbound.sender.id);
    if (!mayPress || label === undefined) return { outcome: "refused" };
    const { id: press, button, values, sender: by } = inbound;
    const pressed: AskRecord = { ...record, state: "pressed", press, button, values, by };
    if (await deps.store.replaceIf(name, entry.value, JSON.stringify(pressed), KEEP_MS)) {
      return { outcome: "taken", label, by };
    }
  }
}

function recordName(card: { readonly channel: string; readonly account: string; readonly id: string }): string {
  return `ask:${card.channel}:${card.account}:${card.id}`;
}

function newRecord(
  attempt: Attempt,
  card: Card,
  { options, now }: { readonly options: AskOptions; readonly now: number },
): AskRecord {
  const sender = attempt.inbound.sender?.id;
  const labels = (card.buttons ?? []).flatMap((button) => ("id" in button ? [[button.id, button.label]] : []));
  return {
    state: "waiting",
    from: options.from ?? (sender === undefined ? "anyone" : [sender]),
    labels: Object.fromEntries(labels) as Record<string, string>,
    until: now + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
  };
}

/** The record as it is: ours, or that of an earlier attempt. */
async function openRecord(
  deps: { readonly store: Store; readonly clock: Clock },
  name: string,
  record: AskRecord,
): Promise<AskRecord> {
  const ttlMs = record.until - deps.clock.now() + KEEP_MS;
  if (await deps.store.putIfAbsent(name, JSON.stringify(record), ttlMs)) return record;
  const entry = await deps.store.get(name);
  return entry === undefined ? record : (JSON.parse(entry.value) as AskRecord);
}

function answerOf(record: AskRecord): Answer | undefined {
  if (record.state === "timeout") return { outcome: "timeout" };
  const { button, values = {}, by } = record;
  if (record.state !== "pressed" || button === undefined || by === undefined) return undefined;
  return { outcome: "pressed", button, values, by };
}

function signalsOf(attempt: Attempt, options: AskOptions): AbortSignal {
  const turn = attempt.signal.turn();
  return options.signal === undefined ? turn : AbortSignal.any([turn, options.signal]);
}

async function waitForAnswer(
  deps: { readonly store: Store; readonly clock: Clock },
  name: string,
  waiting: { readonly record: AskRecord; readonly wakers: Set<() => void>; readonly signals: AbortSignal },
): Promise<Answer> {
  const { record, wakers, signals } = waiting;
  for (;;) {
    if (signals.aborted) throw abortedError("the turn was called off while it waited for a press", signals.reason);
    const entry = await deps.store.get(name);
    const now = entry === undefined ? record : (JSON.parse(entry.value) as AskRecord);
    const answer = answerOf(now);
    if (answer !== undefined) return answer;
    const leftMs = record.until - deps.clock.now();
    if (leftMs <= 0) {
      const ended = JSON.stringify({ ...now, state: "timeout" } satisfies AskRecord);
      if (entry === undefined || (await deps.store.replaceIf(name, entry.value, ended, KEEP_MS))) {
        return { outcome: "timeout" };
      }
      continue; // pressed in the same moment
    }
    await wokenOr(deps.clock, Math.min(leftMs, LOOK_EVERY_MS), { wakers, signals });
  }
}

/** Resolves after `ms`, when woken, or when called off. */
async function wokenOr(
  clock: Clock,
  ms: number,
  { wakers, signals }: { readonly wakers: Set<() => void>; readonly signals: AbortSignal },
): Promise<void> {
  const done = new AbortController();
  const wake = (): void => done.abort(new Error("woken"));
  wakers.add(wake);
  signals.addEventListener("abort", wake, { once: true });
  try {
    await clock.sleep(ms, done.signal);
  } catch (error) {
    if (!done.signal.aborted) throw error;
  } finally {
    wakers.delete(wake);
    signals.removeEventListener("abort", wake);
  }
}
