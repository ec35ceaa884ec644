/** What the calls of the fake platform share: what is on the screen, what was asked, and what fails next. */
import { channelError } from "../../src/errors.ts";
import type { ChannelError, ErrorCode, Outbound, Verdict } from "../../src/index.ts";

export type CallName =
  | "send"
  | "prepare"
  | "open"
  | "update"
  | "finish"
  | "fail"
  | "presence"
  | "edit"
  | "recall"
  | "react"
  | "download";

/** How a call fails. */
export interface CallFault {
  readonly outcome: "not_sent" | "refused" | "unknown";
  /** Of `unknown`: the platform did it, and its answer was lost. */
  readonly executed?: boolean;
  /** Default `stop` for a refusal, otherwise `retry`. */
  readonly verdict?: Verdict;
  readonly code?: ErrorCode;
  readonly message?: string;
}

/** A message as people see it. */
export interface Post {
  readonly id: string;
  readonly key: string;
  /** `user:u1`, `group:g`. */
  readonly place: string;
  /** `stream`: it grew. */
  readonly kind: Outbound["kind"] | "stream";
  text: string;
  state: "growing" | "finished" | "failed" | "recalled";
  /** Every text it has shown. */
  readonly history: string[];
  /** As it was given to the channel. */
  readonly message?: Outbound;
}

/** A call that waits. */
export interface Held {
  /** The call has come. */
  readonly entered: Promise<void>;
  release(): void;
}

/** A process that may die: its calls never come back then. */
export interface Life {
  dead: boolean;
}

/** What every call of a channel knows. */
export interface Caller {
  readonly signal: AbortSignal;
  readonly life: Life;
}

/** Throws when the answer of an executed call is lost; never resolves when the caller has died. */
export type Answer = () => Promise<void>;

export interface Desk {
  readonly posts: Post[];
  /** `name key`, oldest first. */
  readonly calls: string[];
  /** What a channel must not be asked for: a finished message that changes. */
  readonly violations: string[];
  /** Told of each call before and after it is executed; may end the caller's life. */
  onStep: ((step: string) => void) | undefined;
  /** Decides the fate of calls that no `fault` is listed for. */
  judge: ((name: CallName, key: string) => CallFault | undefined) | undefined;
  fault(name: CallName, ...faults: readonly (CallFault | undefined)[]): void;
  hold(name: CallName): Held;
  /** Notes the call; rejects when it fails before it is executed. */
  begin(name: CallName, key: string, caller: Caller): Promise<Answer>;
  /** The same at once, for calls that nobody waits for. False: it failed. */
  note(name: CallName, key: string): boolean;
  post(post: Omit<Post, "id" | "history">): Post;
}

export function createDesk(): Desk {
  const calls: string[] = [];
  const posts: Post[] = [];
  const faults = new Map<CallName, (CallFault | undefined)[]>();
  const held = new Map<CallName, { readonly enter: () => void; readonly released: Promise<void> }[]>();

  const fateOf = (name: CallName, key: string): CallFault | undefined => {
    const listed = faults.get(name);
    return listed !== undefined && listed.length > 0 ? listed.shift() : desk.judge?.(name, key);
  };
  const pass = async ({ life, signal }: Caller, gate: Promise<void> = Promise.resolve()): Promise<void> => {
    await untilAborted(gate, signal);
    if (life.dead) await untilAborted(never(), signal);
  };

  const desk: Desk = {
    posts,
    calls,
    violations: [],
    onStep: undefined,
    judge: undefined,
    fault: (name, ...more) => void faults.set(name, [...(faults.get(name) ?? []), ...more]),
    hold(name) {
      const entered = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      const gate = { enter: () => entered.resolve(), released: released.promise };
      held.set(name, [...(held.get(name) ?? []), gate]);
      return { entered: entered.promise, release: () => released.resolve() };
    },
    async begin(name, key, caller) {
      if (caller.life.dead) await pass(caller);
      calls.push(`${name} ${key}`);
      desk.onStep?.(`before ${name}`);
      const gate = held.get(name)?.shift();
      gate?.enter();
      await pass(caller, gate?.released);
      const fault = fateOf(name, key);
      if (fault !== undefined && fault.executed !== true) throw errorOf(fault, name);
      return async () => {
        desk.onStep?.(`after ${name}`);
        await pass(caller);
        if (fault !== undefined) throw errorOf(fault, name);
      };
    },
    note(name, key) {
      calls.push(`${name} ${key}`);
      return fateOf(name, key) === undefined;
    },
    post(post) {
      const made = { ...post, id: `p${posts.length + 1}`, history: post.text === "" ? [] : [post.text] };
      posts.push(made);
      return made;
    },
  };
  return desk;
}

export function placeOf(to: { readonly kind: string; readonly id: string }): string {
  return `${to.kind}:${to.id}`;
}

/** What a person reads of a message. */
export function textOf(content: Outbound): string {
  if (content.kind === "text" || content.kind === "markdown") return content.text;
  if (content.kind === "card") {
    const buttons = (content.buttons ?? []).map((button) => `[${button.label}]`);
    return [content.title, ...buttons].join(" ");
  }
  return `(${content.name ?? "file"})`;
}

const CODES = { not_sent: "unreachable", refused: "platform_refused", unknown: "timeout" } as const;

export function errorOf({ outcome, verdict, code, message }: CallFault, name: string): ChannelError {
  return channelError({
    code: code ?? CODES[outcome],
    kind: outcome === "refused" ? "platform" : "transport",
    message: message ?? `${name} was told to fail: ${outcome}`,
    outcome,
    verdict: verdict ?? { kind: outcome === "refused" ? "stop" : "retry" },
    fix: { en: "Nothing: a test wants it so.", zh: "无需处理:测试如此安排。" },
  });
}

/** What a process that has died waits for. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const stop = (): void => aborted.reject(errorOf({ outcome: "not_sent", code: "aborted" }, "the call"));
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
