/** The long connection as the way out sees it: a frame goes out, its acknowledgement comes back. */

/** Commands that we send. */
export type Command =
  | "aibot_subscribe"
  | "ping"
  | "aibot_respond_msg"
  | "aibot_respond_welcome_msg"
  | "aibot_respond_update_msg"
  | "aibot_send_msg"
  | "aibot_upload_media_init"
  | "aibot_upload_media_chunk"
  | "aibot_upload_media_finish";

export interface LinkRequest {
  readonly cmd: Command;
  readonly body?: unknown;
  /** Default an own, unique one. Of one `req_id` at most one frame is unacknowledged; the next waits. */
  readonly reqId?: string;
  /** For errors: "send to the group". */
  readonly what: string;
  readonly signal: AbortSignal;
}

/** The subscribed connection of a bot. */
export interface Link {
  /** False: nothing can be sent over it now. */
  isLive(): boolean;
  /**
   * The acknowledgement's body. Rejects with a `ChannelError`: `not_sent` when the frame did not leave, `refused` in the
   * platform's words, `unknown` when the acknowledgement did not come or the connection broke before it.
   */
  request(request: LinkRequest): Promise<Record<string, unknown>>;
}
