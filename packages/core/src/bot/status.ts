/** How a bot is: its connections, its inbox, what it has used, and the same as metrics. */
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Channel, ConnectionStatus, Listener } from "../model/channel.ts";
import type { Inbox } from "../state/state.ts";
import type { Metric, Sample } from "../trace/metrics.ts";
import type { Account } from "./account.ts";
import type { Measures } from "./measure.ts";
import type { BotStatus } from "./types.ts";

export interface StatusParts {
  readonly inbox: Pick<Inbox, "size">;
  /** All three by `channel:account`. */
  readonly channels: ReadonlyMap<string, Channel>;
  readonly opened: ReadonlyMap<string, Account>;
  readonly listeners: ReadonlyMap<string, Listener>;
  readonly measures: Pick<Measures, "read">;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Status {
  now(): BotStatus;
  /** Looks at the inbox, for the next `now`. */
  refresh(): Promise<void>;
  /** Resolves when nothing waits and nothing runs. */
  idle(signal: AbortSignal): Promise<void>;
  metrics(): Promise<readonly Metric[]>;
}

const IDLE: ConnectionStatus = { state: "idle", since: 0, attempts: 0 };
const IDLE_LOOK_MS = 50;

export function createStatus({ inbox, channels, opened, listeners, measures, clock, log }: StatusParts): Status {
  let size: BotStatus["inbox"] = { waiting: 0, active: 0, failed: 0 };

  const refresh = async (): Promise<void> => {
    size = await inbox.size();
  };

  const look = (): BotStatus => {
    const each = [...channels].map(([queue, channel]) => {
      const usage = opened.get(queue)?.open.usage?.();
      return {
        ...(listeners.get(queue)?.status() ?? IDLE),
        channel: channel.id,
        account: channel.account,
        ...(usage === undefined ? {} : { usage }),
      };
    });
    const ready = listeners.size > 0 && each.every(({ state: now }) => now === "live" || now === "draining");
    return { ready, channels: each, inbox: size };
  };

  return {
    refresh,
    now() {
      refresh().catch((error: unknown) => log.debug({ err: error }, "the size of the inbox is not known"));
      return look();
    },
    async idle(signal) {
      for (await refresh(); size.waiting + size.active > 0; await refresh()) await clock.sleep(IDLE_LOOK_MS, signal);
    },
    async metrics() {
      await refresh();
      return [...measures.read(), ...statusMetrics(look())];
    },
  };
}

const STATES: readonly ConnectionStatus["state"][] = [
  "idle",
  "opening",
  "live",
  "draining",
  "waiting",
  "standby",
  "replaced",
  "failed",
  "stopped",
];

type Connection = BotStatus["channels"][number];

/** What a status says, as metrics. Pure. */
function statusMetrics({ channels, inbox }: BotStatus): readonly Metric[] {
  const each = (value: (one: Connection) => number | undefined): readonly Sample[] =>
    channels.flatMap((one) => {
      const known = value(one);
      return known === undefined ? [] : [{ labels: { channel: one.channel, account: one.account }, value: known }];
    });
  const gauge = { kind: "gauge" } as const;
  const counter = { kind: "counter" } as const;
  return [
    {
      ...gauge,
      name: "openclaw_china_connection_state",
      help: "1 for the state a connection is in.",
      samples: channels.flatMap(states),
    },
    {
      ...gauge,
      name: "openclaw_china_inbox_messages",
      help: "Messages that wait, are being answered, or have failed for good.",
      samples: depth(inbox),
    },
    {
      ...gauge,
      name: "openclaw_china_metered_calls",
      help: "Metered calls of this calendar month (Asia/Shanghai), of the account's app.",
      samples: each(({ usage }) => usage?.calls),
    },
    {
      ...gauge,
      name: "openclaw_china_metered_call_budget",
      help: "monthly_call_budget, where it is set.",
      samples: each(({ usage }) => usage?.budget),
    },
    {
      ...counter,
      name: "openclaw_china_limiter_waits_total",
      help: "Calls that had to wait for the pace, of the account's app.",
      samples: each(({ usage }) => usage?.waits),
    },
    {
      ...counter,
      name: "openclaw_china_limiter_wait_seconds_total",
      help: "How long they have waited together.",
      samples: each(({ usage }) => usage && usage.waitedMs / 1_000),
    },
  ];
}

function states({ channel, account, state }: Connection): readonly Sample[] {
  return STATES.map((one) => ({ labels: { channel, account, state: one }, value: one === state ? 1 : 0 }));
}

function depth(inbox: BotStatus["inbox"]): readonly Sample[] {
  return Object.entries(inbox).map(([state, value]) => ({ labels: { state }, value }));
}
