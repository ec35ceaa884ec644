/** Wires what grows: answers over the long connection or into streams that the platform asks for, and the thinking before. */
import type { Clock, Logger, OpenChannel, Store } from "@openclaw-china/core";
import type { Frames } from "./api/frames.ts";
import type { Settings } from "./options.ts";
import { createRefresh } from "./outbound/refresh.ts";
import { createStreaming } from "./outbound/stream.ts";
import { createThinking } from "./outbound/thinking.ts";
import { createStreamBoard, type StreamBoard } from "./streams.ts";

export interface GrowingDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account: string;
  readonly settings: Settings;
  readonly frames: Frames;
}

export interface Growing extends Pick<OpenChannel, "stream" | "presence"> {
  readonly board: StreamBoard;
  /** Texts go into a free stream of callback mode first. */
  around(send: OpenChannel["send"]): OpenChannel["send"];
}

export function createGrowing(deps: GrowingDeps): Growing {
  const { settings, ...base } = deps;
  const { mode, streaming } = settings;
  const placeholder = settings.thinking === "off" ? "" : "<think></think>";
  const board = createStreamBoard({ ...base, placeholder });
  const refresh = createRefresh({ ...base, board });
  if (mode === "webhook") {
    return {
      board,
      around: refresh.around,
      ...(streaming === "off" ? {} : { stream: refresh.streaming }),
      presence: async (_to, state, { replyTo }) => {
        if (state === "done") await refresh.done(replyTo);
      },
    };
  }
  if (mode === undefined || streaming === "off") return { board, around: (send) => send };
  const thinking = createThinking({ ...base, thinking: settings.thinking });
  const stream = createStreaming({ ...base, spins: thinking });
  return { board, around: (send) => send, stream, presence: thinking.presence };
}
