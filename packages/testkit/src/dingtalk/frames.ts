/** Frames as DingTalk writes them: JSON, with `data` a string that holds JSON again. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@openclaw-china/core";

export interface FrameContent {
  readonly type: "SYSTEM" | "CALLBACK" | "EVENT";
  readonly topic: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly data: object;
}

export interface Frame {
  /** Names one delivery. */
  readonly messageId: string;
  readonly text: string;
}

export function createFrames(clock: Clock): (connectionId: string, content: FrameContent) => Frame {
  let count = 0;
  return (connectionId, { type, topic, headers: more, data }) => {
    count += 1;
    const messageId = `0a0b0c0d_${String(count).padStart(6, "0")}_${randomUUID().slice(0, 8)}`;
    const appId = "00000000-0000-4000-8000-000000000001";
    const time = String(clock.now());
    const headers = { appId, connectionId, contentType: "application/json", messageId, time, topic, ...more };
    return { messageId, text: JSON.stringify({ specVersion: "1.0", type, headers, data: JSON.stringify(data) }) };
  };
}

/** Frames that no client may choke on: no JSON, no object, no headers, `data` that is no JSON, bytes. */
export function nonsense(): readonly (string | Buffer)[] {
  const headers = { topic: "/v1.0/im/bot/messages/get", messageId: "nonsense", contentType: "application/json" };
  return [
    "{",
    "null",
    '"text"',
    "{}",
    JSON.stringify({ specVersion: "1.0", type: "CALLBACK", headers, data: "{not json" }),
    JSON.stringify({ specVersion: "1.0", type: "CALLBACK", headers: { ...headers, topic: "error" }, data: "{}" }),
    JSON.stringify({ specVersion: "1.0", type: "CALLBACK", header: headers, data: "{}" }),
    Buffer.from([0, 255, 1]),
  ];
}
