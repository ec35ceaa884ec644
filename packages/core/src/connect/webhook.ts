/**
 * The listener of a channel that is called by its platform: live from the first moment, since there is nothing to connect.
 * The channel judges and answers; this keeps the status, waits at the end for what is being written, and says why calls are
 * refused without letting a flood of calls become a flood of lines.
 */
import type { Clock } from "../clock.ts";
import { createFeed } from "../feed.ts";
import { isAnnouncedTooLarge, refuse } from "../http/webhook.ts";
import type { Logger } from "../log.ts";
import type { ConnectionStatus, Listener, Settled, Sink } from "../model/channel.ts";

export interface WebhookOptions<Why extends string> {
  readonly account: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sink: Sink;
  readonly signal: AbortSignal;
  /** What the log says, by reason. */
  readonly complaints: Readonly<Record<Why, string>>;
  /** What it throws is logged and answered with 500. */
  readonly answer: (request: Request, desk: WebhookDesk<Why>) => Promise<Response>;
}

export interface WebhookDesk<Why extends string> {
  /** Where to hand over what came in; `busy` once the listener is closed. */
  readonly sink: Sink;
  /** The call was the platform's: evidence that it reaches us. */
  noteCall(): void;
  /** Says why a call is refused: each reason at once, and then once a minute. */
  complain(why: Why): void;
}

const COMPLAIN_EVERY_MS = 60_000;

export function listenWebhook<Why extends string>(
  options: WebhookOptions<Why>,
): Listener & Required<Pick<Listener, "webhook">> {
  const { clock, log, sink, account, complaints } = options;
  const offering = new Set<Promise<Settled>>();
  let status: ConnectionStatus = { state: "live", via: "webhook", since: clock.now(), attempts: 0 };
  const feed = createFeed(() => status);
  const isClosed = (): boolean => status.state === "stopped";
  const desk: WebhookDesk<Why> = {
    sink: {
      async offer(inbound) {
        if (isClosed()) return "busy"; // it came in while the bot was going away
        status = { ...status, lastInboundAt: clock.now() };
        const settled = sink.offer(inbound);
        offering.add(settled);
        try {
          return await settled;
        } finally {
          offering.delete(settled);
        }
      },
    },
    noteCall() {
      status = { ...status, lastFrameAt: clock.now() };
    },
    complain: complaining(clock, (why: Why, untold) =>
      log.warn({ account, ...(untold === 0 ? {} : { untold }) }, complaints[why]),
    ),
  };
  const close = async (): Promise<void> => {
    options.signal.removeEventListener("abort", onAbort);
    if (!isClosed()) {
      status = { ...status, state: "stopped", since: clock.now() };
      feed.touch();
      feed.close();
    }
    await Promise.allSettled(offering);
  };
  const onAbort = (): void => void close();
  if (options.signal.aborted) onAbort();
  options.signal.addEventListener("abort", onAbort, { once: true });
  return {
    async webhook(request) {
      if (isClosed()) return refuse(503);
      if (isAnnouncedTooLarge(request)) return refuse(413); // unread, whoever calls
      try {
        return await options.answer(request, desk);
      } catch (error) {
        log.error({ err: error, account }, "a call to the webhook could not be handled");
        return refuse(500);
      }
    },
    status: () => status,
    statuses: () => feed.watch(),
    close,
  };
}

/** A connection and a webhook as one listener. The status is the connection's: it is the way of which one can say whether it stands. */
export function listenBoth(link: Listener, callbacks: Listener & Required<Pick<Listener, "webhook">>): Listener {
  const status = (): ConnectionStatus => {
    const now = link.status();
    const lastInboundAt = Math.max(now.lastInboundAt ?? 0, callbacks.status().lastInboundAt ?? 0);
    return lastInboundAt === 0 ? now : { ...now, lastInboundAt };
  };
  return {
    webhook: callbacks.webhook,
    status,
    async *statuses() {
      for await (const _ of link.statuses()) yield status();
    },
    async close() {
      await Promise.all([callbacks.close(), link.close()]);
    },
  };
}

function complaining<Why extends string>(clock: Clock, tell: (why: Why, untold: number) => void): (why: Why) => void {
  const told = new Map<Why, { readonly at: number; untold: number }>(); // by reason, of which there are a few
  return (why) => {
    const now = clock.now();
    const last = told.get(why);
    if (last !== undefined && now - last.at < COMPLAIN_EVERY_MS) {
      last.untold += 1;
      return;
    }
    told.set(why, { at: now, untold: 0 });
    tell(why, last?.untold ?? 0);
  };
}
