/** What the demo page talks to: the stream of events, what is said, who may ask. Real sockets, the real demo. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bot, createBot, type Logger, memoryState } from "@openclaw-china/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Changes } from "../../page/src/facts.ts";
import { type Demo, startDemo } from "../../src/demo.ts";
import { consoleRoutes } from "../../src/http/console.ts";
import { startModel } from "../model.ts";
import { openTab } from "./tab.ts";

const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

describe("the demo", () => {
  let demo: Demo;
  const logged: string[] = [];
  beforeEach(async () => {
    logged.length = 0;
    const note = (_facts: object, message: string): void => void logged.push(message);
    demo = await startDemo({
      port: 0,
      nextFree: false,
      env: { OPENAI_MODEL: "" },
      log: { ...SILENT, warn: note, error: note },
    });
  });
  afterEach(async () => {
    await demo.stop(0);
    const ofPage = logged.filter((message) => /page|request/.test(message)); // a turn may be called off by the end
    expect(ofPage).toEqual([]);
  });

  const say = (said: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${demo.address}/api/say`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(said),
    });

  test("everything at once, then what has changed: the answer as it grows, and its trace to its end", async () => {
    await using tab = await openTab(demo.address);
    const first = await tab.next();
    expect(first.demo?.routes.map(({ keyword }) => keyword)).toContain("report");
    expect(first.demo).not.toHaveProperty("model"); // set to nothing is not set
    const group = first.demo?.groups[0]?.id ?? "";
    expect((await say({ text: "report", group })).status).toBe(202);
    const seen = await tab.until(({ traces }) => traces.some(({ lines }) => lines.at(-1)?.outcome === "done"));
    const answers = seen.flatMap(({ messages }) => messages.filter(({ message }) => message.isBot));
    expect(answers.filter(({ message }) => message.state === "growing").length).toBeGreaterThan(1);
    expect(answers.every(({ place }) => place === group)).toBe(true);
    expect(seen.slice(1).every((changes) => changes.demo === undefined)).toBe(true);
    const outcomes = seen.flatMap(({ traces }) => traces.flatMap(({ lines }) => lines.map(({ outcome }) => outcome)));
    expect(outcomes).toContainEqual(expect.stringContaining("reporting-agent"));
  });

  test("a second tab gets everything, and both get what comes; a tab that goes disturbs none", async () => {
    await using first = await openTab(demo.address);
    await demo.exchange();
    const going = await openTab(demo.address);
    await going.next();
    await going[Symbol.asyncDispose]();
    await using second = await openTab(demo.address);
    const before = await second.next();
    expect(before.messages.map(({ message }) => message.text)).toContain("你好");
    await say({ text: "6 * 7" });
    const isAnswered = ({ messages }: Changes): boolean =>
      messages.some(({ message }) => message.text.includes("**42**") && message.state === "finished");
    await Promise.all([first.until(isAnswered), second.until(isAnswered)]);
  });

  test("a group message without a mention is marked, and has no trace", async () => {
    await using tab = await openTab(demo.address);
    const group = (await tab.next()).demo?.groups[0]?.id ?? "";
    await say({ text: "anybody?", group, mention: false });
    await say({ text: "1 + 1", group, mention: true });
    const seen = await tab.until(({ traces }) => traces.some(({ lines }) => lines.at(-1)?.outcome === "done"));
    const own = seen.flatMap(({ messages }) => messages.map(({ message }) => message)).filter(({ isBot }) => !isBot);
    expect(own.find(({ text }) => text === "anybody?")?.mentioned).toBe(false);
    expect(own.find(({ text }) => text === "1 + 1")?.mentioned).toBe(true);
    const unmentioned = own.find(({ text }) => text === "anybody?")?.id;
    expect(seen.flatMap(({ traces }) => traces.map(({ id }) => id))).not.toContain(unmentioned);
  });

  test("what cannot be said is refused in both languages", async () => {
    const empty = await say({ text: "  " });
    expect(empty.status).toBe(400);
    expect(await empty.json()).toEqual({ error: expect.stringMatching(/请输入.*write 1 to/) });
    const nowhere = await say({ text: "hello", group: "elsewhere" });
    expect(nowhere.status).toBe(404);
    expect(await nowhere.json()).toEqual({ error: expect.stringMatching(/没有这个群.*elsewhere/) });
    expect((await fetch(`${demo.address}/api/say`, { method: "POST", body: "{" })).status).toBe(400);
  });

  test.each([
    ["the address, from its own page", { origin: "SELF" }, 400],
    ["another name for this machine", { host: "evil.example" }, 403],
    ["a name that only begins well", { host: "localhost.evil.example" }, 403],
    ["another site", { origin: "https://evil.example" }, 403],
    ["another server of this machine", { origin: "http://127.0.0.1:3000" }, 403],
    ["a page without a site", { origin: "null" }, 403],
  ])("asked by %s", async (_who, headers, expected) => {
    const { host } = new URL(demo.address);
    const given: Record<string, string> = { host, ...headers };
    if (given["origin"] === "SELF") given["origin"] = demo.address;
    expect(await statusOf({ address: demo.address, path: "/api/say", headers: given })).toBe(expected);
  });

  test("while the gateway ends, the page sees the answer come to its end", async () => {
    await using tab = await openTab(demo.address);
    await say({ text: "hello" });
    const isInState =
      (state: string) =>
      ({ messages }: Changes): boolean =>
        messages.some(({ message }) => message.isBot && message.state === state && message.text !== "");
    await tab.until(isInState("growing"));
    const [seen] = await Promise.all([tab.until(isInState("finished")), demo.stop(20_000)]);
    expect(seen.at(-1)?.messages.at(-1)?.message.text).toContain("OPENAI_MODEL"); // the whole of it
  });

  test("the end of the gateway ends the streams of all tabs", async () => {
    const tabs = await Promise.all([openTab(demo.address), openTab(demo.address)]);
    for (const tab of tabs) await tab.next();
    await demo.stop(0);
    for (const tab of tabs) await expect(tab.until(() => false)).rejects.toThrow(/ended|terminated/);
  });
});

describe("the demo with a model", () => {
  test("that model answers, and the page is told so", async () => {
    await using model = await startModel((asked) => {
      asked.say("from the ");
      asked.say("model");
      asked.end();
    });
    const env = { OPENAI_MODEL: "small", OPENAI_BASE_URL: `${model.url}/v1` };
    const demo = await startDemo({ port: 0, nextFree: false, env, log: SILENT });
    try {
      const { answer } = await demo.exchange();
      expect(answer).toMatchObject({ text: "from the model", state: "finished" });
      expect(demo.agent).toBe("small");
      await using tab = await openTab(demo.address);
      expect((await tab.next()).demo?.model).toBe("small");
    } finally {
      await demo.stop(0);
    }
  });

  test("without a key for OpenAI itself: refused, with cause and fix, and nothing is left open", async () => {
    const demo = startDemo({ port: 0, nextFree: false, env: { OPENAI_MODEL: "small" }, log: SILENT });
    await expect(demo).rejects.toMatchObject({ code: "secret_missing" });
  });
});

describe("the page's files", () => {
  let place: string;
  let folder: string;
  let bot: Bot;
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), "page-"));
    folder = join(place, "page");
    await mkdir(folder);
    await writeFile(join(place, "secret"), "secret");
    bot = createBot({ channels: [], state: memoryState(), handler: () => "hello" });
  });
  afterEach(async () => {
    await bot.stop({ timeoutMs: 0 });
    await rm(place, { recursive: true });
  });

  const get = async (path: string): Promise<Response> => {
    const shown = {
      folder,
      describe: () => ({}),
      screens: () => [],
      watch: () => ({ [Symbol.dispose]: () => {} }),
      say() {},
      sendFile() {},
      look: async () => {},
      press() {},
    };
    const app = consoleRoutes(shown, bot, SILENT);
    return app.request(`http://localhost${path}`, { headers: { host: "localhost" } });
  };

  test("are served under a policy that lets nothing in from elsewhere", async () => {
    await writeFile(join(folder, "index.html"), "<p>page</p>");
    const page = await get("/");
    expect(await page.text()).toBe("<p>page</p>");
    expect(page.headers.get("content-type")).toMatch(/^text\/html/);
    expect(page.headers.get("content-security-policy")).toMatch(/default-src 'self';.*frame-ancestors 'none'/);
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    expect(page.headers.get("cache-control")).toBe("no-cache");
  });

  test.each(["/none.js", "/../secret", "/%2e%2e/secret", "/..%2fsecret", "/%", "/%00"])(
    "%s is not there",
    async (path) => {
      await writeFile(join(folder, "index.html"), "<p>page</p>");
      expect((await get(path)).status).toBe(404);
    },
  );

  test("that were not built: it is said how to build them", async () => {
    const page = await get("/");
    expect(page.status).toBe(503);
    expect(await page.text()).toMatch(/尚未构建.*npm start.*build:page/);
  });
});

interface Asked {
  readonly address: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** As no browser would let a script ask. */
function statusOf({ address, path, headers }: Asked): Promise<number | undefined> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method: "POST", headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once("error", reject)
      .end();
  });
}
