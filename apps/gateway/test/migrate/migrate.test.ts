/** `gateway migrate`: a sample file of each product, what comes of it, and that no secret leaves. */
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { PRODUCTS } from "../../src/migrate/products.ts";

const SAMPLES = join(import.meta.dirname, "samples");

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(...args: readonly string[]): Promise<Ended> {
  vi.stubEnv("HOME", "/home-of-nobody");
  vi.stubEnv("XDG_CONFIG_HOME", "");
  vi.stubEnv("OPENCLAW_SECRETS_FILE", "");
  const out: string[] = [];
  const err: string[] = [];
  try {
    const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
    return { code: await runCli(["migrate", ...args], io), out: out.join("\n"), err: err.join("\n") };
  } finally {
    vi.unstubAllEnvs();
  }
}

const sample = (name: string, ...args: readonly string[]): Promise<Ended> => run(join(SAMPLES, name), ...args);

const blockOf = ({ out }: Ended, channel = "dingtalk"): unknown =>
  (JSON.parse(out) as { readonly channels: Readonly<Record<string, unknown>> }).channels[channel];

/** What the config needs, with values for the variables it names. */
function loads({ out }: Ended): readonly string[] {
  const names = [...out.matchAll(/\$\{(\w+)\}/g)].map(([, name = ""]) => [name, "v".repeat(43)] as const);
  const from = { env: Object.fromEntries(names), secrets: { file: "", values: {}, warnings: [] } };
  return resolveConfig(JSON.parse(out), from).channels.map(({ account }) => account);
}

const SECRET_VALUES = /-secret-value|gateway-token-value|not-ours|second: secret/;

describe("each product", () => {
  test("bytepioneer", async () => {
    const ended = await sample("bytepioneer.json");
    expect(ended.code).toBe(0);
    expect(blockOf(ended)).toEqual({
      enabled: true,
      app_key: "dingbytepioneer01",
      app_secret: "${DINGTALK_APP_SECRET}",
      mode: "stream",
      dm_policy: "allowlist",
      allow_from: ["staff-1", "42"],
      group_policy: "allowlist",
      group_allow_from: ["cidAbC=="],
      streaming: "off",
    });
    expect(loads(ended)).toEqual(["default"]);
    expect(ended.err).toContain("✓ BytePioneer-AI/openclaw-china");
    expect(ended.err).toContain("✓ channels.dingtalk.clientId → app_key\n");
    expect(ended.err).toContain("! channels.dingtalk.enableAICard → streaming: as before;");
    expect(ended.err).toContain("- channels.dingtalk.maxFileSizeMB: files go both ways");
    expect(ended.err).toContain("✓ channels.dingtalk.requireMention: the default here");
    expect(ended.err).toMatch(/- channels\.dingtalk\.gatewayToken: .*kind: "openclaw"/);
    expect(ended.err).toContain("! bindings stay with OpenClaw");
    expect(ended.err).toContain(
      "add these lines to /home-of-nobody/.config/openclaw/secrets.env (chmod 600) · 请将以下密钥写入",
    );
    expect(ended.err).toContain("\n  DINGTALK_APP_SECRET=…    # channels.dingtalk.clientSecret");
  });

  test("soimy: accounts, a reference to the environment, a template of one's own", async () => {
    const ended = await sample("soimy.json5");
    expect(blockOf(ended)).toEqual({
      enabled: true,
      dm_policy: "allowlist",
      group_policy: "open",
      streaming: "auto",
      card_template: { id: "11111111-2222.schema", streaming_key: "content" },
      thinking: "off",
      proxy: "off",
      groups: { "cidGroup==": {} },
      accounts: {
        default: { app_key: "dingsoimy01", app_secret: "${DINGTALK_APP_SECRET}" },
        sales: { app_key: "dingsoimy02", app_secret: "${SALES_SECRET}" },
        support: {
          app_key: "dingsoimy03",
          app_secret: "${DINGTALK_SUPPORT_APP_SECRET}",
          streaming: "off",
          card_template: { id: "11111111-2222.schema", streaming_key: "text" },
        },
      },
    });
    expect(loads(ended)).toEqual(["default", "sales", "support"]);
    expect(ended.err).toContain("- channels.dingtalk.robotCode: is app_key already");
    expect(ended.err).toMatch(/! channels\.dingtalk\.dmPolicy → dm_policy: pairing needs a host/);
    expect(ended.err).toContain("- channels.dingtalk.accounts.support.futureKey: not known here, and not taken over");
    expect(ended.err).toMatch(/! channels\.dingtalk\.groups → groups: left out there: systemPrompt, \*/);
  });

  test("dingtalk-connector", async () => {
    const ended = await sample("dingtalk-connector.json");
    expect(blockOf(ended)).toEqual({
      enabled: true,
      app_key: "dingconnector01",
      app_secret: "${CONNECTOR_SECRET}",
      thinking: "off",
      groups: { cid1: { allow_from: ["staff-1", "7"] } },
    });
    expect(loads(ended)).toEqual(["default"]);
    expect(ended.err).toMatch(/- channels\.dingtalk-connector\.requireMention: left out: DingTalk hands over only/);
    expect(ended.err).not.toContain("secrets.env (chmod"); // its secret is a variable already
  });

  test("clawdbot-dingtalk: its list counts everywhere", async () => {
    const ended = await sample("clawdbot-dingtalk.json");
    expect(blockOf(ended)).toEqual({
      enabled: true,
      app_key: "dingclawdbot01",
      app_secret: "${DINGTALK_APP_SECRET}",
      dm_policy: "allowlist",
      allow_from: ["staff-1"],
      group_policy: "allowlist",
      group_allow_from: ["staff-1"],
      card_template: { id: "own.schema", streaming_key: "text" },
    });
    expect(loads(ended)).toEqual(["default"]);
  });

  test("koishi: YAML, plugins in groups, one that is off, the international edition", async () => {
    const ended = await sample("koishi.yml");
    expect(blockOf(ended)).toEqual({
      accounts: {
        a1b2c3: {
          mode: "webhook",
          app_key: "dingkoishi01",
          app_secret: "${DINGTALK_A1B2C3_APP_SECRET}",
          endpoints: { api: "https://api.dingtalk.io" },
        },
        off: {
          mode: "stream",
          app_key: "dingkoishi02",
          app_secret: "${DINGTALK_OFF_APP_SECRET}",
          enabled: false,
        },
      },
    });
    expect(loads(ended)).toEqual(["a1b2c3"]);
  });

  test("langbot: a list, and one bot", async () => {
    const list = await sample("langbot.json");
    expect(blockOf(list)).toEqual({
      enabled: true,
      app_key: "dinglangbot01",
      app_secret: "${DINGTALK_APP_SECRET}",
      bot_name: "助手",
      streaming: "off",
    });
    const one = await sample("langbot.yaml");
    expect(blockOf(one)).toMatchObject({
      app_key: "dinglangbot02",
      card_template: { id: "33333333-4444.schema", streaming_key: "content" },
    });
    expect([loads(list), loads(one)]).toEqual([["default"], ["default"]]);
  });

  test("astrbot: several platforms of one file", async () => {
    const ended = await sample("astrbot.json");
    expect(blockOf(ended)).toEqual({
      accounts: {
        dingtalk: { enabled: true, app_key: "dingastrbot01", app_secret: "${DINGTALK_DINGTALK_APP_SECRET}" },
        "second-bot": {
          enabled: false,
          app_key: "dingastrbot02",
          app_secret: "${DINGTALK_SECOND_BOT_APP_SECRET}",
        },
      },
    });
    expect(loads(ended)).toEqual(["dingtalk"]);
  });
});

