/** The neutral card: one fixed order, top to bottom, which every platform can draw. */

export interface Card {
  readonly kind: "card";
  readonly title: string;
  readonly image?: { readonly file: Blob | URL; readonly alt: string };
  /** Markdown. */
  readonly text?: string;
  readonly fields?: readonly { readonly name: string; readonly value: string }[];
  /** Sent along with the button pressed. A platform without text inputs shows a hint to reply in words. */
  readonly inputs?: readonly CardInput[];
  /** At most 6. */
  readonly buttons?: readonly CardButton[];
  readonly mentions?: readonly string[] | "all";
  /** A platform's own card instead of ours, by channel id. */
  readonly native?: Readonly<Record<string, unknown>>;
}

export type CardButton =
  | { readonly id: string; readonly label: string; readonly style?: "primary" | "danger" }
  | { readonly url: string; readonly label: string };

export type CardInput =
  | {
      readonly kind: "select";
      readonly id: string;
      readonly label: string;
      readonly options: readonly { readonly id: string; readonly label: string }[];
      readonly multiple?: boolean;
    }
  | { readonly kind: "text"; readonly id: string; readonly label: string; readonly placeholder?: string };

/** The ids of a card's own buttons, as a union of literals. */
export type ButtonId<C extends Card> = Extract<NonNullable<C["buttons"]>[number], { readonly id: string }>["id"];
