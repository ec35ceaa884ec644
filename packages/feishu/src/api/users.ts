/** Who the bot is. Source: "Obtain bot information" of the platform's documents. */
import { unclearError } from "../errors.ts";
import type { Client } from "./client.ts";

export interface BotInfo {
  readonly openId: string;
  readonly name: string;
  /** 2: enabled. */
  readonly activateStatus: number;
}

/** GET /open-apis/bot/v3/info, whose answer has `bot` at its top. Metered: asked once, and kept. */
export async function getBotInfo(client: Client, signal: AbortSignal): Promise<BotInfo> {
  const what = "ask who the bot is";
  const answer = await client.call({ method: "GET", path: "/open-apis/bot/v3/info", signal, what, idempotent: true });
  const bot = (answer["bot"] ?? answer) as Readonly<Record<string, unknown>>;
  const openId = bot["open_id"];
  if (typeof openId !== "string" || openId === "") throw unclearError(what, "open_id");
  return { openId, name: String(bot["app_name"] ?? ""), activateStatus: Number(bot["activate_status"] ?? 0) };
}
