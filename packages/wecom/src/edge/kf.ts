/**
 * Customer service: a notice says that something is new, and the content is fetched. One fetch at a time for each customer
 * service account. How far it has come is kept behind the inbox's commit: what a crash cuts off comes again, and is known.
 */
import type { Clock, Inbound, Logger, Settled, Sink, Store } from "@openclaw-china/core";
import { normaliseKf } from "../inbound/kf.ts";
import type { Self } from "../inbound/normalise.ts";
import type { KfReply } from "../inbound/reply-to.ts";
import { type KfNotice, parseKfItem } from "../wire/callback.ts";

export interface KfPage {
  readonly nextCursor: string;
  /** Also with an empty page. */
  readonly hasMore: boolean;
  readonly messages: readonly unknown[];
}

export interface KfOptions {
  readonly self: Self;
  /** Only this account. Undefined: all. */
  readonly openKfId: string | undefined;
  readonly fetchPage: (
    from: { readonly openKfId: string; readonly cursor?: string; readonly token?: string },
    signal: AbortSignal,
  ) => Promise<KfPage>;
  /** Answers a customer's entering, in time. */
  readonly greet: (welcomeCode: string, signal: AbortSignal) => Promise<void>;
  /** Where a customer can be reached later. */
  readonly noteCustomer: (customerId: string, openKfId: string) => Promise<void>;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface KfInbox {
  /** Resolves when the notice is kept: it may be confirmed then. */
  notice(notice: KfNotice, sink: Sink): Promise<void>;
  /** Fetches what notices before the last end have left. */
  resume(sink: Sink): Promise<void>;
  /** Resolves when nothing is being fetched. */
  idle(): Promise<void>;
}

/** A notice's token is good that long. */
const NOTICE_MS = 600_000;
const CURSOR_MS = 90 * 86_400_000;
/** Without a cursor the platform begins days ago; a notice is about what came no longer before it than this. */
const BEFORE_NOTICE_MS = 60_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

interface Pending {
  readonly token: string;
  readonly sentAt: number;
}

export function createKfInbox(options: KfOptions): KfInbox {
  const { store, clock, log, self, signal } = options;
  const running = new Map<string, Promise<void>>(); // by customer service account
  const again = new Map<string, Sink>(); // a notice came while its account was being fetched
  const startedAt = clock.now();
  const noticeOf = (openKfId: string): string => `kf-notice:wecom:${self.account}:${openKfId}`;

  const fetchAll = async (openKfId: string, sink: Sink): Promise<void> => {
    const until = clock.now() + NOTICE_MS;
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        const kept = await store.get(noticeOf(openKfId));
        if (kept === undefined) return;
        await fetchPages(options, { openKfId, sink, startedAt, ...(JSON.parse(kept.value) as Pending) });
        if (await store.replaceIf(noticeOf(openKfId), kept.value, undefined)) return;
        failures = -1; // another notice came meanwhile
      } catch (error) {
        if (signal.aborted) return;
        if (clock.now() > until) throw error;
        log.warn(
          { err: error, account: self.account },
          "messages of customers could not be fetched; it is tried again",
        );
        const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
        await clock.sleep(pauseMs * (0.5 + clock.random() / 2), signal).catch(() => "it ends");
      }
    }
  };

  const start = (openKfId: string, sink: Sink): void => {
    if (running.has(openKfId)) {
      again.set(openKfId, sink);
      return;
    }
    const run = fetchAll(openKfId, sink)
      .catch((error: unknown) =>
        log.error(
          { err: error, account: self.account },
          "messages of customers were not fetched; the next notice tries again",
        ),
      )
      .then(() => {
        running.delete(openKfId);
        const next = again.get(openKfId);
        again.delete(openKfId);
        if (next !== undefined && !signal.aborted) start(openKfId, next);
      });
    running.set(openKfId, run);
  };

  return {
    async notice({ openKfId, token, sentAt }, sink) {
      if (options.openKfId !== undefined && options.openKfId !== openKfId) return;
      const pending: Pending = { token, sentAt: sentAt ?? clock.now() };
      await store.put(noticeOf(openKfId), JSON.stringify(pending), NOTICE_MS);
      start(openKfId, sink);
    },
    async resume(sink) {
      const prefix = noticeOf("");
      for await (const { key } of store.list(prefix, 1_000)) start(key.slice(prefix.length), sink);
    },
    async idle() {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
}

interface Fetching extends Pending {
  readonly openKfId: string;
  readonly sink: Sink;
  readonly startedAt: number;
}

/** Page after page; each is handed over before its cursor is kept. */
async function fetchPages(options: KfOptions, { openKfId, token, sentAt, sink, startedAt }: Fetching): Promise<void> {
  const { store, self, signal } = options;
  const place = `kf-cursor:wecom:${self.account}:${openKfId}`;
  let cursor = (await store.get(place))?.value;
  const notBefore = cursor === undefined ? Math.min(startedAt, sentAt - BEFORE_NOTICE_MS) : 0;
  for (let more = true; more;) {
    const page = await options.fetchPage({ openKfId, token, ...(cursor === undefined ? {} : { cursor }) }, signal);
    for (const data of page.messages) {
      const item = parseKfItem(data);
      const inbound = item && normaliseKf(item, self);
      if (inbound !== undefined && (inbound.sentAt ?? 0) >= notBefore) await handOver(options, inbound, sink);
    }
    more = page.hasMore && page.nextCursor !== cursor; // a cursor that stands still would go round for ever
    cursor = page.nextCursor;
    if (cursor !== "") await store.put(place, cursor, CURSOR_MS);
  }
}

/** Resolves when it is safe, or will not be taken. */
async function handOver(options: KfOptions, inbound: Inbound, sink: Sink): Promise<void> {
  const { clock, signal } = options;
  const { customerId, openKfId } = inbound.replyTo as KfReply;
  await options.noteCustomer(customerId, openKfId);
  for (let tries = 0; ; tries += 1) {
    const settled: Settled = await sink.offer(inbound);
    if (settled === "accepted") await greet(options, inbound);
    if (settled !== "busy") return;
    await clock.sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries), signal);
  }
}

async function greet({ greet: answer, log, self, signal }: KfOptions, { replyTo }: Inbound): Promise<void> {
  const { welcomeCode } = replyTo as KfReply;
  if (welcomeCode === undefined) return;
  try {
    await answer(welcomeCode, signal);
  } catch (error) {
    log.warn({ err: error, account: self.account }, "a customer was not greeted");
  }
}
