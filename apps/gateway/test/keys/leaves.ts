/** The keys that a JSON Schema knows, as paths: `http.port`, `robots.*.secret`, `routes[].when.text`. */

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

/** Each once, in the order of the schema. `*` is a name that a person chooses; what is under `stop` is not looked at. */
export function leavesOf(schema: unknown, stop: readonly string[] = []): readonly string[] {
  return [...new Set(walk(schema as Node, "", stop))];
}

function walk(node: Node, path: string, stop: readonly string[]): readonly string[] {
  if (stop.includes(path)) return [path];
  const within = [
    ...Object.entries(node.properties ?? {}).map(([key, one]) => [one, path === "" ? key : `${path}.${key}`] as const),
    ...(isBlock(node.additionalProperties) ? [[node.additionalProperties, `${path}.*`] as const] : []),
    ...(isBlock(node.items) ? [[node.items, `${path}[]`] as const] : []),
    ...unionOf(node)
      .filter(isBlock)
      .map((one) => [one, path] as const),
  ];
  return within.length === 0 ? [path] : within.flatMap(([one, at]) => walk(one, at, stop));
}

/** Something with keys of its own. */
function isBlock(node: Node | boolean | undefined): node is Node {
  if (typeof node !== "object") return false;
  return typeof (node.properties ?? node.additionalProperties) === "object" || unionOf(node).some(isBlock);
}

function unionOf({ anyOf = [], oneOf = [] }: Node): readonly Node[] {
  return [...anyOf, ...oneOf];
}
