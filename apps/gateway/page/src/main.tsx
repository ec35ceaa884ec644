/** The demo page: one person's DingTalk, and beside each message what the gateway did with it. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./app.tsx";
import { createStore } from "./store.ts";
import "./style/base.css";
import "./style/layout.css";
import "./style/places.css";
import "./style/chat.css";
import "./style/rich-text.css";
import "./style/composer.css";
import "./style/trace.css";

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has no #app");
const store = createStore();
effect(() => {
  document.documentElement.lang = store.language.value === "zh" ? "zh-CN" : "en";
});
render(<App store={store} />, root);
