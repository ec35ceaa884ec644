/** A whole conversation with everything that can go wrong, logged at debug level: no secret is in any log, error or trace. */
import { inspect } from "node:util";
import { type AnyTurn, type Bot, createBot } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";
import type { Fault } from "@openclaw-china/testkit";
import { expect, test } from "vitest";
import type { ReplyTo } from "../src/inbound/normalise.ts";
import { answersOn, type Stage, stage } from "./edge/stage.ts";

/** Collects what must not be seen, on its way: tokens, tickets, bearer addresses. */
function collector(): {
  readonly secrets: Set<string>;
  readonly fetch: typeof fetch;
  hear(turn: AnyTurn): void;
} {
  const secrets = new Set<string>();
  return {
    secrets,
    async fetch(input, init) {
      const token = new Headers(init?.headers).get("x-acs-dingtalk-access-token");
      if (token !== null) secrets.add(token);
      const answer = await fetch(input, init);
      const text = await answer.clone().text();
      for (const [, secret] of text.matchAll(/"(?:accessToken|ticket)":"([^"]+)"/g)) secrets.add(secret ?? "");
      return answer;
    },
    hear(turn) {
      const { session } = (turn.kind === "message" ? turn.message.replyTo : {}) as Partial<ReplyTo>;
      const key = new URL(session?.url ?? "http://none/").searchParams.get("session");
      if (key !== null) secrets.add(key);
    },
  };
}

const PEOPLE = ["Lin", "Wang", "Zhao"];

/** The platform says no to everything once, in every style, with the secrets in its own words. */
function refusals(appSecret: string, token: string): readonly Fault[] {
  const echo = `access_token=${token} appSecret ${appSecret} is not right`;
  const fails: readonly Fault[] = [
    { kind: "platformError", code: `InvalidAuthentication ${echo}`, on: "createAndDeliver" },
    { kind: "platformError", code: `param.templateUnpublished ${echo}`, on: "createAndDeliver" },
    { kind: "platformError", code: `88/60011 ${echo}`, on: "createAndDeliver" },
    { kind: "platformError", code: "html", on: "createAndDeliver" },
    { kind: "platformError", code: "deliverResults", on: "createAndDeliver" },
    { kind: "platformError", code: "unknownError", on: "card/streaming" },
    { kind: "noAnswer", executed: true, on: "card/streaming" },
    { kind: "status", status: 502, on: "card/instances" },
    { kind: "platformError", code: `somethingNew ${echo}`, on: "oauth2/accessToken" },
    { kind: "platformError", code: `400101 ${echo}`, on: "sendBySession" },
    { kind: "noAnswer", executed: false, on: "sendBySession" },
    { kind: "noAnswer", executed: false, on: "connections/open" },
    { kind: "status", status: 401, on: "connect" },
    { kind: "refuseConnections" },
    { kind: "dropConnection" },
    { kind: "malformedFrame" },
    { kind: "platformError", code: `authFailed ${echo}`, on: "connections/open" },
  ];
  return fails;
}

test("no secret in any log, error, trace or finding", async () => {
  const { sim, start, drive, log, handled, clock } = await stage();
  const { secrets, fetch, hear } = collector();
  const ids: string[] = [];
  const bot = await start({
    fetch,
    handler(turn) {
      hear(turn);
      ids.push(turn.id);
      if (turn.text.includes("fail")) throw new Error("the model is down");
      return turn.text.includes("plain") ? { kind: "text", text: "plain" } : `answer to ${turn.text}`;
    },
  });
  const people = PEOPLE.map((name) => sim.user(name));
  await converse({ sim, drive, clock }, people, "hello");
  const token = [...secrets].find((secret) => /^[0-9a-f]{32}$/.test(secret)) ?? "";
  const errors: unknown[] = [];
  for (const fault of refusals(sim.app.appSecret, token)) {
    using _fault = sim.fault(fault);
    using _cut = sim.fault({ kind: "dropConnection" });
    if (fault.kind === "malformedFrame") sim.write(`{"data":"sessionWebhook ${[...secrets].join(" ")}`);
    for (const [n, person] of people.entries())
      void person.say(["a card", "plain please", "fail"][n] ?? "").catch(() => "the simulator is closed");
    sim.revokeTokens();
    const failed = bot
      .send({ channel: "dingtalk", kind: "group", id: "cidNowhere==" }, "hello")
      .catch((error: unknown) => errors.push(error));
    let steps = 24; // six seconds
    await drive(() => steps-- <= 0, "some time has passed");
    void failed;
  }
  errors.push(...bot.status().channels.map(({ error }) => error));
  errors.push(await probeAll(bot, drive));
  await drive(() => bot.status().ready, "the connection is back");
  await converse({ sim, drive, clock }, people, "are you there?");
  const traces = await Promise.all(ids.map((id) => bot.trace(id)));
  errors.push(await refusedStart(sim.app.appKey, sim.app.endpoints));

  secrets.add(sim.app.appSecret);
  secrets.delete("");
  expect(secrets.size).toBeGreaterThan(10); // tokens, tickets and addresses were really seen
  expect(handled.length + ids.length).toBeGreaterThan(20);
  expect(errors.length).toBeGreaterThan(10);
  const told = {
    logs: log.text(),
    errors: errors
      .map((error) => `${inspect(error, { depth: 20 })} ${JSON.stringify(error)} ${String(error)}`)
      .join("\n"),
    traces: JSON.stringify(traces),
  };
  const logged = new Set(log.lines.map(({ message }) => message.split(";")[0]));
  for (const part of ["connected", "the connection could not be made", "DingTalk refuses a card", "a handler failed"])
    expect(logged).toContain(part);
  expect(told.traces.includes("fallback")).toBe(true);
  for (const [where, text] of Object.entries(told)) {
    for (const secret of secrets)
      expect(text.includes(secret), `a secret (${secret.slice(0, 4)}…) in ${where}`).toBe(false);
    expect(text, where).not.toMatch(/sendBySession\?session=(?!\*)/);
  }
});

async function converse(
  { drive }: Pick<Stage, "sim" | "drive" | "clock">,
  people: readonly Parameters<typeof answersOn>[0][],
  text: string,
): Promise<void> {
  for (const person of people) void person.say(text).catch(() => "the simulator is closed");
  await drive(() => people.every((person) => answersOn(person).includes(`answer to ${text}`)), `${text} is answered`);
}

async function probeAll(bot: Bot, drive: Stage["drive"]): Promise<unknown> {
  let found: unknown;
  void bot.probe().then((findings) => (found = findings));
  await drive(() => found !== undefined, "the check is done");
  return found;
}

/** A secret that the platform does not know is a secret all the same. */
async function refusedStart(
  appKey: string,
  endpoints: { readonly api: string; readonly oapi: string },
): Promise<unknown> {
  const bot = createBot({ channels: [createDingTalk({ appKey, appSecret: "a-wrong-secret-0123456789", endpoints })] });
  const error: unknown = await bot.start().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(inspect(error, { depth: 20 })).toContain("credentials_rejected");
  expect(inspect(error, { depth: 20 })).not.toContain("a-wrong-secret");
  return error;
}
