/** Customer service: what a notice announces is fetched to its end, once, in order, through crashes and a busy inbox. */
import type { Inbound, Settled, Sink, Store } from "@openclaw-china/core";
import { memoryStateAt } from "@openclaw-china/core/internal";
import { fakeClock, type FakeClock, recorder } from "@openclaw-china/testkit";
import { beforeEach, expect, test } from "vitest";
import { createKfInbox, type KfInbox, type KfOptions, type KfPage } from "../../src/edge/kf.ts";

const NOW = 1_790_000_000_000;
const NOTICE = { corpId: "ww1", openKfId: "wk1", token: "T1", sentAt: NOW };

let clock: FakeClock;
let store: Store;
let taken: Inbound[];
let settle: (inbound: Inbound) => Settled;
let asked: { readonly openKfId: string; readonly cursor?: string; readonly token?: string }[];
let pages: (KfPage | Error)[];
let greeted: string[];
let customers: string[];
let stop: AbortController;
const sink: Sink = {
  offer(inbound) {
    taken.push(inbound);
    return Promise.resolve(settle(inbound));
  },
};
beforeEach(() => {
  clock = fakeClock(NOW);
  ({ store } = memoryStateAt(clock));
  taken = [];
  settle = () => "accepted";
  asked = [];
  pages = [];
  greeted = [];
  customers = [];
  stop = new AbortController();
});

function inboxOf(over: Partial<KfOptions> = {}): KfInbox {
  return createKfInbox({
    self: { account: "default", botName: undefined, now: clock.now },
    openKfId: undefined,
    async fetchPage(from) {
      asked.push(from);
      await Promise.resolve();
      const page = pages.shift() ?? { nextCursor: from.cursor ?? "", hasMore: false, messages: [] };
      if (page instanceof Error) throw page;
      return page;
    },
    greet: (code) => Promise.resolve(void greeted.push(code)),
    noteCustomer: (customer, openKfId) => Promise.resolve(void customers.push(`${customer} ${openKfId}`)),
    store,
    clock,
    log: recorder(),
    signal: stop.signal,
    ...over,
  });
}

function text(msgid: string, over: object = {}): object {
  return {
    msgid,
    open_kfid: "wk1",
    external_userid: "wm1",
    send_time: NOW / 1_000,
    origin: 3,
    msgtype: "text",
    text: { content: msgid },
    ...over,
  };
}

const ids = (): readonly string[] => taken.map(({ id }) => id);

/** Time goes on until nothing is fetched any more. */
async function untilIdle(inbox: KfInbox): Promise<void> {
  const idle = inbox.idle().then(() => true);
  for (let steps = 0; steps < 2_000; steps += 1) {
    if (await Promise.race([idle, clock.advance(500).then(() => false)])) return;
  }
  expect.unreachable("it never ends");
}

test("page after page, an empty one too; the next notice goes on from there", async () => {
  pages = [
    { nextCursor: "c1", hasMore: true, messages: [text("a"), text("b")] },
    { nextCursor: "c2", hasMore: true, messages: [] },
    { nextCursor: "c3", hasMore: false, messages: [text("c")] },
  ];
  const inbox = inboxOf();
  await inbox.notice(NOTICE, sink);
  await untilIdle(inbox);
  expect(ids()).toEqual(["kf:wk1:a", "kf:wk1:b", "kf:wk1:c"]);
  expect(asked).toEqual([
    { openKfId: "wk1", token: "T1" },
    { openKfId: "wk1", token: "T1", cursor: "c1" },
    { openKfId: "wk1", token: "T1", cursor: "c2" },
  ]);
  expect(new Set(customers)).toEqual(new Set(["wm1 wk1"]));
  await inbox.notice({ ...NOTICE, token: "T2" }, sink);
  await untilIdle(inbox);
  expect(asked.at(-1)).toEqual({ openKfId: "wk1", token: "T2", cursor: "c3" });
});

test("a cursor that stands still does not go round for ever", async () => {
  pages = Array.from({ length: 5 }, () => ({ nextCursor: "c1", hasMore: true, messages: [] }));
  const inbox = inboxOf();
  await inbox.notice(NOTICE, sink);
  await untilIdle(inbox);
  expect(asked).toHaveLength(2);
});