describe("each product of WeCom", () => {
  test("wecom: a bot with an application beside it, a relay, a proxy; what else is there", async () => {
    const ended = await sample("wecom.json5");
    expect(ended.code).toBe(0);
    expect(blockOf(ended, "wecom")).toEqual({
      enabled: true,
      bot_id: "aibWecom01",
      bot_secret: "${WECOM_BOT_SECRET}",
      mode: "stream",
      endpoints: { socket: "wss://openws.work.weixin.qq.com", api: "https://relay.example" },
      thinking: "off",
      welcome: "你好",
      dm_policy: "allowlist",
      group_policy: "allowlist",
      group_allow_from: ["wrGroup01"],
      groups: { wrGroup01: { allow_from: ["lin", "7"] } },
      proxy: "http://proxy.example:3128",
      app: {
        corp_id: "wwc0ffee",
        corp_secret: "${WECOM_APP_CORP_SECRET}",
        agent_id: "1000002",
        token: "${WECOM_APP_TOKEN}",
        encoding_aes_key: "${WECOM_APP_ENCODING_AES_KEY}",
      },
    });
    expect(loads(ended)).toEqual(["default"]);
    expect(ended.err).not.toContain("To be corrected by hand");
    expect(ended.err).toMatch(/! channels\.wecom\.network → proxy, endpoints\.api: left out there: timeoutMs/);
    expect(ended.err).toMatch(/! channels\.wecom\.agent → .*app\.corp_secret.*: left out there: ttl/);
    expect(ended.err).toMatch(/- channels\.wecom\.requireMention: left out: WeCom hands over only/);
    expect(ended.err).toMatch(/- channels\.wecom\.webhooks: robots of groups stand in robots/);
    expect(ended.err).toContain("The file holds more: run again with --from wecom-kf");
    expect(ended.err).toContain("The public address ends in /webhooks/wecom here");
    const kf = await sample("wecom.json5", "--from", "wecom-kf");
    expect(blockOf(kf, "wecom")).toEqual({
      kf: {
        corp_id: "wwc0ffee",
        corp_secret: "${WECOM_KF_CORP_SECRET}",
        open_kf_id: "wkDemo",
        token: "${WECOM_KF_TOKEN}",
        encoding_aes_key: "${WECOM_KF_ENCODING_AES_KEY}",
      },
    });
    expect(loads(kf)).toEqual(["default"]);
    expect(kf.err).toContain("run again with --from wecom,");
  });

  test("wecom: bots that are called, one of them in a block of its own", async () => {
    const ended = await sample("wecom-callback.json");
    expect(blockOf(ended, "wecom")).toEqual({
      dm_policy: "open",
      accounts: {
        called: {
          mode: "webhook",
          token: "${WECOM_CALLED_TOKEN}",
          encoding_aes_key: "${WECOM_CALLED_ENCODING_AES_KEY}",
          welcome: "hi",
        },
        old: { mode: "webhook", token: "${WECOM_OLD_TOKEN}", encoding_aes_key: "${OLD_AES_KEY}" },
        live: { mode: "stream", bot_id: "aibLive", bot_secret: "${LIVE_SECRET}" },
      },
    });
    expect(loads(ended)).toEqual(["called", "old", "live"]);
    expect(ended.err).not.toContain("To be corrected by hand");
  });

  test("wecom-app: an application alone", async () => {
    const ended = await sample("wecom-app.json");
    expect(blockOf(ended, "wecom")).toEqual({
      enabled: true,
      app: {
        corp_id: "wwc0ffee",
        corp_secret: "${WECOM_APP_CORP_SECRET}",
        agent_id: "1000002",
        token: "${WECOM_APP_TOKEN}",
        encoding_aes_key: "${WECOM_APP_ENCODING_AES_KEY}",
      },
      endpoints: { api: "https://relay.example" },
      welcome: "欢迎",
      dm_policy: "allowlist",
      allow_from: ["lin"],
    });
    expect(loads(ended)).toEqual(["default"]);
    expect(ended.err).toMatch(/- channels\.wecom-app\.webhookPath: the address is fixed/);
  });
});

