/** The configured welcome: sent by the channel itself, since the platform takes it for five seconds only. */
import type { Clock, Logger, MembershipInbound, Settled } from "@openclaw-china/core";
import type { SocketReply } from "../inbound/reply-to.ts";

export interface WelcomeDesk {
  /** Undefined: nobody is welcomed. */
  readonly welcome: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  readonly send: (reqId: string, text: string, signal: AbortSignal) => Promise<void>;
}

/** An inbox that is slow does not keep the welcome back. */
const PATIENCE_MS = 2_000;

/** Never rejects. Nobody is welcomed whom the bot does not talk to, and nobody twice. */
export async function welcome(
  desk: WelcomeDesk,
  {
    inbound,
    settled,
    signal,
  }: { readonly inbound: MembershipInbound; readonly settled: Promise<Settled>; readonly signal: AbortSignal },
): Promise<void> {
  const { clock, log, account } = desk;
  const reply = inbound.replyTo as SocketReply | undefined;
  if (desk.welcome === undefined || inbound.change !== "opened" || reply?.via !== "socket") return;
  const decided = new AbortController();
  const late = clock.sleep(PATIENCE_MS, decided.signal).then(
    () => "late" as const,
    () => "late" as const,
  );
  const outcome = await Promise.race([settled, late]);
  decided.abort(new Error("decided"));
  if (outcome === "refused" || outcome === "duplicate") return;
  try {
    await desk.send(reply.reqId, desk.welcome, signal);
  } catch (error) {
    log.warn({ err: error, account }, "a person could not be welcomed");
  }
}
