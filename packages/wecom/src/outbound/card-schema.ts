/** Template cards as the platform takes them: its own error does not say which member is wrong, so they are checked before. */
import * as z from "zod/mini";
import { wecomError } from "../errors.ts";

/** A card of the platform: `{ card_type, … }`. */
export type TemplateCard = { readonly card_type: string } & Readonly<Record<string, unknown>>;

const bytes = (max: number): z.ZodMiniString =>
  z.string().check(z.refine((text) => Buffer.byteLength(text) <= max, `has more than ${max} bytes`));
const filled = z.string().check(z.minLength(1));
const key = bytes(1_024).check(z.minLength(1));
const optionId = bytes(128).check(z.minLength(1));
const list = <T extends z.ZodMiniType>(of: T, least: number, most: number) =>
  z.array(of).check(z.minLength(least), z.maxLength(most));

const title = z.looseObject({ title: filled, desc: z.optional(z.string()) });
const action = z.looseObject({ type: z.literal([1, 2]) });
const row = z.looseObject({ keyname: filled, value: z.optional(z.string()), type: z.optional(z.number()) });
const option = z.looseObject({ id: optionId, text: filled });
const selection = z.looseObject({ question_key: key, option_list: list(option, 1, 10) });
const button = z.looseObject({ text: filled, key: z.optional(key), style: z.optional(z.literal([1, 2, 3, 4])) });
const submit = z.looseObject({ text: filled, key });
const taskId = z.string().check(z.regex(/^[0-9A-Za-z_\-@]{1,128}$/));
const shared = {
  main_title: title,
  task_id: z.optional(taskId),
  horizontal_content_list: z.optional(list(row, 1, 6)),
  jump_list: z.optional(list(z.looseObject({ title: filled }), 1, 3)),
};

const card = z.discriminatedUnion("card_type", [
  z.looseObject({
    ...shared,
    card_type: z.literal("text_notice"),
    card_action: action,
    main_title: z.optional(title),
  }),
  z.looseObject({
    ...shared,
    card_type: z.literal("news_notice"),
    card_action: action,
    vertical_content_list: z.optional(list(title, 1, 4)),
  }),
  z.looseObject({
    ...shared,
    card_type: z.literal("button_interaction"),
    task_id: taskId,
    button_list: list(button, 1, 6),
    button_selection: z.optional(selection),
  }),
  z.looseObject({
    ...shared,
    card_type: z.literal("vote_interaction"),
    task_id: taskId,
    checkbox: z.looseObject({ question_key: key, option_list: list(option, 1, 20) }),
    submit_button: submit,
  }),
  z.looseObject({
    ...shared,
    card_type: z.literal("multiple_interaction"),
    task_id: taskId,
    select_list: list(selection, 1, 3),
    submit_button: submit,
  }),
]);

/** The card, when the platform takes it. Throws `content_rejected` (not sent) that names the member. */
export function checkCard(given: unknown): TemplateCard {
  const parsed = card.safeParse(given);
  if (parsed.success) return given as TemplateCard;
  const [issue] = parsed.error.issues;
  const where = issue?.path.map(String).join(".") || "card_type";
  throw wecomError("content", {
    message: `WeCom would refuse this card: ${where} is wrong (${issue?.message ?? "invalid"})`,
    outcome: "not_sent",
    fix: {
      en: `Change what becomes ${where}: see the limits of template cards in the channel's documentation.`,
      zh: `请修改与 ${where} 对应的内容,限制见渠道文档的“模板卡片”。`,
    },
  });
}
