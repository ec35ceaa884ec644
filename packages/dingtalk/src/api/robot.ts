/** The text reaction that stands for "thinking". Undocumented by the platform; two widely used plugins rely on it. */
import type { Client } from "./client.ts";

export interface Emotion {
  readonly robotCode: string;
  readonly openMsgId: string;
  readonly openConversationId: string;
}

/** POST /v1.0/robot/emotion/reply and …/recall; the recall must repeat the same name. */
export async function setEmotion(
  client: Client,
  emotion: Emotion,
  name: string,
  options: { readonly on: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const textEmotion = { emotionId: "2659900", emotionName: name, text: name, backgroundId: "im_bg_1" };
  await client.call({
    method: "POST",
    base: "api",
    path: `/v1.0/robot/emotion/${options.on ? "reply" : "recall"}`,
    json: { ...emotion, emotionType: 2, emotionName: name, textEmotion },
    signal: options.signal,
    what: "set a reaction",
    idempotent: true,
  });
}
