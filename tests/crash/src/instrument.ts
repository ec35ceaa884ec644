/**
 * Kills this process with SIGKILL at a named point between two steps of the pipeline. The points are those of the table of
 * crash points in docs/reliability.md; everything around them is the real thing.
 */
import { writeSync } from "node:fs";
import type {
  Channel,
  Claim,
  Inbox,
  OpenChannel,
  ReplyWriter,
  State,
  Streaming,
  Transport,
} from "@openclaw-china/core";

/**
 * `before offer`, `after offer`, `handler`, `poison`, `put <part state>` (after its commit), `after send`, `before open`,
 * `after open`, `update`, `before finish`, `after finish`; `request <call>` before a call leaves the process, and
 * `answer <call>` when its answer, or the loss of it, has come back and nobody has heard of it yet. A call is the last part
 * of its path; card updates add their `flowStatus`, the last frame of a card adds `final`.
 */
export type KillPoint = string;

export interface Killer {
  /** Dies here if this is the point, after `skip` times. */
  at(point: KillPoint): void;
  /** From now on another point. */
  arm(point: KillPoint, skip: number): void;
}

export function createKiller(first: KillPoint | undefined, skip = 0): Killer {
  let point = first;
  let left = skip;
  return {
    arm(next, times) {
      point = next;
      left = times;
    },
    at(reached) {
      if (reached !== point) return;
      if (left > 0) {
        left -= 1;
        return;
      }
      writeSync(2, `killed at: ${reached}\n`);
      process.kill(process.pid, "SIGKILL");
      // SIGKILL of oneself is delivered at once on Linux; should it be late, nothing more happens here.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    },
  };
}

/** The same state, dying around its writes. */
export function instrumentState(state: State, killer: Killer): State {
  const { inbox } = state;
  const own: Inbox = {
    async offer(entry) {
      killer.at("before offer");
      const outcome = await inbox.offer(entry);
      killer.at("after offer");
      return outcome;
    },
    work: (turn, options) => inbox.work((claim) => turn(instrumentClaim(claim, killer)), options),
    stop: (lane, reason, only) => inbox.stop(lane, reason, only),
    size: () => inbox.size(),
    close: () => inbox.close(),
  };
  return { ...state, inbox: own };
}

function instrumentClaim(claim: Claim, killer: Killer): Claim {
  return {
    entries: claim.entries,
    superseded: claim.superseded,
    attempt: claim.attempt,
    stage: claim.stage,
    signal: claim.signal,
    handled: () => claim.handled(),
    park: () => claim.park(),
    resume: () => claim.resume(),
    outbox: {
      parts: () => claim.outbox.parts(),
      async put(part) {
        await claim.outbox.put(part);
        killer.at(`put ${part.state}`);
      },
    },
  };
}

/** The same channel, dying around its calls. */
export function instrumentChannel(channel: Channel, killer: Killer): Channel {
  return {
    ...channel,
    open(runtime) {
      const open = channel.open({ ...runtime, http: instrumentTransport(runtime.http, killer) });
      const send: OpenChannel["send"] = async (to, message, options) => {
        const sent = await open.send(to, message, options);
        killer.at("after send");
        return sent;
      };
      const stream = open.stream === undefined ? {} : { stream: instrumentStream(open.stream, killer) };
      return { ...open, send, ...stream };
    },
  };
}

function instrumentTransport(http: Transport, killer: Killer): Transport {
  return {
    async request(request) {
      const call = nameOf(request.url, request.body);
      killer.at(`request ${call}`);
      try {
        return await http.request(request);
      } finally {
        killer.at(`answer ${call}`);
      }
    },
  };
}

function nameOf(url: string, body: unknown): string {
  const name = new URL(url).pathname.split("/").at(-1) ?? "";
  if (typeof body !== "string") return name;
  const flowStatus = name === "instances" ? /"flowStatus":"(\d)"/.exec(body)?.[1] : undefined;
  if (flowStatus !== undefined) return `${name} ${flowStatus}`;
  return body.includes('"isFinalize":true') ? `${name} final` : name;
}

function instrumentStream(stream: Streaming, killer: Killer): Streaming {
  return {
    prepare: (to, options) => stream.prepare(to, options),
    async open(handle, signal) {
      killer.at("before open");
      const writer = await stream.open(handle, signal);
      killer.at("after open");
      return instrumentWriter(writer, killer);
    },
  };
}

function instrumentWriter(writer: ReplyWriter, killer: Killer): ReplyWriter {
  return {
    update(text) {
      writer.update(text);
      killer.at("update");
    },
    async finish(final) {
      killer.at("before finish");
      const sent = await writer.finish(final);
      killer.at("after finish");
      return sent;
    },
    fail: (reason) => writer.fail(reason),
  };
}
