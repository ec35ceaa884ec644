/** Wires the REST side of a corporation: its application, its customer service, and the files of both. */
import type { Runtime } from "@openclaw-china/core";
import { type Client, createClient } from "./api/client.ts";
import { syncMessages, welcomeCustomer } from "./api/kf.ts";
import { createAppToken, type Credentials } from "./api/token.ts";
import { createCustomers, type Customers } from "./customers.ts";
import type { CallbackOptions } from "./edge/callback.ts";
import { createKfInbox } from "./edge/kf.ts";
import { createFiles, type Files } from "./files.ts";
import type { Settings } from "./options.ts";
import type { Secrets } from "./secrets.ts";

export interface Corporation {
  readonly app?: NonNullable<Secrets["app"]> & Credentials & { readonly client: Client };
  readonly kf?: NonNullable<Secrets["kf"]> & Credentials & { readonly client: Client };
  readonly customers: Customers;
  readonly files: Files;
  /** The customer service's way in. */
  readonly kfInbox: CallbackOptions["kf"];
}

export function createCorporation(
  runtime: Runtime,
  { settings, secrets }: { readonly settings: Settings; readonly secrets: Secrets },
): Corporation {
  const { clock, log, http, store } = runtime;
  const { account, endpoints, proxy, welcome, botName } = settings;
  const caller = { http, clock, proxy, api: endpoints.api };
  const withClient = <T extends Pick<Credentials, "corpId" | "corpSecret">>(
    of: T,
  ): T & Credentials & { readonly client: Client } => {
    const known = { ...of, api: endpoints.api, proxy };
    const { corpSecret } = of;
    return { ...known, client: createClient({ ...caller, token: createAppToken(runtime, known), corpSecret }) };
  };
  const app = secrets.app && withClient(secrets.app);
  const kf = secrets.kf && withClient(secrets.kf);
  const customers = createCustomers({ store, log, account });
  const files = createFiles({
    ...caller,
    ...(secrets.callback && { encodingAesKey: secrets.callback.encodingAesKey }),
    ...(app && { app: app.client }),
    ...(kf && { kf: kf.client }),
  });
  const base = { store, clock, log, self: { account, botName, now: clock.now } };
  const kfInbox: CallbackOptions["kf"] =
    kf &&
    ((signal) =>
      createKfInbox({
        ...base,
        signal,
        openKfId: kf.openKfId,
        fetchPage: (from, abort) => syncMessages(kf.client, from, abort),
        async greet(code, abort) {
          if (welcome === undefined) return;
          await welcomeCustomer(kf.client, { code, body: { msgtype: "text", text: { content: welcome } } }, abort);
        },
        noteCustomer: customers.note,
      }));
  return { ...(app && { app }), ...(kf && { kf }), customers, files, kfInbox };
}
