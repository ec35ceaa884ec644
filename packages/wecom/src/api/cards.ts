/** Cards that an application has sent. POST /cgi-bin/message/update_template_card. */
import type { Client } from "./client.ts";

/** How a card of an application changes: another card, or its buttons become one word that says what was decided. */
export interface CardChange {
  /** Whose card; absent: everybody's. */
  readonly userIds?: readonly string[];
  readonly agentId: number;
  /** Came with the sent card, or with a press of it: good for one change within 72 h. */
  readonly responseCode: string;
  readonly to: { readonly card: object } | { readonly replaceName: string };
}

export async function updateTemplateCard(client: Client, change: CardChange, signal: AbortSignal): Promise<void> {
  const { userIds, agentId, responseCode, to } = change;
  const content = "card" in to ? { template_card: to.card } : { button: { replace_name: to.replaceName } };
  const whose = userIds === undefined ? { atall: 1 } : { userids: userIds };
  await client.call({
    method: "POST",
    path: "/cgi-bin/message/update_template_card",
    json: { ...whose, agentid: agentId, response_code: responseCode, ...content },
    signal,
    what: "change a card",
    idempotent: false, // a code that was used is refused
  });
}
