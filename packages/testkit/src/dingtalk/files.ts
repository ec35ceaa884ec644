/** Files that people sent: a code first, then an address, then the bytes. */
import { randomUUID } from "node:crypto";
import { type Answer, type Call, jsonOf } from "../server.ts";
import { dingTalkError } from "./answers.ts";

export interface Files {
  /** Takes the bytes in; returns the download code. */
  keep(file: File): Promise<string>;
  /** POST /v1.0/robot/messageFiles/download. */
  address(call: Call, origin: string): Answer;
  fetch(call: Call): Answer;
}

export function createFiles(): Files {
  const byCode = new Map<string, { readonly bytes: Buffer; readonly type: string }>();
  return {
    async keep(file) {
      const code = randomUUID();
      byCode.set(code, { bytes: Buffer.from(await file.arrayBuffer()), type: file.type });
      return code;
    },
    address({ body }, origin) {
      const { downloadCode } = (jsonOf(body) ?? {}) as Record<string, unknown>;
      if (!byCode.has(String(downloadCode))) return dingTalkError("invalidParameter.downloadCode.invalid");
      return { status: 200, body: { downloadUrl: `${origin}/files/${String(downloadCode)}` } };
    },
    fetch({ name }) {
      const file = byCode.get(name.replace("files/", ""));
      if (file === undefined) return { status: 404, body: "" };
      return { status: 200, headers: { "content-type": file.type || "application/octet-stream" }, body: file.bytes };
    },
  };
}
