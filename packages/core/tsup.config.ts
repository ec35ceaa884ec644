import { defineConfig } from "tsup";
import { library } from "../../tsup.config.base.ts";

export default defineConfig(
  library({
    entry: [
      "src/index.ts",
      "src/internal.ts",
      "src/config/internal.ts",
      "src/config/env.ts",
      "src/state/sqlite-thread.ts",
    ],
  }),
);
