/** Who answers: the agent that a key names says so. */
import { expect } from "vitest";
import { answerOn, type Stage } from "./stage.ts";
import type { Effects } from "./table.ts";

/** Answers without cards and reactions, which count calls a second. */
const QUICK = { thinking: "off", streaming: "off" };

/** A block with one route to `other`; everything else goes to `main`. */
function routed(when: object): object {
  return { routes: [{ when, agent: "other" }], ...QUICK };
}

/** Local time, so many hours from now. */
function clockTime(hours: number): string {
  const at = new Date(Date.now() + hours * 3_600_000);
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

export const ROUTING: Effects<Stage> = {
  async default_agent(stage) {
    const { team } = stage;
    await stage.start({ block: { default_agent: "other" } });
    expect((await stage.ask("hi")).text).toBe("other: hi");
    expect((await stage.ask("hi all", { group: team })).text).toBe("other: hi all");
    expect(() => stage.resolve({ block: { default_agent: "nobody" } })).toThrow(/names the agent "nobody"/);
  },

  async "group_routing.default_agent"(stage) {
    await stage.start({ block: { group_routing: { default_agent: "other" } } });
    expect((await stage.ask("hi", { group: stage.team })).text).toBe("other: hi");
    expect((await stage.ask("hi")).text).toBe("main: hi");
  },

  async "group_routing.keyword_routes"(stage) {
    const { team } = stage;
    const keyword_routes = { report: "other", "the report": "main" };
    await stage.start({ block: { group_routing: { keyword_routes }, ...QUICK } });
    for (const text of ["a report, please", "REPORT", "ｒｅｐｏｒｔ", "the report"])
      expect((await stage.ask(text, { group: team })).text).toBe(`other: ${text}`);
    expect((await stage.ask("repo", { group: team })).text).toBe("main: repo");
    expect((await stage.ask("report")).text).toBe("main: report");
  },

  async "routes[].when.text"(stage) {
    await stage.start({ block: routed({ text: ["urgent", "/^bug #\\d+$/i"] }) });
    for (const text of ["this is URGENT", "Bug #12"]) expect((await stage.ask(text)).text).toBe(`other: ${text}`);
    for (const text of ["surgery", "a bug #12"]) expect((await stage.ask(text)).text).toBe(`main: ${text}`);
  },

  async "routes[].when.group"(stage) {
    const { sim, lin, team } = stage;
    const second = sim.group("Second", [lin]);
    const who = async (text: string, ...groups: readonly { readonly id: string; readonly title: string }[]) => {
      const answers = [await stage.ask(text)];
      for (const group of groups) answers.push(await stage.ask(text, { group }));
      return answers.map((answer) => answer.text.split(":")[0]);
    };
    await stage.start({ block: routed({ group: team.id }) });
    expect(await who("one", team, second)).toEqual(["main", "other", "main"]);
    await stage.start({ block: routed({ group: "*" }) });
    expect(await who("any", team, second)).toEqual(["main", "other", "other"]);
  },

  async "routes[].when.sender"(stage) {
    const { lin, wang, team } = stage;
    await stage.start({ block: routed({ sender: [wang.id, "somebody"] }) });
    expect((await stage.ask("hi", {}, wang)).text).toBe("other: hi");
    expect((await stage.ask("hi", { group: team }, wang)).text).toBe("other: hi");
    expect((await stage.ask("hi", {}, lin)).text).toBe("main: hi");
  },

  async "routes[].when.kind"(stage) {
    const { lin } = stage;
    const files = {
      text: undefined,
      image: new File(["x"], "a.png", { type: "image/png" }),
      voice: new File(["x"], "a.amr", { type: "audio/amr" }),
      video: new File(["x"], "a.mp4", { type: "video/mp4" }),
      file: new File(["x"], "a.pdf", { type: "application/pdf" }),
    };
    for (const kind of Object.keys(files)) {
      await stage.start({ block: routed({ kind }) });
      for (const [sent, file] of Object.entries(files)) {
        await (file === undefined ? lin.say("words") : lin.sendFile(file));
        const { text } = await answerOn(lin);
        expect([kind, sent, text.split(":")[0]]).toEqual([kind, sent, sent === kind ? "other" : "main"]);
      }
    }
  },

  async "routes[].when.between"(stage) {
    await stage.start({ block: routed({ between: `${clockTime(-2)}-${clockTime(2)}` }) });
    expect((await stage.ask("now")).text).toBe("other: now");
    await stage.start({ block: routed({ between: `${clockTime(2)}-${clockTime(4)}` }) });
    expect((await stage.ask("not yet")).text).toBe("main: not yet");
    expect(() => stage.resolve({ block: routed({ between: "25:00-26:00" }) })).toThrow(/when\.between/);
  },

  async "routes[].agent"(stage) {
    await stage.start({ block: { routes: [{ when: { text: "x" }, agent: "other" }], group_routing: OTHERS } });
    expect((await stage.ask("x")).text).toBe("other: x");
    expect((await stage.ask("x", { group: stage.team })).text).toBe("other: x");
    const wrong = { routes: [{ when: { text: "x" }, agent: "nobody" }] };
    expect(() => stage.resolve({ block: wrong })).toThrow(/routes\[0\] names the agent "nobody"/);
  },

  async "routes[].examples"(stage) {
    const examples = ["report of July"];
    const own = { when: { text: "report" }, agent: "other", examples };
    await stage.start({ block: { routes: [own] } });
    expect((await stage.ask("report of July")).text).toBe("other: report of July");
    const before = { when: { text: "july" }, agent: "main" };
    expect(() => stage.resolve({ block: { routes: [before, own] } })).toThrow(
      /"report of July" of channels\.dingtalk\.routes\[1\].*is taken/,
    );
    const missed = { ...own, examples: ["something else"] };
    expect(() => stage.resolve({ block: { routes: [missed] } })).toThrow(/something else/);
  },
};

/** Routes stand before keywords. */
const OTHERS = { keyword_routes: { x: "main" }, default_agent: "main" };
