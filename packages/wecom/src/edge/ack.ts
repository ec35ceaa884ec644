/** Frames that the channel sends by itself: the subscription and the heartbeat. Pure. */

/** First frame of a connection. The platform lets one connection of a bot subscribe, and evicts the older. */
export function subscribeFrame(reqId: string, bot: { readonly botId: string; readonly botSecret: string }): string {
  const body = { bot_id: bot.botId, secret: bot.botSecret };
  return JSON.stringify({ cmd: "aibot_subscribe", headers: { req_id: reqId }, body });
}

/** The platform closes connections that send none; control pings of the socket have been refused. */
export function pingFrame(reqId: string): string {
  return JSON.stringify({ cmd: "ping", headers: { req_id: reqId } });
}

/** Unique. `of` in front, so that acknowledgements can be told apart. */
export function ownReqId(of: "aibot_subscribe" | "ping", now: number): string {
  return `${of}_${now}_${crypto.randomUUID().slice(0, 8)}`;
}
