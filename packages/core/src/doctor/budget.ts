/** What has been used of the month's metered calls, as far as this state has counted them. */
import type { Usage } from "../http/budget.ts";
import type { Found } from "./finding.ts";

/** Pure. Empty while nothing is known. */
export function budgetFindings(usage: Usage | undefined): readonly Found[] {
  if (usage === undefined || (usage.calls === 0 && usage.budget === undefined)) return [];
  const { calls, budget, month } = usage;
  if (budget === undefined) {
    const cause = {
      en: `${calls} metered calls were made in ${month}; no monthly_call_budget is set.`,
      zh: `${month} 已产生 ${calls} 次计量调用;未设置 monthly_call_budget。`,
    };
    return [{ level: "ok", code: "metered_calls", cause }];
  }
  const cause = {
    en: `${calls} of the ${budget} metered calls of ${month} (monthly_call_budget) are spent.`,
    zh: `${month} 的 ${budget} 次计量调用(monthly_call_budget)已用 ${calls} 次。`,
  };
  if (calls < budget) return [{ level: "ok", code: "metered_calls", cause }];
  return [{ level: "warning", code: "budget_spent", cause, fix: FIX }];
}

const FIX = {
  en: "Answers still arrive, as messages that do not grow. Raise monthly_call_budget if the organisation has calls left, or wait for the next month.",
  zh: "回答仍会以普通消息送达,但不再逐字更新。若企业仍有剩余调用量,请调高 monthly_call_budget,或等到下个月。",
};
