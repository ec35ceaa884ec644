/** How what came in can be answered. Stored with the inbound, so plain JSON. */
export interface ReplyTo {
  readonly chatId: string;
  /** `om_…` of the message that is answered. Absent: an event. */
  readonly messageId?: string;
  /** Of a message in a thread or topic: the answer stays there, also when the message itself is gone. */
  readonly rootId?: string;
  readonly threadId?: string;
  /** Of a pressed card: two updates within 30 min. A bearer: never logged. */
  readonly cardToken?: string;
}
