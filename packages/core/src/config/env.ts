/** The only reader of the process's environment. A build entry of its own which sends nothing. */

/** A copy of the environment at this moment. */
export function envSnapshot(): Readonly<Record<string, string | undefined>> {
  return { ...process.env };
}

/** One variable; an empty one counts as absent. */
export function readEnv(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value.trim() === "" ? undefined : value;
}
