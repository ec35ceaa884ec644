/** What the gateway tells the page; the other side is src/http/console.ts and src/demo.ts. */

export interface Demo {
  readonly agent: string;
  readonly bot: { readonly id: string; readonly name: string };
  readonly person: { readonly id: string; readonly name: string };
  readonly groups: readonly { readonly id: string; readonly title: string }[];
  readonly routes: readonly { readonly keyword: string; readonly agent: string }[];
}

export interface Message {
  readonly id: string;
  readonly from: string;
  readonly kind: "text" | "markdown" | "card" | "media";
  readonly text: string;
  readonly state: "growing" | "finished" | "failed" | "recalled";
  readonly isBot: boolean;
  readonly reactions: readonly string[];
  /** Of a card; a press makes them go. */
  readonly buttons: readonly { readonly id: string; readonly label: string }[];
}

export interface Line {
  /** ms since 1970. */
  readonly at: number;
  readonly hop: string;
  readonly outcome: string;
  readonly detail?: string;
}

export interface Status {
  readonly ready: boolean;
  readonly channels: readonly { readonly channel: string; readonly account: string; readonly state: string }[];
}

/** Place of the direct chat; others are ids of groups. */
export const DIRECT = "direct";
