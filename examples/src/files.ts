/** Files in and out. */
import { openAsBlob } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createBot } from "@openclaw-china/core";
import { createWeCom } from "@openclaw-china/wecom";

const bot = createBot({ channels: [createWeCom()] });

bot.command("manual", async () => ({ kind: "media", file: await openAsBlob("manual.pdf"), name: "manual.pdf" }));

bot.on("message", async (turn, next) => {
  if (turn.message.attachments.length === 0) return next();
  for (const attachment of turn.message.attachments) {
    const file = await turn.download(attachment, { maxBytes: 5_000_000 });
    await writeFile(`inbox/${crypto.randomUUID()}`, new Uint8Array(await file.arrayBuffer()));
    await turn.reply(`Kept ${file.name} (${file.type}, ${file.size} bytes).`);
  }
  const index = turn.message.attachments.map((a) => a.name ?? a.media).join("\n");
  return { kind: "media", file: new File([index], "index.txt") };
});

await bot.start();
