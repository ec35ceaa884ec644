import preactPlugin from "@preact/preset-vite";
import { defineConfig } from "vite";

/** The page is static files beside the gateway's build; nothing is loaded from elsewhere. */
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [preactPlugin({ reactAliasesEnabled: false, prefreshEnabled: false, devToolsEnabled: false })],
  build: { outDir: "../dist/page", emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
});
