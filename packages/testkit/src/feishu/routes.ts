/** The platform's interfaces: what a path means, and by which name faults and the list of calls know it. */

export interface Route {
  /** `im/message/reply`: group and method as the official SDK calls them, without the version. */
  readonly name: string;
  /** Ids in the path, in order. */
  readonly ids: readonly string[];
}

/** `:` stands for an id. */
const ROUTES: readonly (readonly [method: string, path: string, name: string])[] = [
  ["POST", "callback/ws/endpoint", "ws/endpoint"],
  ["POST", "open-apis/auth/v3/tenant_access_token/internal", "auth/tenantAccessToken"],
  ["GET", "open-apis/bot/v3/info", "bot/info"],
  ["POST", "open-apis/bot/v2/hook/:", "bot/hook"],
  ["POST", "open-apis/im/v1/messages", "im/message/create"],
  ["GET", "open-apis/im/v1/messages", "im/message/list"],
  ["POST", "open-apis/im/v1/messages/:/reply", "im/message/reply"],
  ["POST", "open-apis/im/v1/messages/:/forward", "im/message/forward"],
  ["PUT", "open-apis/im/v1/messages/:", "im/message/update"],
  ["PATCH", "open-apis/im/v1/messages/:", "im/message/patch"],
  ["DELETE", "open-apis/im/v1/messages/:", "im/message/delete"],
  ["GET", "open-apis/im/v1/messages/:", "im/message/get"],
  ["GET", "open-apis/im/v1/messages/:/read_users", "im/message/readUsers"],
  ["GET", "open-apis/im/v1/messages/:/resources/:", "im/messageResource/get"],
  ["POST", "open-apis/im/v1/messages/:/reactions", "im/messageReaction/create"],
  ["GET", "open-apis/im/v1/messages/:/reactions", "im/messageReaction/list"],
  ["DELETE", "open-apis/im/v1/messages/:/reactions/:", "im/messageReaction/delete"],
  ["POST", "open-apis/im/v1/images", "im/image/create"],
  ["GET", "open-apis/im/v1/images/:", "im/image/get"],
  ["POST", "open-apis/im/v1/files", "im/file/create"],
  ["GET", "open-apis/im/v1/files/:", "im/file/get"],
  ["GET", "open-apis/im/v1/chats/:", "im/chat/get"],
  ["GET", "open-apis/im/v1/chats/:/members", "im/chatMembers/get"],
  ["GET", "open-apis/contact/v3/users/:", "contact/user/get"],
  ["GET", "open-apis/application/v6/scopes", "application/scope/list"],
  ["GET", "open-apis/application/v6/applications/:", "application/application/get"],
  ["POST", "open-apis/interactive/v1/card/update", "interactive/card/update"],
  ["POST", "open-apis/cardkit/v1/cards", "cardkit/card/create"],
  ["POST", "open-apis/cardkit/v1/cards/id_convert", "cardkit/card/idConvert"],
  ["PUT", "open-apis/cardkit/v1/cards/:", "cardkit/card/update"],
  ["PATCH", "open-apis/cardkit/v1/cards/:/settings", "cardkit/card/settings"],
  ["POST", "open-apis/cardkit/v1/cards/:/batch_update", "cardkit/card/batchUpdate"],
  ["POST", "open-apis/cardkit/v1/cards/:/elements", "cardkit/cardElement/create"],
  ["PUT", "open-apis/cardkit/v1/cards/:/elements/:", "cardkit/cardElement/update"],
  ["PATCH", "open-apis/cardkit/v1/cards/:/elements/:", "cardkit/cardElement/patch"],
  ["DELETE", "open-apis/cardkit/v1/cards/:/elements/:", "cardkit/cardElement/delete"],
  ["PUT", "open-apis/cardkit/v1/cards/:/elements/:/content", "cardkit/cardElement/content"],
];

const PATTERNS = ROUTES.map(([method, path, name]) => ({
  method,
  name,
  pattern: new RegExp(`^/${path.replaceAll(":", "([^/]+)")}$`),
}));

/** A path the platform does not know is named by itself. */
export function routeOf(method: string, { pathname }: URL): Route {
  for (const { method: wanted, name, pattern } of PATTERNS) {
    const ids = wanted === method ? pattern.exec(pathname)?.slice(1) : undefined;
    if (ids !== undefined) return { name, ids: ids.map((id) => decodeURIComponent(id)) };
  }
  return { name: pathname.slice(1), ids: [] };
}