test("the first time, what is older than the start is not answered; what the notice is about is", async () => {
  await clock.advance(600_000);
  const at = (seconds: number): object => ({ send_time: NOW / 1_000 + seconds });
  pages = [
    {
      nextCursor: "c1",
      hasMore: false,
      messages: [text("old", at(-86_400)), text("mine", at(500)), text("new", at(600))],
    },
  ];
  const inbox = inboxOf();
  await inbox.notice({ ...NOTICE, sentAt: NOW + 510_000 }, sink);
  await untilIdle(inbox);
  expect(ids()).toEqual(["kf:wk1:mine", "kf:wk1:new"]);
});

test("the staff's own words, and what is no message, are left out", async () => {
  pages = [
    {
      nextCursor: "c1",
      hasMore: false,
      messages: [
        text("staff", { origin: 5 }),
        null,
        7,
        { msgid: "x" },
        text("nobody", { external_userid: null }),
        text("a"),
      ],
    },
  ];
  const inbox = inboxOf();
  await inbox.notice(NOTICE, sink);
  await untilIdle(inbox);
  expect(ids()).toEqual(["kf:wk1:a"]);
});

test("one fetch at a time for each account; a notice meanwhile is followed as well", async () => {
  let running = 0;
  let most = 0;
  const inbox = inboxOf({
    async fetchPage(from) {
      asked.push(from);
      running += 1;
      most = Math.max(most, running);
      await clock.sleep(1_000, stop.signal);
      running -= 1;
      return { nextCursor: `c${asked.length}`, hasMore: false, messages: [text(`m${asked.length}`)] };
    },
  });
  for (const token of ["T1", "T2", "T3"]) await inbox.notice({ ...NOTICE, token }, sink);
  await untilIdle(inbox);
  expect(most).toBe(1);
  expect(asked.at(-1)?.token).toBe("T3");
});

test("a page that a busy inbox does not take is offered again, and its cursor is kept afterwards", async () => {
  let busy = 3;
  settle = () => ((busy -= 1) >= 0 ? "busy" : "accepted");
  pages = [{ nextCursor: "c1", hasMore: false, messages: [text("a"), text("b")] }];
  const inbox = inboxOf();
  await inbox.notice(NOTICE, sink);
  await untilIdle(inbox);
  expect(ids()).toEqual(["kf:wk1:a", "kf:wk1:a", "kf:wk1:a", "kf:wk1:a", "kf:wk1:b"]);
});

test("the platform fails: tried again, from the same cursor", async () => {
  pages = [new Error("down"), new Error("down"), { nextCursor: "c1", hasMore: false, messages: [text("a")] }];
  const inbox = inboxOf();
  await inbox.notice(NOTICE, sink);
  await untilIdle(inbox);
  expect(ids()).toEqual(["kf:wk1:a"]);
  expect(asked).toHaveLength(3);
});

test("after a crash between the notice and its fetch, the next start fetches", async () => {
  const never = inboxOf({ fetchPage: () => new Promise(() => undefined) });
  await never.notice(NOTICE, sink);
  stop.abort(new Error("crash"));
  stop = new AbortController();
  pages = [{ nextCursor: "c1", hasMore: false, messages: [text("a")] }];
  const inbox = inboxOf();
  await inbox.resume(sink);
  await untilIdle(inbox);
  expect(ids()).toEqual(["kf:wk1:a"]);
  expect(asked).toEqual([{ openKfId: "wk1", token: "T1" }]);
  await inbox.resume(sink);
  await untilIdle(inbox);
  expect(asked).toHaveLength(1);
});

test("who enters is greeted once; a greeting that fails stops nothing", async () => {
  const entering = {
    msgid: "e1",
    send_time: NOW / 1_000,
    origin: 4,
    msgtype: "event",
    event: { event_type: "enter_session", open_kfid: "wk1", external_userid: "wm1", welcome_code: "W1" },
  };
  pages = [{ nextCursor: "c1", hasMore: false, messages: [entering, text("a")] }];
  const inbox = inboxOf({
    greet(code) {
      greeted.push(code);
      return Promise.reject(new Error("too late"));
    },
  });
  await inbox.notice(NOTICE, sink);
  await untilIdle(inbox);
  expect(taken.map(({ kind }) => kind)).toEqual(["membership", "message"]);
  settle = () => "duplicate";
  pages = [{ nextCursor: "c2", hasMore: false, messages: [entering] }];
  await inbox.notice({ ...NOTICE, token: "T2" }, sink);
  await untilIdle(inbox);
  expect(greeted).toEqual(["W1"]);
});

test("another account than the one asked for", async () => {
  const inbox = inboxOf({ openKfId: "wk2" });
  await inbox.notice(NOTICE, sink);
  await untilIdle(inbox);
  expect(asked).toEqual([]);
});
