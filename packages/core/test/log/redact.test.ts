/** What must never be read in a log, and what must stay readable. */
import { redact, silentLogger } from "@openclaw-china/core/internal";
import { describe, expect, test } from "vitest";

/** Stands for a credential in every text below. */
const S = "s3cr3t-Value_0123";

describe("secrets go, what is around them stays", () => {
  test.each([
    // queries
    [
      `GET https://oapi.example.com/robot/send?access_token=${S}`,
      "GET https://oapi.example.com/robot/send?access_token=***",
    ],
    [`https://a.example/?a=1&sign=${S}&b=2`, "https://a.example/?a=1&sign=***&b=2"],
    [`https://a.example/cgi-bin/webhook/send?key=${S}`, "https://a.example/cgi-bin/webhook/send?key=***"],
    [`https://a.example/robot/sendBySession?session=${S}`, "https://a.example/robot/sendBySession?session=***"],
    [`wss://a.example/connect?ticket=${S}`, "wss://a.example/connect?ticket=***"],
    [`https://a.example/gettoken?corpid=ww1&corpsecret=${S}`, "https://a.example/gettoken?corpid=ww1&corpsecret=***"],
    [`https://a.example/?suite_access_token=${S}"`, 'https://a.example/?suite_access_token=***"'],
    [
      `https://a.example/?timestamp=1&nonce=2&msg_signature=${S}`,
      "https://a.example/?timestamp=1&nonce=2&msg_signature=***",
    ],
    [
      `https://a.example/f?Expires=1&Signature=${S}&security-token=${S}`,
      "https://a.example/f?Expires=1&Signature=***&security-token=***",
    ],
    [`<a href="https://a.example/?a=1&amp;sign=${S}">`, '<a href="https://a.example/?a=1&amp;sign=***">'],
    [`https://a.example/open-apis/bot/v2/hook/${S}`, "https://a.example/open-apis/bot/v2/hook/***"],
    [`via http://someone:${S}@proxy.example:3128/`, "via http://someone:***@proxy.example:3128/"],
    // JSON
    [`{"clientId":"id","clientSecret":"${S}"}`, '{"clientId":"id","clientSecret":"***"}'],
    [`{"app_secret" : "${S}", "a":1}`, '{"app_secret" : "***", "a":1}'],
    [`{"accessToken":"${S}","expireIn":7200}`, '{"accessToken":"***","expireIn":7200}'],
    [`{"tenant_access_token":"${S}"}`, '{"tenant_access_token":"***"}'],
    [`{"endpoint":"wss://a.example","ticket":"${S}"}`, '{"endpoint":"wss://a.example","ticket":"***"}'],
    [`{"sessionWebhook":"https://a.example/x?session=${S}"}`, '{"sessionWebhook":"***"}'],
    [`{"encoding_aes_key":"${S}","token":"${S}"}`, '{"encoding_aes_key":"***","token":"***"}'],
    [`{"token":"with \\"quotes\\" and ${S}"}`, '{"token":"***"}'],
    [`{"token":12345678}`, '{"token":"***"}'],
    [`{"appSecret":"${S}`, '{"appSecret":"***'], // cut off by somebody
    [`{"data":"{\\"appSecret\\":\\"${S}\\",\\"a\\":1}"}`, '{"data":"{\\"appSecret\\":\\"***\\",\\"a\\":1}"}'],
    // headers
    [`authorization: Bearer ${S}`, "authorization: ***"],
    [`Proxy-Authorization: Basic ${S}==\r\nhost: a.example`, "Proxy-Authorization: ***\r\nhost: a.example"],
    [`x-acs-dingtalk-access-token: ${S}`, "x-acs-dingtalk-access-token: ***"],
    [`{"X-Api-Key":"${S}","accept":"*/*"}`, '{"X-Api-Key":"***","accept":"*/*"}'],
    [`set-cookie: a=${S}; Path=/`, "set-cookie: ***"],
    [`sent with Bearer ${S}.`, "sent with Bearer ***"],
    // inspected objects, environment, forms
    [`{ appKey: 'id', appSecret: '${S}' }`, "{ appKey: 'id', appSecret: '***' }"],
    [`DINGTALK_APP_SECRET=${S}`, "DINGTALK_APP_SECRET=***"],
    [`appsecret=${S}&a=1`, "appsecret=***&a=1"],
    [`password=${S}`, "password=***"],
  ])("%s", (given, clean) => {
    expect(redact(given)).toBe(clean);
    expect(redact(clean)).toBe(clean);
    expect(redact(given)).not.toContain(S);
  });
});

describe("nothing else goes", () => {
  test.each([
    "the token has expired; the signature does not match",
    "app_secret is missing: neither the option nor the variable DINGTALK_APP_SECRET is set",
    "Add the line DINGTALK_APP_SECRET=… to secrets.env",
    "channels.x.app_secret needs ${APP_SECRET}",
    "the bearer of bad news",
    "Bearer tokens are explained there",
    "What is the key? Sign here: the session begins at ten.",
    "token: where does it come from?",
    '{"key":"msgContent","session":"morning","title":"secret garden","keys":["a"]}',
    '{"secretary":"Lin","tokens":7,"design":"x"}',
    "https://a.example/monkey?monkey=1&design=2&page=3",
    "12:30:45 https://a.example:8443/path@here",
    "密钥已过期,请重新获取 token。",
    "",
  ])("%s", (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe("secrets that are known", () => {
  test("go wherever they stand, also percent-encoded", () => {
    expect(redact("x a+b/c=d y a%2Bb%2Fc%3Dd z", ["a+b/c=d"])).toBe("x *** y *** z");
    expect(redact("key is abcdef, abcdef", ["abcdef"])).toBe("key is ***, ***");
  });
  test("the longer first: no rest of one remains when another is part of it", () => {
    expect(redact("abcdef-ghijkl", ["abcdef", "abcdef-ghijkl"])).toBe("***");
  });
  test("also when a pattern would have cut them in two", () => {
    expect(redact('{"token":"x"} ?token=ab&cd"ef', ['ab&cd"ef'])).toBe('{"token":"***"} ?token=***');
  });
  test("not when they are so short that words would be torn", () => {
    expect(redact("the end of all things", ["", "e", "the", "thing"])).toBe("the end of all things");
  });
});

test("a hostile text costs no more than its length", () => {
  const texts = [
    "a-".repeat(50_000),
    "x-".repeat(50_000),
    `"${"token".repeat(20_000)}`,
    "\\".repeat(100_000),
    "bearer ".repeat(20_000),
  ];
  for (const text of [...texts, "http://:".repeat(20_000), `"token":"${'\\"'.repeat(50_000)}`]) {
    expect(redact(redact(text))).toBe(redact(text));
  }
});

test("the default logger is silent", () => {
  const log = silentLogger();
  expect([log.debug({}, ""), log.info({}, ""), log.warn({}, ""), log.error({}, "")]).toEqual(Array(4).fill(undefined));
});
