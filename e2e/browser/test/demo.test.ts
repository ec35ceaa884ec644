/** The demo page in a real browser: one writes as a DingTalk user and watches the answer grow. Screenshots: .reports/screens. */
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchBrowser } from "../src/browser.ts";
import { type DemoProcess, startDemo } from "../src/demo.ts";

const SCREENS = join(import.meta.dirname, "../../../.reports/screens");
const FINISHED = 'article.bot[data-state="finished"]';

let demo: DemoProcess;
let browser: Browser;
beforeAll(async () => {
  demo = await startDemo();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await demo?.[Symbol.asyncDispose]();
});

describe("the page", () => {
  let page: Page;
  const complaints: string[] = [];
  beforeEach(async () => {
    complaints.length = 0;
    page = await browser.newPage({ viewport: { width: 1360, height: 820 }, locale: "en-GB", colorScheme: "light" });
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(demo.address)) complaints.push(`it asked for ${request.url()}`);
    });
    await page.goto(demo.address);
    await page.waitForSelector('[data-state="live"]');
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  const say = async (text: string): Promise<void> => {
    await page.fill("textarea", text);
    await page.press("textarea", "Enter");
  };
  const openGroup = async (): Promise<void> => {
    await page.click('[data-place="group"]');
    await page.waitForSelector(".mention");
  };
  /** Every text the last card has shown, until it is finished. */
  const watchCard = async (count: number): Promise<readonly string[]> => {
    const card = page.locator("article.bot").nth(count);
    const seen: string[] = [];
    await card.waitFor();
    for (let state: string | null = null; state !== "finished";) {
      state = await card.getAttribute("data-state");
      const text = (await card.locator(".rich").count()) === 0 ? "" : await card.locator(".rich").innerText();
      if (text !== "" && text !== seen.at(-1)) seen.push(text);
      if (state === "failed") throw new Error(`the card has failed: ${text}`);
    }
    return seen;
  };

  test("a direct message is answered by a card that grows, with its trace beside it", async () => {
    const before = await page.locator("article.bot").count();
    await say("12 * 34");
    const seen = await watchCard(before);
    expect(seen.at(-1)).toContain("408");
    const second = await askSecond();
    expect(second.length).toBeGreaterThan(1);
    for (const [at, text] of second.entries()) expect(text.length).toBeGreaterThan(second[at - 1]?.length ?? 0);
    await page.waitForSelector('.hop[data-hop="turn"][data-outcome="done"]');
    const hops = await page.locator(".hop").evaluateAll((all) => all.map((one) => one.getAttribute("data-hop")));
    expect(hops).toEqual(expect.arrayContaining(["claim", "turn", "route", "reply"]));
    await page.screenshot({ path: join(SCREENS, "direct.png") });
  });

  test("a card asks, and a press decides: its buttons go, and it says who chose what", async () => {
    await say("/deploy v2");
    const card = page.locator("article.bot", { hasText: "Deploy v2?" }).last();
    await card.getByRole("button", { name: "同意 Approve" }).click();
    await card.getByText("✅ 同意 Approve").waitFor();
    expect(await card.getByRole("button").count()).toBe(0);
    await page.locator("article.bot", { hasText: "Deploying, approved by" }).last().waitFor();
    await page.screenshot({ path: join(SCREENS, "approval.png") });
  });

  const askSecond = async (): Promise<readonly string[]> => {
    const before = await page.locator("article.bot").count();
    await say("hello there");
    return watchCard(before);
  };

  test("a keyword in the group goes to its agent, and the trace says so", async () => {
    await openGroup();
    const before = await page.locator("article.bot").count();
    await say("the report, please");
    const seen = await watchCard(before);
    expect(seen.at(-1)).toContain("Sales report");
    await page.waitForSelector('.hop[data-hop="route"]');
    const route = await page.locator('.hop[data-hop="route"]').getAttribute("data-outcome");
    expect(route).toContain("reporting-agent");
    await page.screenshot({ path: join(SCREENS, "group.png") });
  });

  test("without a mention nothing reaches the bot, and the page says why", async () => {
    await openGroup();
    const before = await page.locator("article.bot").count();
    await page.uncheck(".mention input");
    await say("does anybody hear me?");
    await page.waitForSelector('[data-why="not-mentioned"]');
    expect(await page.locator('[data-why="not-mentioned"]').innerText()).toContain("it must mention it");
    await page.check(".mention input");
    await say("now it is mentioned");
    await watchCard(before); // the next answer is to the next message: the first got none
    expect(await page.locator(FINISHED).nth(before).innerText()).toContain("now it is mentioned");
    await page.screenshot({ path: join(SCREENS, "unmentioned.png") });
  });

  test("markup in a message stays text", async () => {
    const before = await page.locator("article.bot").count();
    await say("<img src=x onerror=alert(1)> **bold**");
    await watchCard(before);
    expect(await page.locator("article img").count()).toBe(0);
    expect(await page.locator("article.own").last().innerText()).toContain("<img src=x");
  });

  test("Chinese, dark and on a phone", async () => {
    await page.getByRole("button", { name: "中文" }).click();
    expect(await page.locator("h1").innerText()).toBe("钉钉演示");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: join(SCREENS, "dark.png") });
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.locator(".composer .send").isVisible()).toBe(true);
    const overflow = await page.locator(".page").evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(overflow).toBe(0);
    await page.screenshot({ path: join(SCREENS, "phone.png") });
  });
});

test("another site's name for this machine opens nothing", async () => {
  const { port } = new URL(demo.address);
  const { request } = await import("node:http");
  const status = await new Promise<number | undefined>((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: "/api/demo", headers: { host: "evil.example" } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once("error", reject)
      .end();
  });
  expect(status).toBe(403);
});

test("the terminal shows the address and one exchange; SIGTERM ends it in order, with the page still open", async () => {
  expect(demo.output()).toContain("one exchange, just made");
  expect(demo.output()).toMatch(/Assistant › 你好/);
  expect(demo.output()).toMatch(/card, finished, \d+ 帧/);
  const page = await browser.newPage();
  await page.goto(demo.address);
  await page.waitForSelector('[data-state="live"]');
  expect(await demo.end()).toBe(0);
  await page.waitForSelector(".banner.warn");
});
