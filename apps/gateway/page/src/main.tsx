/** The demo page: one person's DingTalk, and beside each message what the gateway did with it. */
import { render } from "preact";
import { App } from "./app.tsx";
import { createStore } from "./store.ts";
import "./style.css";

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has no #app");
const store = createStore();
store.start();
render(<App store={store} />, root);
