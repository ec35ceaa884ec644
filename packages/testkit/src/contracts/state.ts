/** What every `State` promises as a whole: the suites of its parts, blobs, and what a crash leaves. */
import { describe, expect, it } from "vitest";
import { inboxContract } from "./inbox.ts";
import { crewOf, entryOf, pressOf, quiet, type StateSession, type StateSubject, sessions } from "./session.ts";
import { storeContract } from "./store.ts";

/** Registers all tests of a state driver: store, inbox, blobs, and for durable ones what a crash leaves. */
export function stateContract(subject: StateSubject): void {
  storeContract(subject);
  inboxContract(subject);
  describe(`blobs of ${subject.name}`, () => blobs(sessions(subject)));
  if (subject.durable) describe(`${subject.name} after a crash`, () => crashes(sessions(subject)));
  else it(`${subject.name} says that it forgets`, async () => expect((await subject.open()).state.durable).toBe(false));
}

type Open = () => Promise<StateSession>;

/** What a new process finds. */
async function crash(session: StateSession): Promise<StateSession> {
  if (session.crash === undefined) throw new Error("a durable state must tell how it crashes");
  return session.crash();
}

function blobs(open: Open): void {
  it("bytes come back as they were, and are gone when removed", async () => {
    const { state } = await open();
    const bytes = new Uint8Array(100_000).map((_, n) => n % 251);
    await state.blobs.put("a/../b:文件", new Blob([bytes]).stream(), 200_000);
    const found = await state.blobs.open("a/../b:文件");
    expect(found && new Uint8Array(await new Response(found.body).arrayBuffer())).toEqual(bytes);
    await state.blobs.remove("a/../b:文件");
    expect(await state.blobs.open("a/../b:文件")).toBeUndefined();
    await state.blobs.remove("never");
  });

  it("refuses what is larger than allowed, and keeps nothing of it", async () => {
    const { state } = await open();
    await expect(state.blobs.put("big", new Blob(["12345"]).stream(), 4)).rejects.toMatchObject({ code: "too_large" });
    expect(await state.blobs.open("big")).toBeUndefined();
  });
}

function crashes(open: Open): void {
  it("what was accepted is there, in order, once; what was in the middle is claimed again and counted", async () => {
    const session = await open();
    expect(session.state.durable).toBe(true);
    const { inbox, store } = session.state;
    for (const id of ["a", "b", "c"]) await inbox.offer(entryOf(id));
    await inbox.offer(pressOf("p", "card"));
    await store.put("fact", "kept");
    const crew = crewOf(inbox);
    const first = await crew.next();
    await first.claim.outbox.put({ key: "t/1", state: "trying", body: "hello" });

    const next = await crash(session);
    expect(await next.state.inbox.offer(entryOf("b"))).toBe("duplicate");
    expect((await next.state.store.get("fact"))?.value).toBe("kept");
    const after = crewOf(next.state.inbox);
    const again = await after.next();
    expect(again.ids).toEqual(["a"]);
    expect(again.claim.attempt).toBe(2);
    expect(await again.claim.outbox.parts()).toEqual([{ key: "t/1", state: "trying", body: "hello" }]);
    again.end();
    await quiet(next);
    const rest = [await after.next(), await after.next()];
    expect(rest.flatMap(({ ids }) => ids).toSorted()).toEqual(["b", "p"]);
    expect(rest.find(({ ids }) => ids[0] === "p")?.claim.attempt).toBe(2);
  });

  it("a turn that was replying only completes its outbox; a stop that was ordered is not forgotten", async () => {
    const session = await open();
    const { inbox } = session.state;
    await inbox.offer(entryOf("a", { lane: "a" }));
    await inbox.offer(entryOf("b", { lane: "b" }));
    const crew = crewOf(inbox);
    const turns = [await crew.next(), await crew.next()];
    await turns[0]?.claim.handled();
    await inbox.stop("b", "stopped");

    const next = await crash(session);
    const after = crewOf(next.state.inbox);
    const again = [await after.next(), await after.next()];
    expect(again.map(({ claim }) => claim.stage)).toEqual(["replying", "running"]);
    await quiet(next);
    expect(again[1]?.claim.signal.reason).toBe("stopped");
  });

  it("a merged burst is the same burst, and what was done stays done", async () => {
    const session = await open();
    const { inbox } = session.state;
    const crew = crewOf(inbox, { whenBusy: "merge" });
    await inbox.offer(entryOf("a"));
    const first = await crew.next();
    for (const id of ["b", "c"]) await inbox.offer(entryOf(id));
    first.end();
    await crew.next();
    await inbox.offer(entryOf("d"));

    const next = await crash(session);
    const after = crewOf(next.state.inbox, { whenBusy: "merge" });
    const again = await after.next();
    expect(again.ids).toEqual(["b", "c"]);
    again.end();
    expect((await after.next()).ids).toEqual(["d"]);
    expect(await next.state.inbox.offer(entryOf("a"))).toBe("duplicate");
  });
}
