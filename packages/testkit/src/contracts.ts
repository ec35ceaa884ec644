/** Contract suites: what every driver and every channel must keep. Call one inside a vitest file. */
export { channelContract, type ChannelSession, type ChannelSubject } from "./contracts/channel.ts";
export { connectionContract, type ConnectionSession, type ConnectionSubject } from "./contracts/connection.ts";
export { inboxContract } from "./contracts/inbox.ts";
export type { StateSession, StateSubject } from "./contracts/session.ts";
export { stateContract } from "./contracts/state.ts";
export { storeContract } from "./contracts/store.ts";
export { verifyContract, type VerifyCase, type VerifySubject } from "./contracts/verify.ts";