describe("all products", () => {
  test.each([
    "bytepioneer.json",
    "soimy.json5",
    "dingtalk-connector.json",
    "clawdbot-dingtalk.json",
    "koishi.yml",
    "langbot.json",
    "langbot.yaml",
    "astrbot.json",
    "wecom.json5",
    "wecom-callback.json",
    "wecom-app.json",
  ])("no secret of %s is printed", async (name) => {
    expect(await readFile(join(SAMPLES, name), "utf8")).toMatch(/secret/i);
    const { out, err } = await sample(name);
    expect(out + err).not.toMatch(SECRET_VALUES);
  });

  test("every product has a sample, a title, and each key once", () => {
    for (const { title, rows } of PRODUCTS) {
      expect(title).not.toBe("");
      const keys = rows.flatMap(({ from }) => from);
      expect(new Set(keys).size, title).toBe(keys.length);
    }
    expect(PRODUCTS).toHaveLength(10);
  });
});

describe("files", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gw-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("--out writes for this user alone, and never over a file without --force", async () => {
    const out = join(folder, "openclaw-china.json5");
    const first = await sample("bytepioneer.json", "--out", out);
    expect([first.code, first.out]).toEqual([0, ""]);
    expect(first.err).toContain(`✓ written to ${out}`);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    const written = await readFile(out, "utf8");
    const second = await sample("soimy.json5", "--out", out);
    expect(second.code).toBe(1);
    expect(second.err).toContain(`${out} exists already [config_invalid]`);
    expect(await readFile(out, "utf8")).toBe(written);
    expect((await sample("soimy.json5", "--out", out, "--force")).code).toBe(0);
    expect(await readFile(out, "utf8")).toContain("dingsoimy01");
  });

  test("a file that is none: the place of the mistake, and nothing of its text", async () => {
    const file = join(folder, "broken.json");
    await writeFile(file, '{ "clientSecret": "broken-secret-value"\n ]');
    const { code, err } = await run(file);
    expect(code).toBe(1);
    expect(err).toMatch(/broken\.json is neither JSON, JSON5 nor YAML: no JSON at line \d+, column \d+/);
    expect(err).not.toMatch(SECRET_VALUES);
  });

  test("a file of nobody known, and of another than was said", async () => {
    const file = join(folder, "other.json");
    await writeFile(file, '{ "channels": { "telegram": {} } }');
    const { code, err } = await run(file);
    expect(code).toBe(1);
    expect(err).toContain("no config of a known product is in the file");
    expect((await sample("koishi.yml", "--from", "soimy")).err).toContain('no config of "soimy"');
    expect((await sample("bytepioneer.json", "--from", "soimy")).err).toContain("✓ soimy/openclaw-channel-dingtalk");
    expect((await run(join(folder, "nowhere.json"))).err).toContain("there is no such file");
  });

  test("what we do not take is told at once", async () => {
    const file = join(folder, "wrong.json");
    await writeFile(
      file,
      '{ "channels": { "dingtalk": { "clientId": "d", "clientSecret": "s", "groupPolicy": "some" } } }',
    );
    const { code, err } = await run(file);
    expect(code).toBe(0);
    expect(err).toMatch(/! To be corrected by hand: .*group_policy/);
  });

  test("wrong usage", async () => {
    expect((await run()).code).toBe(2);
  });
});
