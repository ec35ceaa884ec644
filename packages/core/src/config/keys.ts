/** Names of keys in config files: what an operator may have meant by one that does not exist. Pure. */

/** Names known from elsewhere, in snake_case, with ours in order of preference. A dotted one stands deeper in the file. */
export type Aliases = Readonly<Record<string, readonly string[]>>;

/** `clientId`, `client-id` and `ClientID` as `client_id`. */
export function snakeCase(key: string): string {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll("-", "_");
}

/** The key among `known` that `given` stands for: another spelling, another product's name, or a slip. Undefined: no guess. */
export function keyMeant(given: string, known: readonly string[], aliases: Aliases): string | undefined {
  const snake = snakeCase(given);
  if (snake !== given && known.includes(snake)) return snake;
  const names = Object.hasOwn(aliases, snake) ? (aliases[snake] ?? []) : [];
  const alias = names.find((name) => known.includes(name.split(".")[0] ?? name) && name !== given);
  if (alias !== undefined) return alias;
  const allowed = Math.min(2, Math.floor(snake.length / 3));
  const near = known.map((name) => [distance(snake, name), name] as const).sort(([a], [b]) => a - b)[0];
  return near !== undefined && near[0] <= allowed && near[1] !== given ? near[1] : undefined;
}

/** Letters to change, add, leave out or swap until one word is the other. */
function distance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const costs = [(row[j - 1] ?? 0) + (same ? 0 : 1), (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1];
      next.push(Math.min(...costs, swapped ? (before[j - 2] ?? 0) + 1 : Infinity));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
