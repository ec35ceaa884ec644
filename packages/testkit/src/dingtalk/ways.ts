/** How what people do reaches an app: over its connections, or, in HTTP mode, at its address. */
import { createGateway, type Gateway, type GatewayParts } from "./gateway.ts";
import type { Bot } from "./tenant.ts";
import { createWebhooks, type SimulatedWebhook, type WebhookSettings } from "./webhook.ts";

export type { Ack, Push } from "./gateway.ts";
export type { SimulatedWebhook, WebhookSettings } from "./webhook.ts";

export interface Ways extends Gateway {
  /** Sets an app to HTTP mode. */
  webhook(bot: Bot, settings: WebhookSettings): SimulatedWebhook;
}

export function createWays(parts: GatewayParts): Ways {
  const gateway = createGateway(parts);
  const webhooks = createWebhooks(parts);
  return {
    ...gateway,
    webhook: webhooks.open,
    async push(bot, push) {
      const way = webhooks.wayOf(bot, push);
      if (way === "stream") return gateway.push(bot, push);
      if (way === "post") return webhooks.push(bot, push);
      const [ack] = await Promise.all([gateway.push(bot, push), webhooks.push(bot, push)]);
      return ack;
    },
    async redeliver() {
      await Promise.all([gateway.redeliver(), webhooks.redeliver()]);
    },
    close() {
      gateway.close();
      webhooks.close();
    },
  };
}
