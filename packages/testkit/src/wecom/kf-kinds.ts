/** Customer service as tests see it. */
import type { Screen } from "../simulator.ts";
import type { SimulatedCallback } from "./callback-mode.ts";

/** A customer service account: options for the channel, its customers, who it is on their screens. */
export interface SimulatedKf {
  /** As `from` of what it shows. */
  readonly openKfId: string;
  readonly kf: {
    readonly corpId: string;
    readonly corpSecret: string;
    readonly token: string;
    readonly encodingAesKey: string;
  };
  /** Where its notices go, until disposed. */
  callback(address: string): SimulatedCallback;
  customer(name: string): SimulatedCustomer;
}

/** Somebody with WeChat, outside the corporation. */
export interface SimulatedCustomer {
  /** `wm…` */
  readonly id: string;
  readonly name: string;
  /** Resolves when the notice is answered, or given up. */
  say(text: string): Promise<void>;
  sendFile(file: File): Promise<void>;
  /** Opens the chat: a welcome is possible within 20 seconds. */
  enter(): Promise<void>;
  /** Chooses from a menu that was sent. */
  choose(menuId: string, text: string): Promise<void>;
  screen(): Screen;
}
