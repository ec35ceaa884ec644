/** How what came in can be answered. Stored with the inbound, so plain JSON; `response_url` is a bearer address: never logged. */

export type ReplyTo = SocketReply | CallbackReply | AppReply | KfReply;

/** Over the long connection, by the callback's `req_id`. */
export interface SocketReply {
  readonly via: "socket";
  readonly reqId: string;
  /** ms since 1970 of its arrival; every window counts from here. */
  readonly at: number;
  /** Only messages can be answered with `aibot_respond_msg`; an event's `req_id` is refused there (846605). */
  readonly of: "message" | "event";
  /** A second, independent way: once, for an hour. */
  readonly responseUrl?: string;
}

/** A bot in callback mode: the platform asks for the stream again and again, then `response_url` is left. */
export interface CallbackReply {
  readonly via: "callback";
  /** Derived from `msgid`, so that a repeated callback is answered with the same stream. Absent: an event. */
  readonly streamId?: string;
  readonly at: number;
  readonly responseUrl?: string;
}

/** A self-built application: through the REST interface, at any time. */
export interface AppReply {
  readonly via: "app";
  readonly userId: string;
  /** Of a pressed card: its one update within 72 h. */
  readonly responseCode?: string;
}

/** WeChat customer service: at most 5 messages within 48 h of each message of the customer. */
export interface KfReply {
  readonly via: "kf";
  readonly openKfId: string;
  readonly customerId: string;
  readonly at: number;
  /** Of a customer who has just entered: one welcome within 20 s. */
  readonly welcomeCode?: string;
}
