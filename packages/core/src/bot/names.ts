/**
 * What people are called, as their messages said: the callback of a press has only an id. Kept in the Store, one write for
 * each person and name.
 */
import type { Logger } from "../log.ts";
import type { Person } from "../model/inbound.ts";
import type { Store } from "../state/state.ts";

const KEEP_MS = 90 * 86_400_000;
/** People remembered in front of the Store. */
const REMEMBERED = 2_000;

export interface Names {
  /** Never rejects. */
  note(person: Person): Promise<void>;
  /** Undefined: this person has written nothing yet. */
  of(id: string): Promise<string | undefined>;
}

export function createNames(deps: {
  readonly store: Store;
  readonly log: Logger;
  readonly channel: string;
  readonly account: string;
}): Names {
  const { store, log, channel, account } = deps;
  const known = new Map<string, string>();
  const nameOf = (id: string): string => `name:${channel}:${account}:${id}`;
  const remember = (id: string, name: string): void => {
    if (known.size >= REMEMBERED) known.clear();
    known.set(id, name);
  };
  return {
    async note({ id, name }) {
      if (name === undefined || known.get(id) === name) return;
      remember(id, name);
      try {
        await store.put(nameOf(id), name, KEEP_MS);
      } catch (error) {
        log.debug({ err: error, account }, "a name was not kept; a press of this person will show the id");
      }
    },
    async of(id) {
      const name = known.get(id) ?? (await store.get(nameOf(id)))?.value;
      if (name !== undefined) remember(id, name);
      return name;
    },
  };
}
