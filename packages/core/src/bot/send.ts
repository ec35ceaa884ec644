/** Sending without being asked: split, patient, and once per key. */
import type { Clock } from "../clock.ts";
import { channelError, type ChannelError } from "../errors.ts";
import type { Address } from "../model/address.ts";
import type { Outbound, Reply, Sent } from "../model/outbound.ts";
import { joinSent } from "../reply/answer.ts";
import { lostError } from "../reply/deliver.ts";
import { asChannelError, persist } from "../reply/persist.ts";
import { pieceKey } from "../reply/parts.ts";
import { splitOutbound } from "../reply/pieces.ts";
import type { Store } from "../state/state.ts";
import type { Account } from "./account.ts";

/** A send that fails for a reason time can heal is repeated this long. */
const PATIENCE_MS = 30_000;
/** A key is remembered this long. */
const KEY_TTL_MS = 30 * 24 * 3_600_000;

interface SendRecord {
  readonly state: "trying" | "sent";
  readonly repeatUntil?: number;
  readonly sent?: Sent;
}

interface Piece {
  readonly piece: Outbound;
  readonly key: string;
  readonly signal: AbortSignal;
}

interface Delivery {
  readonly outbound: Outbound;
  readonly key: string;
  readonly signal: AbortSignal;
  /** The key is the caller's, and means once. */
  readonly once: boolean;
}

export interface Sender {
  send(
    account: Account,
    to: Address,
    content: Reply,
    options: { readonly key?: string; readonly signal: AbortSignal },
  ): Promise<Sent>;
}

export function createSender(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly newKey: () => string;
}): Sender {
  const inFlight = new Map<string, Promise<Sent>>();

  const sendPiece = (account: Account, to: Address, { piece, key, signal }: Piece): Promise<Sent> => {
    const endsAt = deps.clock.now() + account.open.repeatable(to, piece);
    return persist(() => account.open.send(to, piece, { key, signal }), {
      clock: deps.clock,
      signal,
      until: deps.clock.now() + PATIENCE_MS,
      repeatable: () => deps.clock.now() < endsAt,
    });
  };

  /** Recorded before the first byte and after the platform's word, piece by piece: a repeat goes on where it stopped. */
  const sendPieceOnce = async (account: Account, to: Address, one: Piece): Promise<Sent> => {
    const name = `send:${account.channel.id}:${account.channel.account}:${one.key}`;
    const forMs = account.open.repeatable(to, one.piece);
    const repeat = forMs > 0 ? { repeatUntil: deps.clock.now() + forMs } : {};
    const mine = JSON.stringify({ state: "trying", ...repeat } satisfies SendRecord);
    if (!(await deps.store.putIfAbsent(name, mine, KEY_TTL_MS))) {
      const entry = await deps.store.get(name);
      const earlier = entry === undefined ? undefined : (JSON.parse(entry.value) as SendRecord);
      if (earlier?.state === "sent" && earlier.sent !== undefined) return earlier.sent;
      if (earlier !== undefined && (earlier.repeatUntil ?? 0) <= deps.clock.now()) throw lostError(undefined);
    }
    try {
      const sent = await sendPiece(account, to, one);
      await deps.store.put(name, JSON.stringify({ state: "sent", sent } satisfies SendRecord), KEY_TTL_MS);
      return sent;
    } catch (thrown) {
      const error = asChannelError(thrown);
      if (error.outcome !== "unknown") await deps.store.replaceIf(name, mine, undefined);
      throw error;
    }
  };

  const deliver = async (account: Account, to: Address, { outbound, key, signal, once }: Delivery): Promise<Sent> => {
    const sent: Sent[] = [];
    for (const [index, piece] of splitOutbound(outbound, account.channel.can.text).entries()) {
      const one = { piece, key: pieceKey(key, index + 1), signal };
      sent.push(await (once ? sendPieceOnce(account, to, one) : sendPiece(account, to, one)));
    }
    return joinSent(sent);
  };

  return {
    async send(account, to, content, { key, signal }) {
      if (!account.channel.can.targets.includes(to.kind)) throw wrongTarget(account, to);
      const outbound = await toOutbound(content);
      if (key === undefined) return deliver(account, to, { outbound, key: deps.newKey(), signal, once: false });
      const name = `${account.channel.id}:${account.channel.account}:${key}`;
      const running = inFlight.get(name);
      if (running !== undefined) return running;
      const work = deliver(account, to, { outbound, key, signal, once: true }).finally(() => inFlight.delete(name));
      inFlight.set(name, work);
      return work;
    },
  };
}

async function toOutbound(content: Reply): Promise<Outbound> {
  if (typeof content === "string") return { kind: "markdown", text: content };
  if (!(Symbol.asyncIterator in content)) return content;
  let text = "";
  for await (const piece of content) text += piece;
  return { kind: "markdown", text };
}

function wrongTarget({ channel }: Account, to: Address): ChannelError {
  const takes = channel.can.targets.join(", ");
  return channelError({
    code: "unsupported",
    kind: "config",
    channel: channel.id,
    message: `${channel.id} cannot send to a ${to.kind}; it takes ${takes}`,
    fix: { en: `Use an address of kind ${takes}.`, zh: `请使用以下类型的地址:${takes}。` },
  });
}
