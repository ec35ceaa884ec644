/** Acknowledgements and their frames: one of a `req_id` at a time, and a late one never lands on another. */
import { ChannelError } from "@openclaw-china/core";
import { type FakeClock, fakeClock } from "@openclaw-china/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { createLink, type LinkRequest, type OpenLink } from "../../src/api/link.ts";

interface Sent {
  readonly cmd: string;
  readonly headers: { readonly req_id: string };
  readonly body: unknown;
}

let clock: FakeClock;
let link: OpenLink;
let sent: Sent[];
let attached: ReturnType<OpenLink["attach"]>;
let closes: number;
beforeEach(() => {
  clock = fakeClock();
  sent = [];
  closes = 0;
  link = createLink({ clock, secrets: [] });
  attached = link.attach({
    send(frame) {
      sent.push(JSON.parse(frame) as Sent);
      return true;
    },
    close: () => void (closes += 1),
  });
});

function request(
  body: string,
  reqId?: string,
  signal = new AbortController().signal,
): Promise<Record<string, unknown>> {
  const one: LinkRequest = { cmd: "aibot_respond_msg", body, what: "answer", signal };
  return link.request(reqId === undefined ? one : { ...one, reqId });
}

const ack = (reqId: string, errcode = 0, errmsg = "ok", body?: unknown): boolean =>
  attached.settle({ reqId, errcode, errmsg, body });

async function failure(work: Promise<unknown>): Promise<ChannelError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ChannelError) return error;
  throw new Error("it did not fail as it should", { cause: error });
}

test("serial-acks: the next frame of a req_id leaves when the one before is acknowledged; others pass it", async () => {
  const [one, two, other] = [request("1", "a"), request("2", "a"), request("3", "b")];
  expect(sent.map(({ body }) => body)).toEqual(["1", "3"]);
  ack("a", 0, "ok", { of: "1" });
  expect(await one).toEqual({ of: "1" });
  expect(sent.map(({ body }) => body)).toEqual(["1", "3", "2"]);
  ack("b");
  ack("a", 0, "ok", { of: "2" });
  expect([await two, await other]).toEqual([{ of: "2" }, {}]);
});

test("late-ack: the req_id rests until the late acknowledgement, and the refusal of the next frame reaches its caller", async () => {
  const one = failure(request("1", "a"));
  const two = failure(request("2", "a"));
  await clock.advance(5_000);
  expect(await one).toMatchObject({ outcome: "unknown", code: "timeout" });
  expect(sent).toHaveLength(1);
  await clock.advance(300);
  expect(ack("a")).toBe(true); // of the first
  expect(sent.map(({ body }) => body)).toEqual(["1", "2"]);
  await clock.advance(800);
  ack("a", 846_608, "stream message update expired");
  expect(await two).toMatchObject({ outcome: "refused", platform: { code: "846608" } });
});

test("without any acknowledgement the next frame leaves after fifteen seconds", async () => {
  const one = failure(request("1", "a"));
  const two = failure(request("2", "a"));
  await clock.advance(14_999);
  expect(sent).toHaveLength(1);
  await clock.advance(1);
  expect(sent).toHaveLength(2);
  await clock.advance(5_000);
  expect([(await one).code, (await two).code]).toEqual(["timeout", "timeout"]);
});

test("nack: a typed error with code, words and req_id", async () => {
  const refused = failure(request("1", "a"));
  ack("a", 846_605, "invalid req_id");
  expect(await refused).toMatchObject({
    outcome: "refused",
    verdict: { kind: "stop" },
    platform: { code: "846605", requestId: "a" },
  });
});

test("queue-full: no frame is refused for want of room", async () => {
  const all = Array.from({ length: 600 }, (_, n) => request(String(n), "a"));
  for (let n = 0; n < 600; n += 1) ack("a");
  await Promise.all(all);
  expect(sent).toHaveLength(600);
});

describe("the connection", () => {
  test("ends: what was not acknowledged is unknown, what waited has not left", async () => {
    const [one, two] = [failure(request("1", "a")), failure(request("2", "a"))];
    attached.end();
    expect((await one).outcome).toBe("unknown");
    expect((await two).outcome).toBe("not_sent");
    expect(link.isLive()).toBe(false);
    expect((await failure(request("3"))).outcome).toBe("not_sent");
    await clock.advance(0);
    expect(clock.sleeping()).toBe(0);
  });

  test("has lost its subscription (846609): it is closed, and the frame may be sent again", async () => {
    const refused = failure(request("1"));
    ack(sent[0]?.headers.req_id ?? "", 846_609, "aibot websocket not subscribed");
    expect(await refused).toMatchObject({ outcome: "not_sent" });
    expect(closes).toBe(1);
  });

  test("an acknowledgement that nobody waits for is none", () => {
    expect(ack("nobody")).toBe(false);
  });
});

test("called off: what waits has not left, what has left is unknown", async () => {
  const off = new AbortController();
  const [one, two] = [failure(request("1", "a", off.signal)), failure(request("2", "a", off.signal))];
  off.abort(new Error("enough"));
  expect(await one).toMatchObject({ code: "aborted", outcome: "unknown" });
  expect(await two).toMatchObject({ code: "aborted", outcome: "not_sent" });
  ack("a");
  expect(sent).toHaveLength(1);
});
