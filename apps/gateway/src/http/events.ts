/** The page's stream of events: everything at once, then changes as they come, to the gateway's end. */
import type { Bot, Logger } from "@openclaw-china/core";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { Console } from "./console.ts";
import { createFeed } from "./feed.ts";

/** What a stream is made of. */
export interface EventsParts {
  readonly console: Console;
  readonly bot: Bot;
  readonly log: Logger;
}

/** Changes within this time are shown together. */
const GATHER_MS = 40;
/** After a change the page is brought up to date this soon, then half as often each time: traces change without a call. */
const SOON_MS = 250;
const SELDOM_MS = 2_000;

/** Ends when the page goes, or after a last look once the bot is stopped. */
export function streamEvents(c: Context, { console, bot, log }: EventsParts): Response {
  const response = streamSSE(
    c,
    async (stream) => {
      const look = createFeed(console, bot);
      const gone = new AbortController();
      let wake: () => void = () => undefined;
      let isOver = false;
      using cleanup = new DisposableStack();
      cleanup.use(console.watch(() => wake()));
      cleanup.defer(() => gone.abort());
      stream.onAbort(() => {
        gone.abort();
        wake();
      });
      const end = (): void => {
        isOver = true;
        wake();
      };
      void follow(bot, gone.signal, () => wake()).then(end, end);
      let waitMs = SOON_MS;
      while (!stream.aborted) {
        const woken = Promise.withResolvers<void>();
        wake = woken.resolve;
        const isLast = isOver;
        const changes = await look();
        if (changes !== undefined) await stream.writeSSE({ data: JSON.stringify(changes) });
        if (isLast || stream.aborted) return;
        waitMs = changes === undefined ? Math.min(waitMs * 2, SELDOM_MS) : SOON_MS;
        using _timer = setTimeout(wake, waitMs);
        await woken.promise;
        if (!isOver) await stream.sleep(GATHER_MS);
      }
    },
    async (error) => log.warn({ err: error }, "the page's stream of events broke; the page opens it again"),
  );
  response.headers.set("connection", "close"); // at the end of the stream nothing keeps the server open
  return response;
}

/** Each change of a connection, until the page has gone or the bot is stopped. */
async function follow(bot: Pick<Bot, "statuses">, signal: AbortSignal, changed: () => void): Promise<void> {
  for await (const _status of bot.statuses({ signal })) changed();
}
