/** What every `Inbox` promises: durable, once, in order per lane, one turn at a time, counted, fenced. */
import type { Claim, OutboxPart } from "@openclaw-china/core";
import { describe, expect, it } from "vitest";
import { crewOf, entryOf, quiet, type StateSession, type StateSubject, sessions } from "./session.ts";

/** Registers the tests for the inbox of a state. */
export function inboxContract(subject: StateSubject): void {
  describe(`inbox of ${subject.name}: accepting`, () => accepting(sessions(subject)));
  describe(`inbox of ${subject.name}: lanes`, () => lanes(sessions(subject)));
  describe(`inbox of ${subject.name}: called off, parked, stopped`, () => calledOff(sessions(subject)));
  describe(`inbox of ${subject.name}: attempts`, () => attempts(sessions(subject)));
  describe(`inbox of ${subject.name}: outbox`, () => outbox(sessions(subject)));
}

type Open = () => Promise<StateSession>;

function accepting(open: Open): void {
  it("accepts a key once, also after its turn is done, for 48 hours", async () => {
    const session = await open();
    const { inbox } = session.state;
    const crew = crewOf(inbox);
    expect(await inbox.offer(entryOf("a"))).toBe("accepted");
    expect(await inbox.offer(entryOf("a"))).toBe("duplicate");
    (await crew.next()).end();
    await quiet(session);
    expect(await inbox.offer(entryOf("a"))).toBe("duplicate");
    expect(crew.begun).toEqual(["a"]);
  });

  it("tells accounts apart that saw the same id", async () => {
    const { inbox } = (await open()).state;
    expect(await inbox.offer(entryOf("a", { queue: "chat:one" }))).toBe("accepted");
    expect(await inbox.offer(entryOf("a", { queue: "chat:two" }))).toBe("accepted");
  });

  it("keeps the order of the calls, also of concurrent ones", async () => {
    const session = await open();
    const ids = Array.from({ length: 100 }, (_, n) => `m${String(n).padStart(3, "0")}`);
    await Promise.all(ids.map((id) => session.state.inbox.offer(entryOf(id))));
    const crew = crewOf(session.state.inbox);
    for (const _ of ids) (await crew.next()).end();
    expect(crew.begun).toEqual(ids);
  });

  it("of a hundred concurrent offers of one key one is accepted", async () => {
    const { inbox } = (await open()).state;
    const settled = await Promise.all(Array.from({ length: 100 }, () => inbox.offer(entryOf("a"))));
    expect(settled.filter((one) => one === "accepted")).toHaveLength(1);
    expect(settled.filter((one) => one === "duplicate")).toHaveLength(99);
  });

  it("counts what waits and what runs", async () => {
    const session = await open();
    const { inbox } = session.state;
    await inbox.offer(entryOf("a"));
    await inbox.offer(entryOf("b"));
    expect(await inbox.size()).toEqual({ waiting: 2, active: 0, failed: 0 });
    const crew = crewOf(inbox);
    const first = await crew.next();
    expect(await inbox.size()).toEqual({ waiting: 1, active: 1, failed: 0 });
    first.end();
    (await crew.next()).end();
    await quiet(session);
    expect(await inbox.size()).toEqual({ waiting: 0, active: 0, failed: 0 });
  });
}

