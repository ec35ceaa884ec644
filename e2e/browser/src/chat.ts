/** What a person does on the page, and sees there. */
import { join } from "node:path";
import type { Page } from "playwright-core";

/** One moment of a card. */
export interface Moment {
  readonly text: string;
  readonly state: string;
  /** What is written below it. */
  readonly foot: string;
}

export interface Chat {
  readonly page: Page;
  say(text: string): Promise<void>;
  /** Says it, and watches the card of the answer until it is finished. */
  ask(text: string): Promise<readonly Moment[]>;
  openGroup(): Promise<void>;
  mention(isOn: boolean): Promise<void>;
  /** Hops of the trace that is shown, once the turn is done. */
  hops(): Promise<readonly (readonly [hop: string, outcome: string])[]>;
  /** Into .reports/screens, for people to look at. */
  screenshot(name: string): Promise<void>;
}

const SCREENS = join(import.meta.dirname, "../../../.reports/screens");

export function chatOn(page: Page): Chat {
  const say = async (text: string): Promise<void> => {
    await page.fill("textarea", text);
    await page.press("textarea", "Enter");
  };
  return {
    page,
    say,
    async ask(text) {
      const before = await page.locator("article.bot").count();
      const watching = page.evaluate(watchCard, before);
      await say(text);
      const moments = await watching;
      if (moments.at(-1)?.state === "failed") throw new Error(`the card has failed: ${moments.at(-1)?.text}`);
      return moments;
    },
    async openGroup() {
      await page.click('[data-place="group"]');
      await page.waitForSelector(".mention");
    },
    mention: (isOn) => page.setChecked(".mention input", isOn),
    async hops() {
      await page.waitForSelector('.hop[data-hop="turn"][data-outcome="done"]');
      return page
        .locator(".hop")
        .evaluateAll((all) => all.map(({ dataset }) => [dataset["hop"] ?? "", dataset["outcome"] ?? ""] as const));
    },
    async screenshot(name) {
      await page.screenshot({ path: join(SCREENS, `${name}.png`), animations: "disabled" });
    },
  };
}

/** Runs in the page, so that no moment is missed: every one that differs from the one before, of the card at `index`. */
function watchCard(index: number): Promise<readonly Moment[]> {
  return new Promise((resolve) => {
    const moments: Moment[] = [];
    const look = (): void => {
      const card = document.querySelectorAll<HTMLElement>("article.bot")[index];
      if (card === undefined) return;
      const innerText = (selector: string): string => card.querySelector<HTMLElement>(selector)?.innerText ?? "";
      const now = { text: innerText(".rich"), state: card.dataset["state"] ?? "", foot: innerText(".foot") };
      const before = moments.at(-1);
      if (before?.text !== now.text || before.state !== now.state) moments.push(now);
      if (now.state !== "finished" && now.state !== "failed") return;
      observer.disconnect();
      resolve(moments);
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
  });
}
