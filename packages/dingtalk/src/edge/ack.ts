/** Acknowledgements of Stream Mode, as frames. Pure. */
import type { Settled } from "@openclaw-china/core";
import type { Envelope } from "../wire/envelope.ts";

/** Undefined: nothing is acknowledged, so that the platform delivers again (or the frame has no id to answer). */
export function settledAck(envelope: Envelope, settled: Settled): string | undefined {
  if (envelope.type === "EVENT") {
    const busy = settled === "busy";
    return frame(
      envelope,
      200,
      "OK",
      busy ? { status: "LATER", message: "handler failed" } : { status: "SUCCESS", message: "success" },
    );
  }
  if (settled === "busy") return undefined;
  return frame(envelope, 200, "OK", { response: null });
}

/** The answer to a card action: what the card becomes; nothing changes without an update. */
export function cardAck(envelope: Envelope, update: object): string | undefined {
  return frame(envelope, 200, "OK", { response: update });
}

/** The same data back. */
export function pingAck(envelope: Envelope): string | undefined {
  return raw(envelope, 200, "OK", envelope.data);
}

export function badRequestAck(envelope: Envelope): string | undefined {
  return frame(envelope, 400, "bad request", { response: null });
}

export function notFoundAck(envelope: Envelope): string | undefined {
  return frame(envelope, 404, "topic not found", { response: null });
}

function frame(envelope: Envelope, code: number, message: string, data: object): string | undefined {
  return raw(envelope, code, message, JSON.stringify(data));
}

function raw({ messageId }: Envelope, code: number, message: string, data: string): string | undefined {
  if (messageId === undefined) return undefined;
  return JSON.stringify({ code, headers: { contentType: "application/json", messageId }, message, data });
}