function lanes(open: Open): void {
  it("one turn at a time in a lane, many lanes at once", async () => {
    const session = await open();
    const { inbox } = session.state;
    for (const id of ["a1", "b1", "a2", "b2"]) await inbox.offer(entryOf(id, { lane: id.slice(0, 1) }));
    const crew = crewOf(inbox);
    const [first, second] = [await crew.next(), await crew.next()];
    await quiet(session);
    expect(crew.begun).toEqual(["a1", "b1"]);
    second.end();
    expect((await crew.next()).ids).toEqual(["b2"]);
    expect(crew.begun).not.toContain("a2");
    first.end();
    expect((await crew.next()).ids).toEqual(["a2"]);
  });

  it("takes only its own queues, and no more lanes than allowed", async () => {
    const session = await open();
    const { inbox } = session.state;
    await inbox.offer(entryOf("x", { lane: "x", queue: "chat:other" }));
    for (const id of ["a", "b", "c"]) await inbox.offer(entryOf(id, { lane: id }));
    const crew = crewOf(inbox, { lanes: 2 });
    const first = await crew.next();
    await crew.next();
    await quiet(session);
    expect(crew.begun).toEqual(["a", "b"]);
    first.end();
    expect((await crew.next()).ids).toEqual(["c"]);
    await quiet(session);
    expect(crew.begun).not.toContain("x");
  });

  it("merge: what waits in a lane becomes one turn", async () => {
    const session = await open();
    const { inbox } = session.state;
    const crew = crewOf(inbox, { whenBusy: "merge" });
    await inbox.offer(entryOf("a"));
    const first = await crew.next();
    for (const id of ["b", "c", "d"]) await inbox.offer(entryOf(id));
    first.end();
    const second = await crew.next();
    expect(second.ids).toEqual(["b", "c", "d"]);
    second.end();
    await quiet(session);
    expect(await inbox.size()).toEqual({ waiting: 0, active: 0, failed: 0 });
  });

  it("interrupt: the newest aborts the running turn, and what waits between is dropped", async () => {
    const session = await open();
    const { inbox } = session.state;
    const crew = crewOf(inbox, { whenBusy: "interrupt" });
    await inbox.offer(entryOf("a"));
    const first = await crew.next();
    await inbox.offer(entryOf("b"));
    await inbox.offer(entryOf("c"));
    await quiet(session);
    expect(first.claim.signal.reason).toBe("newer");
    first.end();
    expect((await crew.next()).ids).toEqual(["c"]);
    await quiet(session);
    expect(crew.begun).toEqual(["a", "c"]);
  });

  it("pass: a busy lane hands the next on at once, in order", async () => {
    const { inbox } = (await open()).state;
    const crew = crewOf(inbox, { whenBusy: "pass" });
    for (const id of ["a", "b", "c"]) await inbox.offer(entryOf(id));
    for (const id of ["a", "b", "c"]) expect((await crew.next()).ids).toEqual([id]);
    expect(crew.running.size).toBe(3);
  });
}

function calledOff(open: Open): void {
  it("stop aborts the running turn of a lane, of one person or of one message only", async () => {
    const { inbox } = (await open()).state;
    const crew = crewOf(inbox);
    await inbox.offer(entryOf("a", { sender: "lin" }));
    const { claim } = await crew.next();
    expect(await inbox.stop("elsewhere", "stopped")).toBe(false);
    expect(await inbox.stop("lane", "stopped", { sender: "wang" })).toBe(false);
    expect(await inbox.stop("lane", "recalled", { id: "b" })).toBe(false);
    expect(claim.signal.aborted).toBe(false);
    expect(await inbox.stop("lane", "stopped", { sender: "lin" })).toBe(true);
    expect(claim.signal.reason).toBe("stopped");
  });

  it("a recall drops a message that still waits", async () => {
    const session = await open();
    const { inbox } = session.state;
    const crew = crewOf(inbox);
    await inbox.offer(entryOf("a"));
    await inbox.offer(entryOf("b"));
    await inbox.offer(entryOf("c"));
    const first = await crew.next();
    expect(await inbox.stop("lane", "recalled", { id: "b" })).toBe(true);
    first.end();
    expect((await crew.next()).ids).toEqual(["c"]);
    expect(crew.begun).toEqual(["a", "c"]);
  });

  it("a parked turn gives its lane back and takes it again before what waits", async () => {
    const session = await open();
    const { inbox } = session.state;
    const crew = crewOf(inbox);
    for (const id of ["a", "b", "c"]) await inbox.offer(entryOf(id));
    const first = await crew.next();
    await first.claim.park();
    const second = await crew.next();
    expect(second.ids).toEqual(["b"]);
    let resumed = false;
    const resuming = first.claim.resume().then(() => {
      resumed = true;
    });
    await quiet(session);
    expect(resumed).toBe(false);
    second.end();
    await resuming;
    await quiet(session);
    expect(crew.begun).toEqual(["a", "b"]);
    first.end();
    expect((await crew.next()).ids).toEqual(["c"]);
  });

  it("a worker that is stopped takes nothing new, waits, and aborts what stays", async () => {
    const session = await open();
    const { inbox } = session.state;
    const crew = crewOf(inbox);
    await inbox.offer(entryOf("a"));
    const turn = await crew.next();
    let stopped = false;
    const stopping = crew.worker.stop(1_000).then(() => {
      stopped = true;
    });
    await inbox.offer(entryOf("b", { lane: "b" }));
    await session.advance(999);
    expect(turn.claim.signal.aborted).toBe(false);
    await session.advance(1);
    expect(turn.claim.signal.aborted).toBe(true);
    expect(stopped).toBe(false);
    turn.end();
    await stopping;
    expect(crew.begun).toEqual(["a"]);
  });
}

