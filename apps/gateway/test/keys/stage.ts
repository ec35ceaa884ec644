/** A gateway of a config, in this process, on a simulated DingTalk with two people and a group: what a key does is seen there. */
import { type Clock, type Handler, memoryState, type State } from "@openclaw-china/core";
import {
  createDingTalkSimulator,
  type DingTalkSimulator,
  type DingTalkSimulatorOptions,
  type Place,
  type Recorder,
  recorder,
  type Shown,
  type SimulatedGroup,
  type SimulatedUser,
} from "@openclaw-china/testkit";
import { expect, vi } from "vitest";
import { agentsOf } from "../../src/agents/agents.ts";
import { type Resolved, resolveConfig } from "../../src/config/resolve.ts";
import { type Gateway, startGateway } from "../../src/gateway.ts";
import { ECHO } from "../process.ts";

/** Longer than anything takes on a busy machine. */
export const PATIENCE = { timeout: 15_000, interval: 10 };

export interface Start {
  /** Keys of the DingTalk block, beside credentials and `default_agent: "main"`. One that is undefined is left out. */
  readonly block?: object;
  /** Keys of the file beside `channels`. */
  readonly file?: object;
  /** Instead of those of the file. By default `main` and `other` repeat what they hear after their name. */
  readonly agents?: Readonly<Record<string, Handler>> | "file";
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

export interface Stage extends AsyncDisposable {
  readonly sim: DingTalkSimulator;
  readonly lin: SimulatedUser;
  /** A second person. */
  readonly wang: SimulatedUser;
  /** Of both. */
  readonly team: SimulatedGroup;
  /** What the config comes to, without starting anything. */
  resolve(start?: Start): Resolved;
  /** Ends the gateway of before, if any. */
  start(start?: Start): Promise<Gateway & { readonly log: Recorder; readonly state: State }>;
  /** Says it; what the bot answers there. */
  ask(text: string, where?: Place, person?: SimulatedUser): Promise<Shown>;
  /** Says it; the rule that refuses it, as the trace of the message has it. It got no answer. */
  refusal(text: string, where?: Place, person?: SimulatedUser): Promise<string>;
}

export async function makeStage(options: DingTalkSimulatorOptions = {}): Promise<Stage> {
  const sim = await createDingTalkSimulator(options);
  const lin = sim.user("Lin");
  const wang = sim.user("Wang");
  const team = sim.group("Team", [lin, wang]);
  let gateway: Gateway | undefined;
  const stop = async (): Promise<void> => {
    await gateway?.stop(0);
    gateway = undefined;
  };
  const resolve: Stage["resolve"] = ({ block = {}, file = {}, env = {} } = {}) =>
    resolveConfig(fileOf(sim, block, file), { env, secrets: { file: "secrets.env", values: {}, warnings: [] } });
  return {
    sim,
    lin,
    wang,
    team,
    resolve,
    async start(start = {}) {
      await stop();
      const { agents = REPEATERS, clock } = start;
      const resolved = resolve(start);
      const state = memoryState();
      const log = recorder();
      const timed = { ...resolved.bot, ...(clock === undefined ? {} : { clock }) };
      const opened = await startGateway({
        resolved: { ...resolved, bot: timed },
        agents: agents === "file" ? agentsOf(resolved.file.agents, state.store) : agents,
        state,
        log,
        http: { host: "127.0.0.1", port: 0, nextFree: false },
      });
      gateway = opened;
      return { ...opened, log, state };
    },
    async ask(text, where = {}, person = lin) {
      await person.say(text, where);
      return answerOn(person, where);
    },
    async refusal(text, where = {}, person = lin) {
      await person.say(text, where);
      const { messages } = person.screen(where);
      const lines = (await gateway?.bot.trace(messages.at(-1)?.id ?? "")) ?? [];
      expect(lines.map(({ hop, outcome }) => `${hop} ${outcome}`)).toEqual(["admit refused"]);
      expect(messages.at(-1)).toMatchObject({ from: person.id, text });
      return lines[0]?.detail ?? "";
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await sim.close();
    },
  };
}

/** What the bot has answered to the last thing that person said there. */
export async function answerOn(person: SimulatedUser, where: Place = {}): Promise<Shown> {
  const { messages } = person.screen(where);
  const own = messages.findLast(({ from }) => from === person.id);
  return vi.waitFor(() => {
    const now = person.screen(where).messages;
    const after = now.slice(now.findIndex(({ id }) => id === own?.id) + 1);
    const answer = after.find(({ from, state }) => from !== person.id && state === "finished");
    return answer ?? expect.unreachable(`no answer yet: ${JSON.stringify(after)}`);
  }, PATIENCE);
}

const REPEATERS: Readonly<Record<string, Handler>> = {
  main: (turn) => `main: ${turn.text}`,
  other: (turn) => `other: ${turn.text}`,
};

function fileOf(sim: DingTalkSimulator, block: object, file: object): object {
  const { appKey: app_key, appSecret: app_secret, endpoints } = sim.app;
  const written = { app_key, app_secret, endpoints, default_agent: "main", ...block };
  const kept = Object.entries(written).filter(([, value]) => value !== undefined);
  return { agents: { main: ECHO, other: ECHO }, channels: { dingtalk: Object.fromEntries(kept) }, ...file };
}
