/** How what people do reaches an app: over its connections, or, in webhook mode, at its address. */
import type { Ack, Push } from "./deliveries.ts";
import { createGateway, type Gateway, type GatewayParts } from "./gateway.ts";
import type { Bot } from "./tenant.ts";

export type { Ack, Push, Split } from "./deliveries.ts";
export type { SaidConfig } from "./gateway.ts";

export interface Ways extends Gateway {
  push(bot: Bot, push: Push): Promise<Ack>;
}

export function createWays(parts: GatewayParts): Ways {
  return createGateway(parts);
}
