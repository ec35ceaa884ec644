/** dingtalk-stream has its addresses as constants; this replaces that one file by ours. The SDK's code stays as it is. */
import { registerHooks } from "node:module";

/** Call before the SDK is imported. */
export function useLocalAddresses(port: number): void {
  const source = `
    export const GATEWAY_URL = "http://127.0.0.1:${port}/v1.0/gateway/connections/open";
    export const GET_TOKEN_URL = "http://127.0.0.1:${port}/gettoken";
    export const TOPIC_ROBOT = "/v1.0/im/bot/messages/get";
    export const TOPIC_CARD = "/v1.0/card/instances/callback";
    export const TOPIC_AI_GRAPH_API = "/v1.0/graph/api/invoke";`;
  registerHooks({
    load: (url, context, next) =>
      url.endsWith("dingtalk-stream/dist/constants.mjs")
        ? { format: "module", source, shortCircuit: true }
        : next(url, context),
  });
}
