/**
 * Who else in this process holds the same, whatever state it has: bots of one process may have a state each. They meet on a
 * channel of Node's own diagnostics, so that nothing of ours is shared, and nothing is left when the last one goes.
 */
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Holder } from "../model/channel.ts";

export interface Neighbours {
  others(): readonly Holder[];
  leave(): void;
}

interface Word {
  readonly kind: "came" | "here" | "left";
  readonly name: string;
  readonly holder: Holder;
}

/** Versions of ours side by side in one process meet, too. */
const MEETING = "@openclaw-china/holders";

/** `onChange` is called when somebody comes or leaves. */
export function meetNeighbours(name: string, me: Holder, onChange: () => void): Neighbours {
  const others = new Map<string, Holder>(); // by owner
  const say = (kind: Word["kind"]): void => channel(MEETING).publish({ kind, name, holder: me } satisfies Word);
  const hear = (message: unknown): void => {
    const { kind, name: what, holder } = message as Partial<Word>;
    if (what !== name || holder === undefined || holder.owner === me.owner || !isHere(holder, me)) return;
    if (kind === "left") others.delete(holder.owner);
    else others.set(holder.owner, holder);
    if (kind === "came") say("here");
    onChange();
  };
  subscribe(MEETING, hear);
  say("came");
  return {
    others: () => [...others.values()],
    leave() {
      unsubscribe(MEETING, hear);
      say("left");
    },
  };
}

/** Of the same process. */
function isHere(one: Holder, other: Holder): boolean {
  return one.pid === other.pid && one.place === other.place && one.born === other.born;
}
