/** What every channel promises as a description and when it is open. */
import type { Address, Channel, Inbound, OpenChannel, Runtime, Settled } from "@openclaw-china/core";
import { afterEach, describe, expect, it } from "vitest";
import type { Screen, Simulator } from "../simulator.ts";

export interface ChannelSession extends AsyncDisposable {
  readonly channel: Channel;
  readonly sim: Pick<Simulator<unknown>, "calls" | "fault">;
  /** A runtime with a state of its own. */
  readonly runtime: Runtime;
  /** A person writes to the bot. */
  say(text: string): Promise<void>;
  /** Where that person can be written to, and what they see. */
  readonly address: Address;
  readonly screen: Screen;
  /** A place that does not exist. */
  readonly nowhere: Address;
  /** Where a send needs something beforehand, a connection or a message to answer: makes it so. */
  ready?(opened: OpenChannel): Promise<{ readonly replyTo?: unknown }>;
}

export interface ChannelSubject {
  readonly name: string;
  open(): Promise<ChannelSession>;
}

/** Registers the tests for a channel. */
export function channelContract(subject: ChannelSubject): void {
  const sessions: ChannelSession[] = [];
  const start = async (): Promise<ChannelSession & { readonly opened: OpenChannel }> => {
    const session = await subject.open();
    sessions.push(session);
    return {
      ...session,
      opened: session.channel.open(session.runtime),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  };
  afterEach(async () => {
    for (const session of sessions.splice(0)) await session[Symbol.asyncDispose]();
  });
  describe(`channel ${subject.name}: description`, () => description(start));
  describe(`channel ${subject.name}: way in`, () => wayIn(start));
  describe(`channel ${subject.name}: way out`, () => wayOut(start));
}

type Start = () => Promise<ChannelSession & { readonly opened: OpenChannel }>;
const calm = (): AbortSignal => new AbortController().signal;

function description(start: Start): void {
  it("is data: the same again as JSON, and opening it touches no network", async () => {
    const { channel, runtime, sim } = await start();
    const { open, ...data } = channel;
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
    expect(open).toBeTypeOf("function");
    channel.open(runtime);
    expect(sim.calls).toEqual([]);
  });

  it("tells its targets and limits", async () => {
    const { can, id, account } = (await start()).channel;
    expect(id).toMatch(/^[a-z]+$/);
    expect(account).not.toBe("");
    expect(can.targets.length).toBeGreaterThan(0);
    expect((can.text.maxBytes ?? 0) + (can.text.maxChars ?? 0)).toBeGreaterThan(0);
  });

  it("can be asked for what it says it can", async () => {
    const { channel, opened } = await start();
    for (const what of ["edit", "recall", "react", "readers"] as const)
      expect([what, channel.can[what]]).toEqual([what, opened[what] !== undefined]);
  });

  it.each([false, true])(
    "probe (spend: %j): cause, a fix for whatever is not ok, no second connection",
    async (spend) => {
      const { opened, sim } = await start();
      const findings = await opened.probe(calm(), { spend });
      expect(findings.length).toBeGreaterThan(0);
      for (const { level, cause, fix, code } of findings) {
        expect(cause.en, code).not.toBe("");
        expect(cause.zh, code).not.toBe("");
        if (level !== "ok") expect(fix, code).toBeDefined();
      }
      expect(sim.calls.filter(({ name }) => name.includes("connections/open"))).toEqual([]);
    },
  );
}

/** Listens with a sink that answers as told; returns what was offered. */
function listenWith(
  opened: OpenChannel,
  settle: (inbound: Inbound) => Promise<Settled>,
): { readonly offered: Inbound[]; readonly listener: ReturnType<OpenChannel["listen"]> } {
  const offered: Inbound[] = [];
  const offer = (inbound: Inbound): Promise<Settled> => {
    offered.push(inbound);
    return settle(inbound);
  };
  return { offered, listener: opened.listen({ offer }, calm()) };
}

function wayIn(start: Start): void {
  it("an inbound survives JSON, and is acknowledged when it is settled, not when it is answered", async () => {
    const { opened, say, channel } = await start();
    const settled = Promise.withResolvers<Settled>();
    const { offered, listener } = listenWith(opened, () => settled.promise);
    let acknowledged = false;
    const saying = say("hello").then(() => {
      acknowledged = true;
    });
    while (offered.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(acknowledged).toBe(!channel.can.redelivers); // where nothing is acknowledged, saying it is all there is
    settled.resolve("accepted");
    await saying;
    expect(JSON.parse(JSON.stringify(offered[0]))).toEqual(offered[0]);
    expect(offered[0]).toMatchObject({ kind: "message", channel: channel.id, account: channel.account, text: "hello" });
    await listener.close();
  });

  it.each(["accepted", "duplicate", "refused"] as const)("%s is acknowledged", async (settled) => {
    const { opened, say } = await start();
    const { listener } = listenWith(opened, () => Promise.resolve(settled));
    await say("hello");
    await listener.close();
    expect(listener.status().state).toBe("stopped");
  });

  it("a sink that throws harms nothing: the next message is served", async () => {
    const { opened, say } = await start();
    let first = true;
    const { offered, listener } = listenWith(opened, () => {
      if (!first) return Promise.resolve("accepted");
      first = false;
      return Promise.reject(new Error("the sink is broken"));
    });
    void say("one");
    while (offered.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await say("two");
    expect(offered.length).toBeGreaterThanOrEqual(2);
    await listener.close();
  });
}

function wayOut(start: Start): void {
  it("send resolves with evidence, and the person sees it", async () => {
    const { opened, address, screen, channel, ready } = await start();
    await ready?.(opened);
    const sent = await opened.send(address, { kind: "text", text: "a word" }, { key: "k/1", signal: calm() });
    expect(sent).toMatchObject({ channel: channel.id, account: channel.account });
    expect(sent.id).not.toBe("");
    expect(JSON.parse(JSON.stringify(sent))).toEqual(sent);
    expect((await screen.next()).text).toContain("a word");
  });

  it("a place that does not exist is an error with cause and fix, and holds no secret", async () => {
    const { opened, nowhere, ready } = await start();
    await ready?.(opened);
    const error: unknown = await opened.send(nowhere, { kind: "text", text: "x" }, { key: "k/2", signal: calm() }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      outcome: "refused",
      fix: { en: expect.stringMatching(/\S/) as string, zh: expect.stringMatching(/\S/) as string },
    });
  });

  it("a stream shows nothing before it is opened, the same message when it is taken up again, and ends finished", async ({
    expect: check,
  }) => {
    const { opened, address, screen, ready } = await start();
    const answered = await ready?.(opened);
    const before = screen.messages.length;
    check(
      opened.stream,
      "a channel without stream keeps this contract by its absence; test its fall-back instead",
    ).toBeDefined();
    const stream = opened.stream;
    if (stream === undefined) return;
    const handle = await stream.prepare(address, { key: "k/3", signal: calm(), ...answered });
    check(screen.messages).toHaveLength(before);
    const first = await stream.open(handle, calm());
    first.update("half");
    const second = await stream.open(handle, calm());
    await second.finish("the whole");
    const shown = await screen.next();
    check(shown).toMatchObject({ state: "finished", text: "the whole" });
    check(screen.messages).toHaveLength(before + 1);
  });
}
