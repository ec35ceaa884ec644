/** Addresses in one line: what is read, what is refused, and that writing and reading are one another's reverse. */
import { type Address, type ChannelError, parseAddress } from "@openclaw-china/core";
import { formatAddress } from "@openclaw-china/core/internal";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("is read", () => {
  test.each<[string, Address]>([
    ["acme:group:cid1", { channel: "acme", kind: "group", id: "cid1" }],
    ["acme/sales:user:staff-1", { channel: "acme", account: "sales", kind: "user", id: "staff-1" }],
    ["acme:group:cid/A+b==", { channel: "acme", kind: "group", id: "cid/A+b==" }],
    ["acme:tag:a:b:c", { channel: "acme", kind: "tag", id: "a:b:c" }],
    ["acme-2:department:1", { channel: "acme-2", kind: "department", id: "1" }],
    ["acme:user: 名字 ", { channel: "acme", kind: "user", id: " 名字 " }],
  ])("%s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });
});

describe("is refused", () => {
  test.each([
    "",
    "acme",
    "acme:group",
    "acme:group:",
    "acme:room:1",
    "acme:GROUP:1",
    "Acme:group:1",
    ":group:1",
    "acme/:group:1",
    "acme/a/b:group:1",
    "acme group:1",
    "group:cid1",
  ])("%j", (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });

  test("with what was written, what belongs there, and no more of it than one can read", () => {
    let thrown: ChannelError | undefined;
    try {
      parseAddress(`acme:room:${"x".repeat(10_000)}`);
    } catch (error) {
      thrown = error as ChannelError;
    }
    expect(thrown?.message).toContain('"acme:room:xxx');
    expect(thrown?.message.length).toBeLessThan(120);
    expect(thrown?.fix.en).toContain("channel:kind:id");
    expect(thrown?.fix.zh).toContain("渠道:类型:id");
  });
});

describe("is written", () => {
  test("without the default account, and without the thread", () => {
    const address: Address = { channel: "acme", account: "default", kind: "group", id: "cid1", threadId: "t1" };
    expect(formatAddress(address)).toBe("acme:group:cid1");
    expect(formatAddress({ ...address, account: "sales" })).toBe("acme/sales:group:cid1");
  });

  test("so that it is read as it was", () => {
    const address = fc.record({
      channel: fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}$/),
      account: fc.stringMatching(/^[\w-]{1,10}$/).filter((name) => name !== "default"),
      kind: fc.constantFrom<Address["kind"]>("user", "group", "department", "tag"),
      id: fc.string({ minLength: 1, unit: "grapheme" }),
    });
    fc.assert(
      fc.property(address, (one) => {
        expect(parseAddress(formatAddress(one))).toEqual(one);
      }),
    );
  });
});
