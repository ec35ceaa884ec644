/**
 * Starts a simulator, runs the program given as argument, and speaks with its bot. The program is started as it is written: its
 * credentials are in the environment, and the import of the channel is answered by one that knows where the simulator is.
 */
import { registerHooks } from "node:module";
import { createDingTalkSimulator } from "@openclaw-china/testkit";

const sim = await createDingTalkSimulator();
const { appKey, appSecret, ...rest } = sim.app;
process.env.DINGTALK_APP_KEY = appKey;
process.env.DINGTALK_APP_SECRET = appSecret;
const channel = import.meta.resolve("@openclaw-china/dingtalk");
const source = `
  import { createDingTalk as create } from ${JSON.stringify(`${channel}?real`)};
  export const createDingTalk = (options) => create({ ...${JSON.stringify(rest)}, ...options });`;
registerHooks({
  load: (url, context, next) =>
    url === channel ? { format: "module", source, shortCircuit: true } : next(url, context),
});
await import(new URL(process.argv[2], import.meta.url).href);
const lin = sim.user("Lin");
await lin.say("hello");
console.log((await lin.screen().next()).text);
process.exit(0);
