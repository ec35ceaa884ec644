/** The demo's approval over its own HTTP: a card with buttons on the screen, pressed once. */
import { silentLogger } from "@openclaw-china/core/internal";
import { expect, test } from "vitest";
import { startDemo } from "../../src/demo.ts";

interface Message {
  readonly id: string;
  readonly text: string;
  readonly kind: string;
  readonly state: string;
  readonly isBot: boolean;
  readonly buttons: readonly { readonly id: string }[];
}

/** What the page is told of the direct chat when it opens: the first event holds everything. */
async function screenOf(address: string): Promise<readonly Message[]> {
  const over = new AbortController();
  const response = await fetch(new URL("api/events", address), { signal: over.signal });
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const data = /^data: (.*)\n\n/m.exec(text)?.[1];
      if (data === undefined) continue;
      const { messages } = JSON.parse(data) as { readonly messages: readonly { place: string; message: Message }[] };
      return messages.filter(({ place }) => place === "direct").map(({ message }) => message);
    }
  } finally {
    over.abort();
  }
  throw new Error(`no event in ${text}`);
}

/** Longer than anything here takes on a busy machine. */
const PATIENCE = { timeout: 15_000 };

test("/file shows a file, /recall a message that is taken back", async () => {
  const demo = await startDemo({ port: 0, nextFree: false, env: {}, log: silentLogger() });
  try {
    const say = (text: string): Promise<number> =>
      fetch(new URL("api/say", demo.address), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text }),
      }).then(({ status }) => status);
    const shown = async (): Promise<readonly string[]> =>
      (await screenOf(demo.address))
        .filter(({ isBot }) => isBot)
        .map(({ kind, state, text }) => `${kind} ${state} ${text}`);
    expect(await say("/file")).toBe(202);
    await expect.poll(shown, PATIENCE).toEqual(["media finished 报表 report.csv"]);
    expect(await say("/recall")).toBe(202);
    await expect.poll(async () => (await shown()).at(-1), PATIENCE).toMatch(/^card recalled .*taken back at once$/);
  } finally {
    await demo.stop(1_000);
  }
});

test("/deploy asks, a press decides, and a second one is told that it is too late", async () => {
  const demo = await startDemo({ port: 0, nextFree: false, env: {}, log: silentLogger() });
  try {
    const post = (path: string, body: unknown): Promise<number> =>
      fetch(new URL(path, demo.address), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }).then(({ status }) => status);
    expect(await post("api/say", { text: "/deploy v2" })).toBe(202);
    const card = async (): Promise<Message | undefined> =>
      (await screenOf(demo.address)).find(({ text }) => text.includes("Deploy v2?"));
    await expect.poll(async () => (await card())?.buttons.map(({ id }) => id), PATIENCE).toEqual(["approve", "reject"]);
    const id = (await card())?.id;
    expect(await post("api/press", { id })).toBe(400);
    expect(await post("api/press", { id, button: "nothing" })).toBe(404);
    expect(await post("api/press", { id, button: "approve" })).toBe(202);
    await expect.poll(async () => (await card())?.buttons, PATIENCE).toEqual([]);
    expect((await card())?.text).toContain("✅ 同意 Approve · 林晓 Lin");
    const texts = async (): Promise<readonly string[]> => (await screenOf(demo.address)).map(({ text }) => text);
    await expect.poll(texts, PATIENCE).toContainEqual(expect.stringContaining("Deploying, approved by 林晓 Lin."));
    expect(await post("api/press", { id, button: "approve" })).toBe(404);
  } finally {
    await demo.stop(1_000);
  }
});
