/** Addresses that came with a message: which are called, and which never. */
import { ChannelError } from "@openclaw-china/core";
import { checkAddress } from "@openclaw-china/core/internal";
import { describe, expect, test } from "vitest";
import { isPublicAddress } from "../../src/http/guard.ts";

function refusal(address: string, origins?: readonly string[]): ChannelError {
  try {
    checkAddress(address, origins === undefined ? {} : { origins });
  } catch (error) {
    if (error instanceof ChannelError) return error;
    throw error;
  }
  return expect.unreachable(`${address} was allowed`);
}

test.each([
  "https://files.example.org/a?sign=x",
  "https://files.example.org:8443/a",
  "https://FILES.example.ORG./a",
  "https://8.8.8.8/a",
  "https://[2606:4700:4700::1111]/a",
  "https://[::ffff:8.8.8.8]/a",
  "https://mylocal.example.org/",
  "https://local.example.org/",
  "https://文件.example.org/",
])("%s is public", (address) => {
  expect(checkAddress(address)).toBeInstanceOf(URL);
});

describe("hosts in a private network, in whatever notation", () => {
  test.each([
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/", // decimal
    "https://0x7f000001/", // hexadecimal
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/", // octal
    "https://127.0.0.1./",
    "https://127.0.0.1/",
    "https://①②⑦.0.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://10.1.2.3/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://192.0.0.1/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[0:0:0:0:0:ffff:10.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[fd12:3456::1]/",
    "https://[ff02::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2001:db8::1]/",
    "https://[2001::1]/",
    "https://[2002:7f00:1::]/",
    "https://[3fff::1]/",
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://a.localhost/",
    "https://printer.local/",
    "https://printer.local./",
    "https://metadata.google.internal/",
    "https://router.lan/",
    "https://nas.home.arpa/",
    "https://intranet/",
    "https://intranet./",
  ])("%s", (address) => {
    const error = refusal(address);
    expect(error).toMatchObject({ code: "address_not_allowed", outcome: "not_sent", verdict: { kind: "stop" } });
    expect(error.message).toContain("private network");
  });
});

test.each([
  ["http://files.example.org/", "only https"],
  ["ftp://files.example.org/", "only https"],
  ["file:///etc/passwd", "only https"],
  ["data:text/plain,x", "only https"],
  ["javascript:alert(1)", "only https"],
  ["https://user@files.example.org/", "no plain URL"],
  ["https://:pass@files.example.org/", "no plain URL"],
  ["https://files.example.org@127.0.0.1/", "no plain URL"],
  ["//files.example.org/", "no plain URL"],
  ["files.example.org", "no plain URL"],
  ["", "no plain URL"],
  ["https://[fe80::1%25eth0]/", "no plain URL"],
  ["https://256.0.0.1/", "no plain URL"],
  ["https://a b.example.org/", "no plain URL"],
])("%s is refused: %s", (address, why) => {
  expect(refusal(address).message).toContain(why);
});

test("the error holds no path and no query: they may be secrets", () => {
  const error = refusal("https://127.0.0.1/robot/sendBySession?session=secret-1");
  expect([error.message, error.stack, JSON.stringify(error.fix)].join("\n")).not.toContain("secret-1");
});

describe("with origins, exactly those", () => {
  const origins = ["https://oapi.example.org", "http://127.0.0.1:9000"];
  test.each(["https://oapi.example.org/robot?x=1", "https://OAPI.example.org:443/", "http://127.0.0.1:9000/any"])(
    "%s",
    (address) => {
      expect(checkAddress(address, { origins }).href).toBe(new URL(address).href);
    },
  );
  test.each([
    "https://oapi.example.org.evil.example/",
    "https://evil.example/?https://oapi.example.org",
    "https://oapi.example.org:8443/",
    "http://oapi.example.org/",
    "http://127.0.0.1:9001/",
    "https://oapi.example.org@evil.example/",
    "https://user@oapi.example.org/",
    "https://oapi.example.org./",
  ])("%s is refused", (address) => {
    expect(refusal(address, origins).code).toBe("address_not_allowed");
  });
  test("no origins: nothing at all, not even an address without an origin", () => {
    expect(refusal("https://files.example.org/", []).code).toBe("address_not_allowed");
    expect(refusal("data:text/plain,x", ["https://a.example"]).code).toBe("address_not_allowed");
  });
});

test.each(["example.org", "2001", "", "1.2.3", "fe80::1%eth0", "2606:4700::1%eth0x"])(
  "%j is no public address",
  (text) => {
    expect(isPublicAddress(text)).toBe(text.startsWith("2606"));
  },
);
