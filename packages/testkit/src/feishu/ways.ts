/** How what people do reaches an app: over its connections, or, in webhook mode, at its address. */
import { createGateway, type Gateway, type GatewayParts } from "./gateway.ts";
import type { Bot } from "./tenant.ts";
import { createWebhooks, type FeishuWebhook, type FeishuWebhookSettings } from "./webhook.ts";

export type { Ack, Push, Split } from "./deliveries.ts";
export type { SaidConfig } from "./gateway.ts";
export type { FeishuWebhook, FeishuWebhookSettings } from "./webhook.ts";

export interface Ways extends Gateway {
  /** Sets an app to webhook mode. */
  webhook(bot: Bot, settings: FeishuWebhookSettings): FeishuWebhook;
  /** The token in the events of an app. */
  tokenOf(bot: Bot): string;
}

export function createWays(parts: GatewayParts): Ways {
  const gateway = createGateway(parts);
  const webhooks = createWebhooks(parts);
  return {
    ...gateway,
    webhook: webhooks.open,
    tokenOf: webhooks.tokenOf,
    async push(bot, push) {
      const way = webhooks.wayOf(bot);
      if (way === "stream") return gateway.push(bot, push);
      if (way === "post" || push.isCallback === true) return webhooks.push(bot, push);
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
