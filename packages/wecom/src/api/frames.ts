/** The frames that go out over the long connection, one function per command. Source: "long connection of intelligent bots". */
import { unclearError } from "../errors.ts";
import type { Command, Link } from "./link.ts";

/** A body by its `msgtype`: `{ msgtype: "markdown", markdown: { content } }`. */
export type MessageBody = { readonly msgtype: string } & Readonly<Record<string, unknown>>;

/** A frame of a growing answer: the whole text so far. `isLast` freezes it. */
export interface StreamFrame {
  /** Of the callback that is answered. */
  readonly reqId: string;
  /** Our own; its first use creates the message. */
  readonly streamId: string;
  /** Markdown of at most 20,480 bytes. */
  readonly text: string;
  readonly isLast: boolean;
  /** Only counts in the first frame: makes the platform tell what people think of the answer. */
  readonly feedbackId?: string;
}

/** Whom a message goes to that answers nothing. */
export interface Chat {
  /** A group's chat id as it came, or the userid of a person. */
  readonly chatId: string;
  readonly isGroup: boolean;
}

/** What an upload begins with. */
export interface UploadStart {
  readonly type: "image" | "voice" | "video" | "file";
  readonly filename: string;
  readonly totalSize: number;
  readonly totalChunks: number;
  /** Hexadecimal; checked when the upload is finished. */
  readonly md5: string;
}

/** Each rejects with the `ChannelError` of its acknowledgement. */
export interface Frames {
  /** False: nothing can be sent over the connection now. */
  isLive(): boolean;
  stream(frame: StreamFrame, signal: AbortSignal): Promise<void>;
  /** Anything but a stream as the answer to a message. */
  respond(reqId: string, body: MessageBody, signal: AbortSignal): Promise<void>;
  /** To `enter_chat` only, within 5 s. */
  welcome(reqId: string, body: MessageBody, signal: AbortSignal): Promise<void>;
  /** To a pressed card only, within 5 s. Without `userIds` everybody's card changes. */
  updateCard(
    reqId: string,
    update: { readonly card: object; readonly userIds?: readonly string[] },
    signal: AbortSignal,
  ): Promise<void>;
  /** Has no key: sent twice it is two messages. */
  send(to: Chat, body: MessageBody, signal: AbortSignal): Promise<void>;
  uploadInit(start: UploadStart, signal: AbortSignal): Promise<string>;
  /** A chunk that timed out may be sent again as it is. `index` begins at 0. */
  uploadChunk(
    chunk: { readonly uploadId: string; readonly index: number; readonly bytes: Uint8Array },
    signal: AbortSignal,
  ): Promise<void>;
  /** The `media_id`, valid three days. */
  uploadFinish(uploadId: string, signal: AbortSignal): Promise<string>;
}

interface Order {
  readonly cmd: Command;
  readonly body: unknown;
  readonly what: string;
  readonly signal: AbortSignal;
  readonly reqId?: string;
}

export function createFrames(link: Link): Frames {
  const order = async (request: Order): Promise<void> => {
    await link.request(request);
  };
  return {
    isLive: () => link.isLive(),
    stream({ reqId, streamId, text, isLast, feedbackId }, signal) {
      const feedback = feedbackId === undefined ? {} : { feedback: { id: feedbackId } };
      const stream = { id: streamId, finish: isLast, content: text, ...feedback };
      const body = { msgtype: "stream", stream };
      return order({ cmd: "aibot_respond_msg", reqId, body, signal, what: "show a growing answer" });
    },
    respond: (reqId, body, signal) =>
      order({ cmd: "aibot_respond_msg", reqId, body, signal, what: "answer over the bot's connection" }),
    welcome: (reqId, body, signal) =>
      order({ cmd: "aibot_respond_welcome_msg", reqId, body, signal, what: "welcome a person" }),
    updateCard(reqId, { card, userIds }, signal) {
      const whose = userIds === undefined ? {} : { userids: userIds };
      const body = { response_type: "update_template_card", ...whose, template_card: card };
      return order({ cmd: "aibot_respond_update_msg", reqId, body, signal, what: "change a pressed card" });
    },
    send({ chatId, isGroup }, message, signal) {
      const body = { chatid: chatId, chat_type: isGroup ? 2 : 1, ...message };
      return order({ cmd: "aibot_send_msg", body, signal, what: `send to the ${isGroup ? "group" : "person"}` });
    },
    async uploadInit({ type, filename, totalSize, totalChunks, md5 }, signal) {
      const what = "upload a file over the bot's connection";
      const body = { type, filename, total_size: totalSize, total_chunks: totalChunks, md5 };
      const answer = await link.request({ cmd: "aibot_upload_media_init", body, signal, what });
      return idIn(answer, "upload_id", what);
    },
    uploadChunk({ uploadId, index, bytes }, signal) {
      const body = { upload_id: uploadId, chunk_index: index, base64_data: Buffer.from(bytes).toString("base64") };
      return order({ cmd: "aibot_upload_media_chunk", body, signal, what: "upload a part of a file" });
    },
    async uploadFinish(uploadId, signal) {
      const what = "end the upload of a file";
      const body = { upload_id: uploadId };
      const answer = await link.request({ cmd: "aibot_upload_media_finish", body, signal, what });
      return idIn(answer, "media_id", what);
    },
  };
}

function idIn(answer: Readonly<Record<string, unknown>>, name: string, what: string): string {
  const id = answer[name];
  if (typeof id !== "string" || id === "") throw unclearError(what, name);
  return id;
}
