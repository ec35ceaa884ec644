/** The demo page in a real browser: one writes as a DingTalk user and watches the answer grow. Screenshots: .reports/screens. */
import { request } from "node:http";
import { expect } from "vitest";
import { findBrowser } from "../src/browser.ts";
import { test } from "../src/setting.ts";

test("a direct message is answered by a card that grows, with its trace beside it", async ({ chat }) => {
  const { page } = chat;
  const moments = await chat.ask("hello there");
  const growing = moments.filter(({ state, text }) => state === "growing" && text !== "");
  expect(growing.length).toBeGreaterThan(1);
  for (const [at, { text }] of growing.entries()) {
    expect(text.length).toBeGreaterThan(growing[at - 1]?.text.length ?? 0);
  }
  expect(growing[0]?.foot).toContain("Writing…");
  expect(moments.at(-1)?.text).toContain("I am the offline demo agent");
  expect(moments.at(-1)?.foot).toMatch(/Finished.*\d+ updates/s);
  const hops = (await chat.hops()).map(([hop, outcome]) => `${hop} ${outcome}`);
  expect(hops[0]).toBe("claim accepted");
  expect(hops.at(-1)).toBe("turn done");
  expect(hops).toEqual(expect.arrayContaining(["turn started", "reply open", "reply sent"]));
  expect(await page.locator(".hop .what").allInnerTexts()).toContain("The card is on the screen and grows");
  expect(await page.locator(".heading .agent").innerText()).toContain("Offline demo agent");
  await expect.poll(() => page.locator(".left .spend").first().innerText()).toMatch(/\d{4}-\d{2}: \d+ metered calls/);
  await page.locator("article.bot .read").last().waitFor();
  await chat.screenshot("direct");
  const again = chat.ask("hello again");
  await page.locator("article.bot.growing .rich").waitFor();
  await chat.screenshot("growing");
  await again;
});

test("a card asks, and a press decides: its buttons go, and it says who chose what", async ({ chat }) => {
  const { page } = chat;
  await chat.say("/deploy v2");
  const card = page.locator("article.bot", { hasText: "Deploy v2?" }).last();
  await card.getByRole("button", { name: "同意 Approve" }).click();
  await card.getByText("✅ 同意 Approve").waitFor();
  expect(await card.getByRole("button").count()).toBe(0);
  await page.locator("article.bot", { hasText: "Deploying, approved by" }).last().waitFor();
  await chat.screenshot("approval");
});

