/** One demo and one browser for all tests of a file, a page for each test, and what the page complained of. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect, test as base } from "vitest";
import { launchBrowser } from "./browser.ts";
import { type DemoProcess, startDemo } from "./demo.ts";
import { type Chat, chatOn } from "./chat.ts";

interface Setting {
  readonly browser: Browser;
  readonly demo: DemoProcess;
  /** A page that is connected. Its test fails when the page complains, asks another place for something, or gets no answer. */
  readonly chat: Chat;
}

const DESKTOP: BrowserContextOptions = {
  viewport: { width: 1400, height: 860 },
  locale: "en-GB",
  colorScheme: "light",
};

/** A test in that setting: without a browser, or where the demo does not start, it fails with the reason. */
export const test = base.extend<Setting>({
  browser: [
    // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern what a fixture needs
    async ({}, use) => {
      const browser = await launchBrowser();
      await use(browser);
      await browser.close();
    },
    { scope: "file" },
  ],
  demo: [
    async ({ browser }, use) => {
      void browser; // the demo is not built where there is none
      await using demo = await startDemo();
      await use(demo);
    },
    { scope: "file" },
  ],
  async chat({ browser, demo }, use) {
    const page = await browser.newPage(DESKTOP);
    const complaints = listen(page, demo.address);
    await page.goto(demo.address);
    await page.waitForSelector('[data-ready="true"]');
    await use(chatOn(page));
    const heard = [...complaints]; // what its end breaks off is none
    await page.close();
    expect(heard).toEqual([]);
  },
});

/** Grows while the page lives. */
function listen(page: Page, address: string): readonly string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${address}/`)) complaints.push(`it asked for ${request.url()}`);
  });
  page.on("requestfailed", (request) => {
    complaints.push(`${request.url()}: ${request.failure()?.errorText ?? "failed"}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.url()} answered ${response.status()}`);
  });
  return complaints;
}
