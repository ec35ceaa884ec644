/** Faults in force, by kind and by the name of a call. */
import type { Fault } from "./simulator.ts";

type OfKind<K extends Fault["kind"]> = Fault & { readonly kind: K };

export interface Faults {
  add(fault: Fault): Disposable;
  /** The newest fault of that kind; with `call` only one that concerns it. */
  find<K extends Fault["kind"]>(kind: K, call?: string): OfKind<K> | undefined;
}

export interface FaultHooks {
  begun(fault: Fault): void;
  ended(fault: Fault): void;
}

export function createFaults(hooks: FaultHooks): Faults {
  const faults: Fault[] = [];
  return {
    add(fault) {
      faults.push(fault);
      hooks.begun(fault);
      return {
        [Symbol.dispose]() {
          const at = faults.indexOf(fault);
          if (at < 0) return;
          faults.splice(at, 1);
          hooks.ended(fault);
        },
      };
    },
    find<K extends Fault["kind"]>(kind: K, call?: string) {
      return faults.findLast((fault): fault is OfKind<K> => fault.kind === kind && concerns(fault, call));
    },
  };
}

/** `on` is the end of a call's name: `streaming` for `card/streaming`. */
function concerns(fault: Fault, call: string | undefined): boolean {
  const on = "on" in fault ? fault.on : undefined;
  if (on === undefined || call === undefined) return on === undefined || call === undefined;
  return call === on || call.endsWith(`/${on}`);
}
