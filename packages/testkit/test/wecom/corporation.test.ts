/** Applications, customer service, robots and callback mode, called as any client calls them. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createWeComSimulator, fakeClock, type WeComSimulator } from "../../src/index.ts";
import type { Json } from "./client.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function simulator(): Promise<WeComSimulator> {
  const sim = await createWeComSimulator({ clock: fakeClock() });
  closers.push(() => sim.close());
  return sim;
}

/** A server that answers everything with 200 and nothing. */
async function listener(): Promise<{ readonly address: string; readonly bodies: readonly string[] }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      bodies.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, bodies };
}

async function post(sim: WeComSimulator, path: string, body: unknown): Promise<Json> {
  const init = { method: "POST", body: JSON.stringify(body) };
  return (await (await fetch(`${sim.app.endpoints.api}/cgi-bin/${path}`, init)).json()) as Json;
}

async function tokenOf(
  sim: WeComSimulator,
  app: { readonly corpId: string; readonly corpSecret: string },
): Promise<string> {
  const query = `corpid=${app.corpId}&corpsecret=${app.corpSecret}`;
  const answer = await fetch(`${sim.app.endpoints.api}/cgi-bin/gettoken?${query}`);
  return String(((await answer.json()) as Json)["access_token"]);
}

test("an application writes to people and departments, is told who is unknown, and repeats are suppressed", async () => {
  const sim = await simulator();
  const { app, id } = sim.application();
  const [lin, wang] = [sim.user("Lin"), sim.user("Wang")];
  const department = sim.department([wang]);
  const token = await tokenOf(sim, app);
  const message = {
    touser: `${lin.id}|Nobody`,
    toparty: department,
    agentid: app.agentId,
    msgtype: "text",
    text: { content: "hello" },
    enable_duplicate_check: 1,
  };
  const first = await post(sim, `message/send?access_token=${token}`, message);
  expect(first).toMatchObject({ errcode: 0, invaliduser: "nobody" });
  expect(await post(sim, `message/send?access_token=${token}`, message)).toEqual(first);
  for (const person of [lin, wang])
    expect(person.screen({ bot: { id } }).messages.map(({ text }) => text)).toEqual(["hello"]);
  await post(sim, `message/recall?access_token=${token}`, { msgid: first["msgid"] });
  expect(lin.screen({ bot: { id } }).messages[0]?.state).toBe("recalled");
  const nobody = { ...message, touser: "Nobody", toparty: "" };
  expect(await post(sim, `message/send?access_token=${token}`, nobody)).toMatchObject({ errcode: 81013 });
});

test("tokens: the same while it lives, void after a change of the secret", async () => {
  const sim = await simulator();
  const { app } = sim.application();
  const token = await tokenOf(sim, app);
  expect(await tokenOf(sim, app)).toBe(token);
  sim.revokeTokens();
  expect(await post(sim, `message/send?access_token=${token}`, {})).toMatchObject({ errcode: 40014 });
  expect(await post(sim, "message/send", {})).toMatchObject({ errcode: 41001 });
});

test("what people write to an application is posted as sealed XML, and a bot's messages as sealed JSON", async () => {
  const sim = await simulator();
  const { address, bodies } = await listener();
  const application = sim.application();
  const lin = sim.user("Lin");
  using app = application.callback(address);
  using bot = sim.webhook({ address, token: "t", encodingAesKey: application.app.encodingAesKey });
  await lin.say("to the application", { bot: { id: application.id } });
  await lin.say("to the bot");
  expect(bodies[0]).toMatch(/^<xml><ToUserName>.*<Encrypt><!\[CDATA\[/);
  expect(Object.keys(JSON.parse(bodies[1] ?? "{}") as object)).toEqual(["encrypt"]);
  expect([app.calls, bot.calls].map((calls) => calls.map(({ kind, status }) => [kind, status]))).toEqual([
    [["message", 200]],
    [["message", 200]],
  ]);
  expect(await bot.verify()).toBe(false);
});

test("customer service: pulled by cursor, five answers for a message", async () => {
  const sim = await simulator();
  const { kf, openKfId, customer } = sim.kf();
  const chen = customer("Chen");
  await chen.say("is anybody there?");
  const token = await tokenOf(sim, kf);
  const pulled = await post(sim, `kf/sync_msg?access_token=${token}`, { open_kfid: openKfId });
  expect(pulled).toMatchObject({ errcode: 0, has_more: 0, msg_list: [{ external_userid: chen.id, msgtype: "text" }] });
  const answer = (n: number): Promise<Json> =>
    post(sim, `kf/send_msg?access_token=${token}`, {
      touser: chen.id,
      open_kfid: openKfId,
      msgid: `m${n}`,
      msgtype: "text",
      text: { content: `answer ${n}` },
    });
  for (let n = 0; n < 5; n += 1) expect(await answer(n)).toMatchObject({ errcode: 0 });
  expect(await answer(0)).toMatchObject({ errcode: 40058 });
  expect(await answer(5)).toMatchObject({ errcode: 95001 });
  expect((await chen.screen().next()).text).toBe("answer 0");
});

test("a robot of a group: twenty messages a minute", async () => {
  const sim = await simulator();
  const lin = sim.user("Lin");
  const sales = sim.group("Sales", [lin]);
  const robot = sim.robot(sales);
  const send = (key: string): Promise<Json> =>
    post(sim, `webhook/send?key=${key}`, { msgtype: "markdown", markdown: { content: "**news**" } });
  expect(await send("wrong")).toMatchObject({ errcode: 93000 });
  for (let n = 0; n < 20; n += 1) expect(await send(robot.key)).toMatchObject({ errcode: 0 });
  expect(await send(robot.key)).toMatchObject({ errcode: 45009 });
  expect((await lin.screen({ group: sales, bot: robot }).next()).text).toBe("**news**");
});
