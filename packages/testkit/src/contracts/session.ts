/**
 * What the contract suites of a state work with: an open state on a clock they move, entries to offer, and a crew whose
 * turns end when the test says so. Nothing here waits for real time.
 */
import type { Claim, Inbox, InboxEntry, State, Worker } from "@openclaw-china/core";
import { afterEach } from "vitest";

/** A state under test. */
export interface StateSession {
  readonly state: State;
  /** Moves the clock the state was made with, and lets what was due happen. */
  advance(ms: number): Promise<void>;
  /**
   * Durable states only: what a process finds that starts after this one was killed at this moment. The former state
   * stays usable, and no longer touches the one returned.
   */
  crash?(): Promise<StateSession>;
}

/** A driver under test: its name, and how to make an empty one. */
export interface StateSubject {
  readonly name: string;
  /** True: `crash` is there, and what was accepted survives it. */
  readonly durable: boolean;
  open(): Promise<StateSession>;
  /** Names of tests that are known to fail, each a defect with a record elsewhere: they are expected to fail. */
  readonly knownDefects?: readonly string[];
}

/** Opens sessions, and closes all of them after each test. */
export function sessions(subject: StateSubject): () => Promise<StateSession> {
  const opened: StateSession[] = [];
  const keep = (session: StateSession): StateSession => {
    opened.push(session);
    const crash = session.crash;
    return crash === undefined ? session : { ...session, crash: async () => keep(await crash()) };
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ state }) => state.close()));
  });
  return async () => keep(await subject.open());
}

/** Everything the state has begun is done: writes asked for are committed, claims that can be made are made. */
export async function quiet({ state }: Pick<StateSession, "state">): Promise<void> {
  for (let round = 0; round < 6; round += 1) {
    await state.store.get("quiet");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** An entry with a message of `sender` in `lane`; the key is unique by `id`. */
export function entryOf(
  id: string,
  over: { readonly lane?: string; readonly sender?: string; readonly queue?: string; readonly text?: string } = {},
): InboxEntry {
  const { lane = "lane", sender = "u1", queue = "chat:default", text = id } = over;
  const [channel = "chat", account = "default"] = queue.split(":");
  return {
    version: 1,
    key: `${queue}:${id}`,
    queue,
    lane,
    inbound: {
      kind: "message",
      id,
      channel,
      account,
      receivedAt: 0,
      raw: {},
      conversation: { kind: "group", id: lane, key: lane },
      sender: { id: sender, isBot: false },
      text,
      mentions: [],
      mentionsSelf: true,
      mentionsAll: false,
      attachments: [],
    },
  };
}

/** An entry with a press on a card, whose lane is the card. */
export function pressOf(id: string, lane: string): InboxEntry {
  const message = entryOf(id, { lane });
  const { channel, account, receivedAt, raw, conversation, sender } = message.inbound;
  if (conversation === undefined || sender === undefined) throw new Error("a message has both");
  const base = { id, channel, account, receivedAt, raw, conversation, sender };
  return { ...message, inbound: { ...base, kind: "action", source: "card", button: "ok", values: {} } };
}

/** A turn that has begun and ends when told to. */
export interface OpenTurn {
  readonly claim: Claim;
  /** Inbound ids, in order. */
  readonly ids: readonly string[];
  /** The turn resolves, or rejects with `error`. */
  end(error?: Error): void;
}

/** A worker whose turns are in the hands of the test. */
export interface Crew {
  readonly worker: Worker;
  /** The next turn to begin, in order of their beginnings; each is given once. */
  next(): Promise<OpenTurn>;
  /** Ids of every turn that has begun, in order, joined by `+` within one. */
  readonly begun: readonly string[];
  /** Turns that run now. */
  readonly running: ReadonlySet<OpenTurn>;
}

/** Options of a crew; by default 8 lanes, 3 attempts, `queue`. */
export interface CrewOptions {
  readonly queues?: readonly string[];
  readonly lanes?: number;
  readonly attempts?: number;
  readonly whenBusy?: "queue" | "merge" | "interrupt" | "pass";
}

/** Puts a crew to work. */
export function crewOf(inbox: Inbox, options: CrewOptions = {}): Crew {
  const begun: string[] = [];
  const running = new Set<OpenTurn>();
  const untaken: OpenTurn[] = [];
  const takers: ((turn: OpenTurn) => void)[] = [];
  const worker = inbox.work(
    (claim) =>
      new Promise<void>((resolve, reject) => {
        const ids = claim.entries.map(({ inbound }) => inbound.id);
        const turn: OpenTurn = {
          claim,
          ids,
          end(error) {
            running.delete(turn);
            if (error === undefined) resolve();
            else reject(error);
          },
        };
        begun.push(ids.join("+"));
        running.add(turn);
        const taker = takers.shift();
        if (taker === undefined) untaken.push(turn);
        else taker(turn);
      }),
    { queues: ["chat:default"], lanes: 8, attempts: 3, whenBusy: "queue", ...options },
  );
  return {
    worker,
    begun,
    running,
    next: () => {
      const turn = untaken.shift();
      return turn === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(turn);
    },
  };
}
