/** Template cards: checked as the platform checks them, shown, pressed, replaced. */
import { randomUUID } from "node:crypto";
import type { Board } from "../screen.ts";
import type { Shown } from "../simulator.ts";
import { cardFault, cardText, choicesOf, controlsOf } from "./card-parts.ts";
import { asJson, asText, type Json } from "./json.ts";

/** A card as somebody has it before them. */
export interface Card {
  readonly id: string;
  /** Bot, application or robot. */
  readonly owner: string;
  readonly place: string;
  readonly taskId: string;
  readonly template: Json;
}

export interface NewCard {
  readonly owner: string;
  readonly place: string;
  readonly template: Json;
}

export interface Cards {
  /** Shows a card; a text is the code of the error it gets instead. */
  post(card: NewCard): Card | string;
  /** Replaces what everybody, or what some people see. The error's code, or undefined. */
  update(card: Card, template: Json, people?: readonly string[]): string | undefined;
  /** Its buttons give way to this text, as an application's `replace_name` does it. */
  disable(card: Card, text: string): void;
  find(id: string): Card | undefined;
  /** The event of a press, without who pressed it. Throws for a button the card does not have. */
  press(card: Card, button: string, values: Readonly<Record<string, string>>): Json;
}

export function createCards({ board }: { readonly board: Board }): Cards {
  const cards = new Map<string, Card>();
  const tasks = new Set<string>();
  return {
    post({ owner, place, template }) {
      const fault = cardFault(template);
      if (fault !== undefined) return fault;
      const given = asText(template["task_id"]);
      if (given !== undefined && tasks.has(`${owner} ${given}`)) return "40058";
      const id = randomUUID();
      const taskId = given ?? `task_${id}`;
      tasks.add(`${owner} ${taskId}`);
      const card = { id, owner, place, taskId, template };
      cards.set(id, card);
      board.post({ id, place, from: owner, kind: "card", state: "finished", ...shownOf(template) });
      return card;
    },
    update(card, template, people) {
      const fault = cardFault(template);
      if (fault !== undefined) return fault;
      cards.set(card.id, { ...card, template });
      const shown = shownOf(template);
      if (people === undefined) board.change(card.id, shown);
      else {
        const texts = Object.fromEntries(people.map((person) => [person, shown.text]));
        const isAlone = card.place.startsWith("direct ");
        board.change(card.id, { texts: { ...board.find(card.id)?.texts, ...texts }, ...(isAlone ? shown : {}) });
      }
      return undefined;
    },
    disable: (card, text) => board.change(card.id, { text: `${cardText(card.template)}\n${text}`, buttons: [] }),
    find: (id) => cards.get(id),
    press({ template, taskId }, button, values) {
      if (!controlsOf(template).some(({ id }) => id === button))
        throw new Error(`the card has no button ${button}, but ${JSON.stringify(controlsOf(template))}`);
      const selected = choicesOf(template).map(({ key, chosen }) => ({
        question_key: key,
        option_ids: { option_id: (values[key] ?? chosen).split(",").filter((one) => one !== "") },
      }));
      return {
        card_type: template["card_type"],
        event_key: button,
        task_id: taskId,
        ...(selected.length === 0 ? {} : { selected_items: { selected_item: selected } }),
      };
    },
  };
}

function shownOf(template: Json): { readonly text: string; readonly buttons: Shown["buttons"] } {
  return { text: cardText(asJson(template)), buttons: controlsOf(template) };
}
