/** A group's webhook robot: POST /cgi-bin/webhook/send and …/upload_media. The key is the credential. */
import { type Caller, callOpen } from "./client.ts";
import type { MessageBody } from "./frames.ts";
import { formOf, mediaIdIn, type Upload, UPLOAD_MS } from "./media.ts";

/** One robot, and where it is. */
export interface RobotAt extends Caller {
  readonly api: string;
  readonly key: string;
}

export async function sendByRobot(robot: RobotAt, body: MessageBody, signal: AbortSignal): Promise<void> {
  const what = "send to the group by its robot";
  await callOpen(robot, { url: addressOf(robot, "send"), json: body, signal, what, secrets: secretsOf(robot) });
}

/** The `media_id`: of this robot only, for three days. */
export async function uploadToRobot(
  robot: RobotAt,
  file: Upload & { readonly type: "file" | "voice" },
  signal: AbortSignal,
): Promise<string> {
  const what = "upload a file for the group's robot";
  const url = `${addressOf(robot, "upload_media")}&type=${file.type}`;
  const form = await formOf(file);
  const answer = await callOpen(robot, {
    url,
    form,
    timeoutMs: UPLOAD_MS,
    signal,
    what,
    secrets: secretsOf(robot),
  });
  return mediaIdIn(answer, what);
}

function addressOf({ api, key }: RobotAt, call: string): string {
  return `${api}/cgi-bin/webhook/${call}?key=${encodeURIComponent(key)}`;
}

function secretsOf({ key }: RobotAt): readonly string[] {
  return [key, encodeURIComponent(key)];
}
