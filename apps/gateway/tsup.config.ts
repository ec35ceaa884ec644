import { defineConfig } from "tsup";

/** Everything but the page, which vite builds; dependencies stay dependencies. */
export default defineConfig({
  entry: ["src/main.ts"],
  format: ["esm"],
  target: "node24",
  platform: "node",
  sourcemap: true,
  removeNodeProtocol: false, // `node:sqlite` exists under that name only
});
