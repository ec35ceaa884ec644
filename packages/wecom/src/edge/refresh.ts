/** A bot's answer to a call that wants a stream: the message itself, a repeat of it, and each question how far it has come. */
import type { StreamBoard } from "../streams.ts";

/** The body of the answer, before it is sealed. */
export async function streamReply(board: Pick<StreamBoard, "ask">, id: string): Promise<string> {
  const { content, finish } = await board.ask(id);
  return JSON.stringify({ msgtype: "stream", stream: { id, finish, content } });
}
