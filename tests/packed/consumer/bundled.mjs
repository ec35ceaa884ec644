/** The entry of the bundles: it says what a SQLite file remembers, or what the operator is told. */
import { ChannelError, sqliteState } from "@openclaw-china/core";
import { createDingTalk } from "@openclaw-china/dingtalk";

const state = sqliteState({ file: "bundled.db" });
const channel = createDingTalk({ appKey: "key", appSecret: "secret" });
state.store
  .putIfAbsent("channel", channel.id)
  .then(() => state.store.get("channel"))
  .then((entry) => console.log(JSON.stringify({ value: entry?.value })))
  .catch((error) =>
    console.log(
      JSON.stringify({ code: error instanceof ChannelError && error.code, message: error.message, fix: error.fix }),
    ),
  )
  .finally(() => state.close());
