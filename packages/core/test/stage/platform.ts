/**
 * A chat platform in memory that does as it is told: what people see, every call the bot makes, and faults by the name of
 * the call. It outlives bots, so that a second one can be put on what the first has left.
 */
import { createFeed } from "../../src/feed.ts";
import type {
  Capabilities,
  Channel,
  ConnectionStatus,
  Inbound,
  Listener,
  OpenChannel,
  Runtime,
  Sent,
  Settled,
  Sink,
} from "../../src/index.ts";
import { ChannelError } from "../../src/index.ts";
import { createDesk, type Desk, type Life, placeOf, type Post, textOf } from "./desk.ts";
import { createStreams } from "./streams.ts";

export interface ChannelSettings {
  readonly id?: string;
  readonly account?: string;
  readonly can?: Partial<Capabilities>;
  readonly access?: Channel["access"];
  /** Default 0: a repeat is a second message. */
  readonly repeatMs?: number;
  /** It shows messages that grow. */
  readonly streams?: boolean;
  /** Optional members of an open channel that this one lacks. */
  readonly without?: readonly Optional[];
  readonly life?: Life;
  /** What becomes of the connection; default `live`. */
  readonly connects?: () => Promise<ConnectionStatus["state"]>;
  /** Called by `open`. */
  readonly onOpen?: (runtime: Runtime) => void;
  readonly enrich?: NonNullable<OpenChannel["enrich"]>;
  readonly webhook?: NonNullable<Listener["webhook"]>;
}

type Optional = "edit" | "recall" | "react" | "readers" | "download" | "presence";

export interface Platform extends Omit<Desk, "begin" | "note" | "post"> {
  channel(settings?: ChannelSettings): Channel;
  /** Through the newest listener of that channel and account. */
  offer(inbound: Inbound): Promise<Settled>;
  /** What a place shows, oldest first. Default the direct chat of u1. */
  texts(place?: string): readonly string[];
  /** Listeners that are open. */
  listening(): number;
}

const CAN: Capabilities = {
  targets: ["user", "group"],
  edit: true,
  recall: true,
  react: true,
  readers: true,
  media: ["image", "file"],
  inputs: [],
  hearsUnmentioned: true,
  text: {},
  redelivers: true,
};

export function fakePlatform(): Platform {
  const desk = createDesk();
  const sinks = new Map<string, Sink>();
  const listeners = new Set<Listener>();

  const channel = (settings: ChannelSettings = {}): Channel => {
    const { id = "test", account = "default", can = {}, access = {}, streams = false } = settings;
    const stream = streams ? { stream: { minIntervalMs: 0 } } : {};
    return {
      id,
      account,
      can: { ...CAN, ...stream, ...can },
      access,
      open(runtime) {
        settings.onOpen?.(runtime);
        return {
          ...openChannel(desk, { ...settings, id, account }),
          listen(sink) {
            sinks.set(`${id}:${account}`, sink);
            const listener = listen(settings, () => listeners.delete(listener));
            listeners.add(listener);
            return listener;
          },
        };
      },
    };
  };

  return Object.assign(desk, {
    channel,
    offer(inbound: Inbound): Promise<Settled> {
      const sink = sinks.get(`${inbound.channel}:${inbound.account}`);
      if (sink === undefined) throw new Error(`nobody listens as ${inbound.channel}:${inbound.account}`);
      return sink.offer(inbound);
    },
    texts: (place = "user:u1"): readonly string[] =>
      desk.posts.filter((post) => post.place === place).map((post) => post.text),
    listening: () => listeners.size,
  });
}

type Settings = ChannelSettings & { readonly id: string; readonly account: string };

function openChannel(desk: Desk, settings: Settings): Omit<OpenChannel, "listen"> {
  const { id: channel, account, repeatMs = 0, life = { dead: false }, without = [], streams = false } = settings;
  const sent = (post: Pick<Post, "id">): Sent => ({ channel, account, id: post.id, sentAt: 0, parts: [] });
  const optional = optionalMembers(desk, { sent, life });
  for (const name of without) delete optional[name];
  return {
    ...optional,
    ...(settings.enrich === undefined ? {} : { enrich: settings.enrich }),
    ...(streams ? { stream: createStreams(desk, { sent, life }) } : {}),
    async send(to, message, { key, signal }) {
      const answer = await desk.begin("send", key, { signal, life });
      const known = repeatMs > 0 ? desk.posts.find((post) => post.key === key) : undefined;
      const text = textOf(message);
      const post =
        known ?? desk.post({ key, place: placeOf(to), kind: message.kind, text, state: "finished", message });
      await answer();
      return sent(post);
    },
    repeatable: () => repeatMs,
    probe: () => Promise.resolve([]),
  };
}

function optionalMembers(
  desk: Desk,
  { sent, life }: { readonly sent: (post: Post) => Sent; readonly life: Life },
): Partial<Pick<OpenChannel, Optional>> {
  const find = (id: string): Post => {
    const post = desk.posts.find((one) => one.id === id);
    if (post === undefined) throw new Error(`there is no message ${id}`);
    return post;
  };
  return {
    async edit(message, content, signal) {
      const answer = await desk.begin("edit", message.id, { signal, life });
      find(message.id).text = textOf(content);
      await answer();
      return sent(find(message.id));
    },
    async recall(message, signal) {
      const answer = await desk.begin("recall", message.id, { signal, life });
      find(message.id).state = "recalled";
      await answer();
    },
    async react(message, emoji, on, signal) {
      const answer = await desk.begin("react", `${message.id} ${on ? "+" : "-"}${emoji}`, { signal, life });
      await answer();
    },
    readers: ({ id }) => Promise.resolve([{ id: `reader of ${id}` }]),
    async download(file, signal) {
      const answer = await desk.begin("download", String(file.handle), { signal, life });
      await answer();
      const body = new Blob([String(file.handle)]).stream();
      return { name: file.name ?? "file.bin", contentType: "text/plain", body };
    },
    async presence(to, state, { signal }) {
      const answer = await desk.begin("presence", `${placeOf(to)} ${state}`, { signal, life });
      await answer();
    },
  };
}

function listen(settings: ChannelSettings, onClose: () => void): Listener {
  let status: ConnectionStatus = { state: "opening", since: 0, attempts: 0 };
  const feed = createFeed(() => status);
  const become = (state: ConnectionStatus["state"], error?: unknown): void => {
    if (status.state === "stopped") return;
    status = { state, since: 0, attempts: 0, ...(error instanceof ChannelError ? { error } : {}) };
    feed.touch();
  };
  const connects = settings.connects ?? (() => Promise.resolve("live" as const));
  connects().then(
    (state) => become(state),
    (error: unknown) => become("failed", error),
  );
  return {
    ...(settings.webhook === undefined ? {} : { webhook: settings.webhook }),
    status: () => status,
    statuses: () => feed.watch(),
    close() {
      become("stopped");
      feed.close();
      onClose();
      return Promise.resolve();
    },
  };
}