test("a file goes to the bot, which says what it got", async ({ chat }) => {
  const { page } = chat;
  const buffer = Buffer.from("order,42\n");
  await page.setInputFiles(".attach input", { name: "orders.csv", mimeType: "text/csv", buffer });
  await page.locator("article.own", { hasText: "orders.csv" }).waitFor();
  const answer = page.locator('article.bot[data-state="finished"]', { hasText: "Got a file: orders.csv" });
  expect(await answer.innerText()).toContain("9 bytes");
  const large = { name: "large.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(1_048_577) };
  await page.setInputFiles(".attach input", large);
  await page.getByText("more than 1 MB and was not sent").waitFor();
});

test("a message that DingTalk posts to the webhook is answered as others are, and says how it came", async ({
  chat,
}) => {
  const { page } = chat;
  await page.getByLabel("By webhook").check();
  const moments = await chat.ask("6 * 7");
  expect(moments.at(-1)?.text).toContain("42");
  await page.locator("article.own", { hasText: "came by webhook" }).waitFor();
});

test("a file comes, and a message that is taken back says so", async ({ chat }) => {
  const { page } = chat;
  await chat.say("/file");
  await page.locator('article.bot[data-kind="media"]', { hasText: "report.csv" }).waitFor();
  await chat.say("/recall");
  const recalled = page.locator('article.bot[data-state="recalled"]', { hasText: "A slip" });
  expect(await recalled.locator(".foot").innerText()).toContain("Recalled");
  await chat.screenshot("recalled");
});

test("a keyword in the group goes to its agent, and the trace says so", async ({ chat }) => {
  const { page } = chat;
  await chat.openGroup();
  const moments = await chat.ask("the report, please");
  expect(moments.at(-1)?.text).toContain("Sales report");
  expect(await chat.hops()).toContainEqual(["route", expect.stringContaining("reporting-agent")]);
  expect(await page.locator('.hop[data-hop="route"] .what').innerText()).toBe("Routed to reporting-agent");
  expect(await page.locator("article.own").last().innerText()).toContain("@助手 Assistant the report, please");
  await chat.screenshot("group");
});

test("a keyword route can be tried by a click, from any chat", async ({ chat }) => {
  const { page } = chat;
  await page.getByRole("button", { name: "translate", exact: true }).click();
  await page.waitForSelector('[data-place="group"][aria-current="true"]');
  await page.locator('article.bot[data-state="finished"]', { hasText: "hello → 你好" }).waitFor();
  expect(await chat.hops()).toContainEqual(["route", expect.stringContaining("translation-agent")]);
});

test("without a mention nothing reaches the bot, and the page says why", async ({ chat }) => {
  const { page } = chat;
  await chat.openGroup();
  await chat.mention(false);
  const answers = await page.locator("article.bot").count();
  await chat.say("does anybody hear me?");
  const why = page.locator('[data-why="not-mentioned"]');
  await why.waitFor();
  expect(await why.innerText()).toContain("in a group it must mention the bot");
  expect(await page.locator("article.own").last().innerText()).toContain("Not delivered to the bot");
  expect(await page.locator(".hop").count()).toBe(0);
  await chat.screenshot("unmentioned");
  await chat.mention(true);
  await chat.ask("now it is mentioned"); // the next answer is to the next message: the first got none
  expect(await page.locator("article.bot").nth(answers).innerText()).toContain("now it is mentioned");
  expect(await page.locator("article.bot").count()).toBe(answers + 1);
});

test("markup in a message stays text, on both sides", async ({ chat }) => {
  const { page } = chat;
  const moments = await chat.ask("<img src=x onerror=alert(1)> <b>bold</b>");
  expect(moments.at(-1)?.text).toContain("<img src=x onerror=alert(1)>");
  expect(await page.locator("article img, article b").count()).toBe(0);
  expect(await page.locator("article.own").last().innerText()).toContain("<img src=x");
});

test("a message of an earlier time shows its own trace, by keyboard too", async ({ chat }) => {
  const { page } = chat;
  await chat.ask("1 + 2");
  await chat.ask("3 + 4");
  const earlier = page.locator("article.own", { hasText: "1 + 2" }).last();
  await earlier.getByRole("button").focus();
  await page.keyboard.press("Enter");
  await page.locator(".asked", { hasText: "1 + 2" }).waitFor();
  const id = await earlier.getAttribute("data-id");
  expect(await page.locator(".hops").getAttribute("data-trace")).toBe(id);
  expect(await page.locator(".command").innerText()).toBe(`gateway why ${id}`);
});

test("two tabs show the same; one that is not looked at gives its connection back", async ({ chat, browser, demo }) => {
  const other = await browser.newPage();
  await other.goto(demo.address);
  await other.waitForSelector('[data-ready="true"]');
  const look = (isHidden: boolean): Promise<void> =>
    other.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  const given = other.waitForEvent("requestfailed", (request) => request.url().endsWith("/api/events"));
  await look(true);
  await given;
  await chat.ask("20 * 21");
  await look(false);
  await other.locator('article.bot[data-state="finished"]', { hasText: "20 * 21 = 420" }).waitFor();
  await other.close();
});

test("Chinese, dark, and on a phone", async ({ chat }) => {
  const { page } = chat;
  await page.getByRole("button", { name: "中文" }).click();
  expect(await page.locator("h1").innerText()).toBe("钉钉演示");
  expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
  await page.emulateMedia({ colorScheme: "dark" });
  await chat.openGroup();
  await chat.ask("报表");
  await chat.hops();
  await chat.screenshot("dark");
  await page.setViewportSize({ width: 390, height: 800 });
  const overflow = await page.locator("html").evaluate((element) => element.scrollWidth - element.clientWidth);
  expect(overflow).toBe(0);
  expect(await page.locator(".composer .send").isVisible()).toBe(true);
  expect(await page.locator(".hops").isVisible()).toBe(false);
  await chat.screenshot("phone-dark");
  await page.locator("article.own .bubble").last().click();
  await page.locator(".hops").waitFor();
  await page.emulateMedia({ colorScheme: "light" });
  await chat.screenshot("phone-trace");
  await page.setViewportSize({ width: 1024, height: 720 });
  await chat.screenshot("tablet");
  await page.setViewportSize({ width: 390, height: 800 });
  await page.getByRole("button", { name: "收起" }).click();
  await page.locator(".hops").waitFor({ state: "hidden" });
});

test("another site's name for this machine opens nothing", async ({ demo }) => {
  const { port } = new URL(demo.address);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: "/", headers: { host: "evil.example" } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once("error", reject)
      .end();
  });
  expect(status).toBe(403);
});

test("the terminal shows the address and one exchange; SIGTERM ends it in order, with a page still open", async ({
  browser,
  demo,
}) => {
  expect(demo.output()).toMatch(/^ {2}http:\/\/127\.0\.0\.1:\d+$/m);
  expect(demo.output()).toMatch(/one exchange, just made:\n.* › 你好\n.*助手 Assistant › \S/);
  expect(demo.output()).toMatch(/card, finished, \d+ 帧/);
  const page = await browser.newPage({ locale: "en-GB" });
  await page.goto(demo.address);
  await page.waitForSelector('[data-ready="true"]');
  expect(await demo.end()).toBe(0);
  expect(demo.output()).not.toMatch(/\bat .*\.ts:\d+|"level":(?:[45]0|"(?:warn|error)")/); // neither a stack nor a complaint
  await page.waitForSelector(".banner.warn");
  expect(await page.locator(".banner.warn").innerText()).toContain("reconnecting");
  await page.fill("textarea", "is anybody there?");
  await page.press("textarea", "Enter");
  await page.locator(".banner.bad", { hasText: "The gateway does not answer" }).waitFor();
  expect(await page.inputValue("textarea")).toBe("is anybody there?"); // nothing that was written is lost
  await page.close();
});

test.for([
  [{ PATH: "/nonexistent" }, "Install Chromium"],
  [{ PATH: "/usr/bin:/bin", CHROMIUM_PATH: "/nonexistent/chrome" }, "CHROMIUM_PATH names /nonexistent/chrome"],
] as const)("without a browser there is an error with cause and fix: %j", ([env, message]) => {
  expect(() => findBrowser(env)).toThrow(message);
});
