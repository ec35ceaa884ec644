/** `node --conditions=@openclaw-china/source scripts/write-config-reference.ts`: writes docs/configuration*.md from the schemas. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderReference } from "../apps/gateway/src/config/reference.ts";

const docs = join(import.meta.dirname, "../docs");
writeFileSync(join(docs, "configuration.md"), renderReference("en"));
writeFileSync(join(docs, "configuration.zh-CN.md"), renderReference("zh"));
