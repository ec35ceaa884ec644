/** What the gateway tells the page; the other side is src/http/feed.ts and src/demo.ts. */

/** Who is here, once per connection. */
export interface Demo {
  /** Undefined: the offline agent answers. */
  readonly model?: string;
  readonly bot: { readonly name: string };
  readonly person: { readonly name: string };
  readonly groups: readonly { readonly id: string; readonly title: string }[];
  /** Keywords in the group, whose agent answers them, and a text to try. */
  readonly routes: readonly { readonly keyword: string; readonly agent: string; readonly example: string }[];
}

/** A message as it is on the screen now. */
export interface Message {
  readonly id: string;
  readonly kind: "text" | "markdown" | "card" | "media";
  readonly text: string;
  readonly state: "growing" | "finished" | "failed" | "recalled";
  readonly isBot: boolean;
  /** Of a message of another sender than the bot. */
  readonly by?: string;
  /** Of one's own messages in a group. */
  readonly mentioned?: boolean;
  /** Of one's own messages: the platform has posted it to the webhook instead of the connection. */
  readonly isPosted?: boolean;
  /** Texts it has shown so far. */
  readonly updates: number;
  readonly reactions: readonly string[];
  /** Of an answer: whether the platform has told the bot that the person has read it. */
  readonly isRead?: boolean;
  /** Of a card; a press makes them go. */
  readonly buttons: readonly { readonly id: string; readonly label: string }[];
}

/** One hop of a message. */
export interface Line {
  /** ms since 1970. */
  readonly at: number;
  readonly hop: string;
  readonly outcome: string;
  readonly detail?: string;
}

/** The gateway's readiness and its connections. */
export interface Status {
  readonly ready: boolean;
  readonly why: readonly { readonly zh: string; readonly en: string }[];
  readonly channels: readonly Connection[];
}

/** One account of a channel. */
export interface Connection {
  readonly channel: string;
  readonly account: string;
  readonly state: string;
  /** Metered calls of this month, of its budget if one is set. */
  readonly usage?: { readonly month: string; readonly calls: number; readonly budget?: number };
}

/** One event of the stream. */
export interface Changes {
  /** In the first event of a connection: what was known before is void. */
  readonly demo?: Demo;
  readonly status?: Status;
  readonly messages: readonly { readonly place: string; readonly message: Message }[];
  readonly traces: readonly { readonly id: string; readonly lines: readonly Line[] }[];
}

/** Place of the direct chat; others are ids of groups. */
export const DIRECT = "direct";
