/** Changes of a card's JSON, each as a new one. */
import { asJson, type Json, listOf } from "./json.ts";

/** How a list of elements becomes another; undefined when the element is not in it. */
type Edit = (elements: readonly Json[], at: number) => readonly Json[];

/** Applies an edit where the element stands, at any depth; undefined when there is no such element. */
export function editElement(card: Json, elementId: string, edit: Edit): Json | undefined {
  const body = asJson(card["body"]);
  const elements = edited(listOf(body["elements"]), elementId, edit);
  return elements === undefined ? undefined : { ...card, body: { ...body, elements } };
}

function edited(elements: readonly Json[], elementId: string, edit: Edit): readonly Json[] | undefined {
  const at = elements.findIndex((one) => one["element_id"] === elementId);
  if (at >= 0) return edit(elements, at);
  for (const [n, element] of elements.entries()) {
    for (const name of ["elements", "columns"]) {
      const inside = edited(listOf(element[name]), elementId, edit);
      if (inside !== undefined) return elements.with(n, { ...element, [name]: inside });
    }
  }
  return undefined;
}

export const replaceBy =
  (element: Json): Edit =>
  (elements, at) =>
    elements.with(at, element);

export const mergeWith =
  (members: Json): Edit =>
  (elements, at) =>
    elements.with(at, { ...elements[at], ...members });

export const remove: Edit = (elements, at) => elements.toSpliced(at, 1);

export const insertBeside =
  (more: readonly Json[], after: boolean): Edit =>
  (elements, at) =>
    elements.toSpliced(after ? at + 1 : at, 0, ...more);

/** At the end of the card, or beside an element. */
export function insertElements(
  card: Json,
  more: readonly Json[],
  { type, target }: { readonly type: unknown; readonly target: string },
): Json | undefined {
  if (type === "insert_before" || type === "insert_after")
    return editElement(card, target, insertBeside(more, type === "insert_after"));
  const body = asJson(card["body"]);
  return { ...card, body: { ...body, elements: [...listOf(body["elements"]), ...more] } };
}