function attempts(open: Open): void {
  it("a turn that rejects is claimed again after a while, in its old place", async () => {
    const session = await open();
    const { inbox } = session.state;
    const crew = crewOf(inbox);
    await inbox.offer(entryOf("a"));
    await inbox.offer(entryOf("b"));
    const first = await crew.next();
    expect(first.claim.attempt).toBe(1);
    first.end(new Error("once"));
    await quiet(session);
    expect(crew.begun).toEqual(["a"]);
    await session.advance(60_000);
    const second = await crew.next();
    expect(second.ids).toEqual(["a"]);
    expect(second.claim.attempt).toBe(2);
    second.end();
    expect((await crew.next()).ids).toEqual(["b"]);
  });

  it("after its attempts an entry has failed, and its lane goes on", async () => {
    const session = await open();
    const { inbox } = session.state;
    const crew = crewOf(inbox, { attempts: 2 });
    await inbox.offer(entryOf("a"));
    await inbox.offer(entryOf("b"));
    (await crew.next()).end(new Error("once"));
    await quiet(session);
    await session.advance(60_000);
    (await crew.next()).end(new Error("twice"));
    expect((await crew.next()).ids).toEqual(["b"]);
    expect(crew.begun).toEqual(["a", "a", "b"]);
    expect((await inbox.size()).failed).toBe(1);
    expect(await inbox.offer(entryOf("a"))).toBe("duplicate");
  });
}

function outbox(open: Open): void {
  const part = (key: string, state: OutboxPart["state"], body = "{}"): OutboxPart => ({ key, state, body });
  const start = async (
    session: StateSession,
  ): Promise<{
    readonly claim: Claim;
    readonly end: (error?: Error) => void;
    readonly crew: ReturnType<typeof crewOf>;
  }> => {
    const crew = crewOf(session.state.inbox);
    await session.state.inbox.offer(entryOf("a"));
    const turn = await crew.next();
    return { claim: turn.claim, end: turn.end, crew };
  };

  it("parts come back in the order of their first write, with their last state", async () => {
    const session = await open();
    const { claim, end, crew } = await start(session);
    await claim.outbox.put(part("t/1", "pending"));
    await claim.outbox.put({ ...part("t/2", "prepared", "handle"), repeatUntil: 5 });
    await claim.outbox.put(part("t/1", "sent", "done"));
    expect(await claim.outbox.parts()).toEqual([
      part("t/1", "sent", "done"),
      { ...part("t/2", "prepared", "handle"), repeatUntil: 5 },
    ]);
    end(new Error("again"));
    await quiet(session);
    await session.advance(60_000);
    const second = await crew.next();
    expect(await second.claim.outbox.parts()).toEqual([
      part("t/1", "sent", "done"),
      { ...part("t/2", "prepared", "handle"), repeatUntil: 5 },
    ]);
  });

  it("a claim that has been taken over can write nothing any more", async () => {
    const session = await open();
    const { claim, end, crew } = await start(session);
    await claim.outbox.put(part("t/1", "pending"));
    end(new Error("again"));
    await quiet(session);
    await session.advance(60_000);
    const second = await crew.next();
    await expect(claim.outbox.put(part("t/1", "sent"))).rejects.toThrow(/no longer ours/);
    await expect(claim.handled()).rejects.toThrow(/no longer ours/);
    expect(claim.signal.aborted).toBe(true);
    expect(await second.claim.outbox.parts()).toEqual([part("t/1", "pending")]);
  });

  it("once handled, later attempts only complete the outbox", async () => {
    const session = await open();
    const { claim, end, crew } = await start(session);
    expect(claim.stage).toBe("running");
    await Promise.all([claim.outbox.put(part("t/1", "pending")), claim.handled()]);
    end(new Error("again"));
    await quiet(session);
    await session.advance(60_000);
    expect((await crew.next()).claim.stage).toBe("replying");
  });
}
