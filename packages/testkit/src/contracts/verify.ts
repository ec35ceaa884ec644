/** What every check of a signature promises: the right one passes, everything near it does not, and nothing is thrown. */
import { describe, expect, it } from "vitest";

/** A signed request in the words of the function under test. */
export interface VerifyCase {
  readonly name: string;
  readonly request: Readonly<Record<string, string>>;
  readonly valid: boolean;
}

export interface VerifySubject {
  readonly name: string;
  /** True: the request is what its signature says. Must not throw. */
  verify(request: Readonly<Record<string, string | undefined>>): boolean;
  readonly cases: readonly VerifyCase[];
  /** Members of the request that the signature covers: a change of one character in any must be refused. */
  readonly covered: readonly string[];
}

/** Registers the tests for a signature. */
export function verifyContract({ name, verify, cases, covered }: VerifySubject): void {
  describe(`signature of ${name}`, () => {
    it.each(cases)("$name", ({ request, valid }) => {
      expect(verify(request)).toBe(valid);
    });

    const good = cases.find(({ valid }) => valid)?.request ?? {};
    it.each(covered)("a change anywhere in %s is refused", (member) => {
      const value = good[member] ?? "";
      expect(value).not.toBe("");
      for (let at = 0; at < value.length; at += 1) {
        const other = value[at] === "1" ? "2" : "1";
        const changed = { ...good, [member]: value.slice(0, at) + other + value.slice(at + 1) };
        expect(verify(changed), `position ${at}`).toBe(false);
      }
    });

    it.each(covered)("%s absent, empty, longer or of another alphabet is refused", (member) => {
      const value = good[member] ?? "";
      for (const odd of [undefined, "", `${value}=`, `${value}x`, "签名", "\0", " ".repeat(64)]) {
        expect(verify({ ...good, [member]: odd }), String(odd)).toBe(false);
      }
    });
  });
}
