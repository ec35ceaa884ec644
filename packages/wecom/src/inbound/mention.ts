/** The bot's mention at the front of a group message. Pure. */

/**
 * Groups deliver only what mentions the bot, and say neither where nor by which name. With a name, that one is removed from
 * the front; without, one `@word`. Never more: the others are other people, and e-mail addresses.
 */
export function stripBotName(text: string, botName: string | undefined): string {
  const trimmed = text.trim();
  const name = botName?.trim().replace(/^@/, "");
  if (!name) return trimmed.replace(/^@\S+(\s+|$)/u, "").trim();
  if (!trimmed.startsWith(`@${name}`)) return trimmed;
  const rest = trimmed.slice(name.length + 1);
  return /^[\w@.]/.test(rest) ? trimmed : rest.trim();
}
