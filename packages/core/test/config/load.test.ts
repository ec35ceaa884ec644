import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultSecretsFile, fillIn, lookUp, parseSecrets, readSecrets } from "@openclaw-china/core/internal";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "secrets-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("lines with comments, export and quotes", () => {
  const text = "# comment\nA=1\nexport B = two \n C='with # sign'\nD=\"q\" \nE=x # why\nnonsense\nF=a=b=\r\n";
  expect(parseSecrets(text)).toEqual({ A: "1", B: "two", C: "with # sign", D: "q", E: "x", F: "a=b=" });
});

test.each([
  ['A="in quotes" # and why', "in quotes"],
  ["A='it is #1' # and why", "it is #1"],
  ['A="half', '"half'],
  [`A="one" and "two"`, `one" and "two`],
  ["A=a#b", "a#b"],
  ["A=", ""],
  ["\uFEFFA=after a byte order mark", "after a byte order mark"],
  ["  export   A = x  ", "x"],
])("the line %s", (line, value) => {
  expect(parseSecrets(line)).toEqual({ A: value });
});

test("what is no line of a name and a value is left out", () => {
  expect(parseSecrets("1A=x\nA-B=x\n=x\nA x\n#A=x\n\n")).toEqual({});
});

test("what a secret holds is not looked up again", async () => {
  const secrets = await readSecrets(join(folder, "none.env"));
  expect(fillIn("${A}", { env: { A: "${B}", B: "b" }, secrets })).toBe("${B}");
});

test("names come from the environment first, then from the file, at any depth", async () => {
  const file = join(folder, "secrets.env");
  await writeFile(file, "KEY=file\nOTHER=o\n", { mode: 0o600 });
  const secrets = await readSecrets(file);
  expect(secrets.warnings).toEqual([]);
  const given = { a: { b: ["${KEY}", "x-${OTHER}-y", 7, null] } };
  expect(fillIn(given, { env: { KEY: "env" }, secrets })).toEqual({ a: { b: ["env", "x-o-y", 7, null] } });
});

test("a missing name is named with its key and the file", async () => {
  const secrets = await readSecrets(join(folder, "none.env"));
  const fill = (): unknown => fillIn({ channels: { x: { app_key: "${KEY}" } } }, { env: { KEY: " " }, secrets });
  expect(fill).toThrow(expect.objectContaining({ code: "secret_missing" }));
  expect(fill).toThrow(/channels\.x\.app_key needs \$\{KEY\}.*none\.env/);
});

test("a folder in place of the file is an error with cause and fix", async () => {
  const file = join(folder, "secrets.env");
  await mkdir(file);
  await expect(readSecrets(file)).rejects.toMatchObject({
    code: "config_invalid",
    message: expect.stringContaining("it is a folder") as string,
    fix: { en: expect.stringContaining("NAME=value") as string },
  });
});

test("a file that others can read is a warning", async () => {
  const file = join(folder, "secrets.env");
  await writeFile(file, "A=1");
  await chmod(file, 0o644);
  expect((await readSecrets(file)).warnings[0]?.en).toContain("chmod 600");
});

test("the secrets file is where the environment says, else in the home folder", () => {
  expect(defaultSecretsFile()).toMatch(/[/\\]\.config[/\\]openclaw[/\\]secrets\.env$/);
  expect(defaultSecretsFile({ XDG_CONFIG_HOME: "/etc/xdg" })).toBe(join("/etc/xdg", "openclaw", "secrets.env"));
  expect(defaultSecretsFile({ XDG_CONFIG_HOME: "/etc/xdg", OPENCLAW_SECRETS_FILE: "/run/bot.env" })).toBe(
    "/run/bot.env",
  );
});

test("an empty variable counts as none, and what every object has is no variable", () => {
  const secrets = { file: "secrets.env", values: { KEY: "of the file", EMPTY: "" }, warnings: [] };
  expect(lookUp("KEY", { env: { KEY: " " }, secrets })).toBe("of the file");
  expect(lookUp("EMPTY", { env: {}, secrets })).toBeUndefined();
  expect(lookUp("constructor", { env: {}, secrets })).toBeUndefined();
});
