/** A file of another product → our block, with a note for each key, and the names of secrets that must be written by hand. */
import type { Localized } from "@openclaw-china/core";
import { configError } from "@openclaw-china/core/internal";
import { PRODUCTS, productOf } from "./products.ts";
import {
  applyRows,
  type FoundBlock,
  isJson,
  type Json,
  type Keys,
  type Note,
  type Product,
  referenceOf,
  type SecretName,
} from "./table.ts";

export interface Migration {
  readonly product: Pick<Product, "id" | "title" | "channel">;
  /** Our block of that channel, without a secret in it. */
  readonly block: Json;
  readonly notes: readonly Note[];
  readonly secrets: readonly SecretName[];
  readonly remarks: readonly Localized[];
}

/** `from` is the id of a product; else it is found out. Throws `config_invalid` for a file of nobody known. */
export function migrate(file: unknown, from?: string): Migration {
  const product = from === undefined ? productOf(file) : PRODUCTS.find(({ id }) => id === from);
  const blocks = product?.find(file) ?? [];
  if (product === undefined || blocks.length === 0) throw nobodys(from);
  const secrets: SecretName[] = [];
  const notes: Note[] = [];
  const move = (keys: Keys, account: string | undefined): Json => {
    const moved = applyRows(product.rows, keys, (value, key, place) => {
      const kept = referenceOf(value);
      if (kept !== undefined) return kept;
      const name = variableOf(key, { channel: product.channel, account, secrets });
      secrets.push({ name, from: place });
      return `\${${name}}`;
    });
    notes.push(...moved.notes);
    return moved.set;
  };
  const [first] = blocks;
  const { shared, accounts } = partsOf(blocks, product);
  const isOne = accounts.length === 0 && first !== undefined;
  const block = isOne
    ? move(first, undefined)
    : { ...(shared === undefined ? {} : move(shared, undefined)), accounts: named(accounts, move) };
  return {
    product,
    block,
    notes,
    secrets,
    remarks: [...(product.remarks ?? []), ...othersRemark(file, blocks), ...bindingsRemark(file)],
  };
}

interface AccountKeys extends Keys {
  /** Its name there. */
  readonly given: string | undefined;
}

interface Parts {
  /** Defaults of the accounts. */
  readonly shared?: Keys;
  /** None: one block is the only account. */
  readonly accounts: readonly AccountKeys[];
}

function partsOf(blocks: readonly FoundBlock[], { personal }: Product): Parts {
  const [first, ...others] = blocks;
  const list = isJson(first?.keys["accounts"]) ? Object.entries(first.keys["accounts"]) : [];
  if (first === undefined || (others.length === 0 && list.length === 0)) return { accounts: [] };
  if (list.length === 0) return { accounts: blocks.map(({ account, ...keys }) => ({ ...keys, given: account })) };
  const { path, keys } = first;
  const { accounts: _, ...own } = keys;
  const pick = (isPersonal: boolean): Json =>
    Object.fromEntries(Object.entries(own).filter(([key]) => personal.all.test(key) === isPersonal));
  const [mine, inherited] = [pick(true), pick(false)];
  // Credentials beside accounts are an account of their own.
  const isOwn = Object.keys(mine).some((key) => personal.id.test(key)) && !list.some(([name]) => name === "default");
  return {
    shared: { path, keys: inherited },
    accounts: [
      ...(isOwn ? [{ path, keys: mine, inherited, given: "default" }] : []),
      ...list.flatMap(([name, one]) =>
        isJson(one) ? [{ path: `${path}.accounts.${name}`, keys: one, inherited, given: name }] : [],
      ),
    ],
  };
}

function named(accounts: readonly AccountKeys[], move: (keys: Keys, account: string) => Json): Json {
  const names = accounts.map((one, at) => nameOf(one, at, accounts));
  return Object.fromEntries(accounts.map((one, at) => [names[at], move(one, names[at] ?? "")]));
}

/** Letters, digits, `_` and `-`, and each once. */
function nameOf({ given }: AccountKeys, at: number, all: readonly AccountKeys[]): string {
  const clean = (text: string | undefined): string =>
    (text ?? "").replaceAll(/[^\w-]+/g, "-").replaceAll(/^-+|-+$/g, "");
  const name = clean(given) || (at === 0 ? "default" : `account-${at + 1}`);
  const isTaken = all.slice(0, at).some((other) => clean(other.given) === name);
  return isTaken ? `${name}-${at + 1}` : name;
}

/** `DINGTALK_APP_SECRET`; of an account `DINGTALK_SALES_APP_SECRET`. Each name once. */
function variableOf(
  key: string,
  of: { readonly channel: string; readonly account: string | undefined; readonly secrets: readonly SecretName[] },
): string {
  const { channel, account, secrets } = of;
  const own = account === undefined || account === "default" ? "" : `${account}_`;
  const name = `${channel}_${own}${key}`.replaceAll(/\W+/g, "_").toUpperCase();
  const isTaken = (wished: string): boolean => secrets.some((one) => one.name === wished);
  if (!isTaken(name)) return name;
  let n = 2;
  while (isTaken(`${name}_${n}`)) n += 1;
  return `${name}_${n}`;
}

/** One product at a time: what else the file holds is named. */
function othersRemark(file: unknown, taken: readonly FoundBlock[]): readonly Localized[] {
  const places = new Set(taken.map(({ path }) => path));
  const others = PRODUCTS.filter(({ find }) => find(file).some(({ path }) => !places.has(path)));
  if (others.length === 0) return [];
  const list = others.map(({ id }) => `--from ${id}`).join(", ");
  return [
    {
      en: `The file holds more: run again with ${list}, and put the blocks together (app and kf stand beside a bot).`,
      zh: `文件中还有其他配置:请用 ${list} 再次运行,并将结果合并(app 与 kf 可与机器人写在同一账号中)。`,
    },
  ];
}

function bindingsRemark(file: unknown): readonly Localized[] {
  if (!isJson(file) || !Array.isArray(file["bindings"]) || file["bindings"].length === 0) return [];
  return [
    {
      en: "bindings stay with OpenClaw; for the gateway write default_agent, group_routing or routes.",
      zh: "bindings 仍由 OpenClaw 使用;使用本网关时请改写为 default_agent、group_routing 或 routes。",
    },
  ];
}

function nobodys(from: string | undefined): Error {
  const list = PRODUCTS.map(({ id }) => id).join(", ");
  const where =
    "channels.dingtalk, channels.dingtalk-connector, channels.clawdbot-dingtalk, channels.wecom, channels.wecom-app, channels.wecom-kf, plugins.adapter-dingtalk, platform, platform-adapters";
  return configError(
    from === undefined ? "no config of a known product is in the file" : `the file holds no config of "${from}"`,
    {
      en: `Looked for: ${where}. Name the product with --from: ${list}.`,
      zh: `已查找:${where}。可用 --from 指定产品:${list}。`,
    },
  );
}
