/** `gateway schema`: JSON Schema of the config file, for editors. */
import { configSchema } from "../config/json-schema.ts";
import type { Io } from "./io.ts";

export function schema(io: Io): number {
  io.out(JSON.stringify(configSchema(), undefined, 2));
  return 0;
}
