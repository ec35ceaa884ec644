/** The config as `gateway check` shows it: defaults filled in, routes in the order they are tried, no secret. */
import type { Loaded } from "./load.ts";
import { withoutSecrets } from "./secret.ts";

export function shownConfig({ file, routes, channels, hidden, stateFile }: Loaded): unknown {
  const accounts = channels.map(({ id, account, access, can }) => ({
    channel: id,
    account,
    access,
    streaming: can.stream !== undefined,
  }));
  const order = routes.map(({ when, agent }) => {
    const text = when.text === undefined ? {} : { text: [when.text].flat().map(String) };
    return { when: { ...when, ...text }, agent };
  });
  const all = { ...file, state: { ...file.state, file: stateFile }, accounts, routes: order };
  return withoutSecrets(all, hidden);
}
