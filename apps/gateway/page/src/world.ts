/** All that the page knows, and how an event of the stream changes it. Pure. */
import type { Changes, Demo, Line, Message, Status } from "./facts.ts";

/** What is not touched by a change stays the same object. */
export interface World {
  readonly demo?: Demo;
  readonly status?: Status;
  /** By place, oldest first. */
  readonly messages: Readonly<Record<string, readonly Message[]>>;
  /** By id of the message. */
  readonly traces: Readonly<Record<string, readonly Line[]>>;
}

/** Before the first event. */
export const EMPTY: World = { messages: {}, traces: {} };

/** An event that begins with `demo` starts anew: the gateway may be another one than before. */
export function changed(world: World, { demo, status, messages, traces }: Changes): World {
  const before = demo === undefined ? world : EMPTY;
  const places: Record<string, readonly Message[]> = { ...before.messages };
  for (const { place, message } of messages) places[place] = placed(places[place] ?? [], message);
  return {
    ...before,
    ...(demo === undefined ? {} : { demo }),
    ...(status === undefined ? {} : { status }),
    messages: places,
    traces: { ...before.traces, ...Object.fromEntries(traces.map(({ id, lines }) => [id, lines])) },
  };
}

function placed(messages: readonly Message[], message: Message): readonly Message[] {
  const at = messages.findLastIndex(({ id }) => id === message.id);
  return at === -1 ? [...messages, message] : messages.with(at, message);
}
