/** What every simulator offers: a tenant with people, groups and bots, and what those people see. */
import type { Clock } from "@openclaw-china/core";

export interface SimulatorOptions {
  /** The platform's own clock. Default the machine's. */
  readonly clock?: Clock;
  /** By name, which answer to give where the platform's own is not known. Default the believed one. */
  readonly assume?: Readonly<Record<string, boolean>>;
  /** Port on 127.0.0.1; default a free one. */
  readonly port?: number;
}

/** A tenant with people, groups and one bot. */
export interface Simulator<App> extends AsyncDisposable {
  /** Options for the channel: credentials of the simulated app, and where it is. */
  readonly app: App;
  user(name: string): SimulatedUser;
  group(title: string, members: readonly SimulatedUser[]): SimulatedGroup;
  /** In force until disposed. */
  fault(fault: Fault): Disposable;
  /** Delivers again, as the platform would have, what was not acknowledged; without waiting for its schedule. */
  redeliver(): Promise<void>;
  /** What the bot asked of the platform, oldest first. `status` is 0 while a call runs, and when it got no answer. */
  readonly calls: readonly SimulatedCall[];
  close(): Promise<void>;
}

export interface SimulatedCall {
  readonly name: string;
  readonly at: number;
  readonly status: number;
}

export interface SimulatedGroup {
  readonly id: string;
  readonly title: string;
}

/** How something is said. */
export interface Saying {
  /** Several bots at once, or none. Default the bot of the place. */
  readonly mention?: boolean | readonly { readonly id: string }[];
  /** In answer to that message. */
  readonly quote?: Shown;
}

/** Without `group` the direct chat with the bot. */
export interface Place {
  readonly group?: SimulatedGroup;
  /** Which bot, where the tenant has several. Default the first. */
  readonly bot?: { readonly id: string };
}

export interface SimulatedUser {
  readonly id: string;
  readonly name: string;
  /** Resolves when the bot has acknowledged. In a group `mention` is true unless said otherwise. */
  say(text: string, how?: Place & Saying): Promise<void>;
  sendFile(file: File, where?: Place): Promise<void>;
  press(card: Shown, button: string, values?: Readonly<Record<string, string>>): Promise<void>;
  /** What this person sees there. */
  screen(where?: Place): Screen;
}

export interface Screen {
  readonly messages: readonly Shown[];
  /** The next message of the bot that this screen has not handed out, once it is finished. Default 5,000 ms. */
  next(options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal }): Promise<Shown>;
}

export interface Shown {
  readonly id: string;
  readonly from: string;
  readonly kind: "text" | "markdown" | "card" | "media";
  readonly text: string;
  readonly state: "growing" | "finished" | "failed" | "recalled";
  /** Labels, in order. */
  readonly buttons: readonly { readonly id: string; readonly label: string }[];
  /** Every text this message has shown, oldest first. */
  readonly history: readonly string[];
  readonly file?: File;
}

export type Fault =
  | {
      readonly kind:
        | "refuseConnections"
        | "dropConnection"
        | "halfOpen"
        | "ignoreClose"
        | "malformedFrame"
        | "duplicate"
        | "reorder";
    }
  /** `slowBody`: the head of the answer at once, its body spread over `ms`. */
  | { readonly kind: "delay" | "slowBody"; readonly ms: number; readonly on?: string }
  | { readonly kind: "status"; readonly status: number; readonly on: string }
  | { readonly kind: "platformError"; readonly code: string; readonly on: string }
  /** The call is cut off before it is executed, or executed and never answered. */
  | { readonly kind: "noAnswer"; readonly executed: boolean; readonly on: string };
