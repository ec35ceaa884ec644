/** Forms of values that the file and the platforms' parts of it share. */
import * as z from "zod";

export const name: z.ZodString = z.string().min(1);
export const address: z.ZodURL = z.url({ protocol: /^https?$/ });
/** `env`, `off`, or an address. */
export const proxy: z.ZodUnion<[z.ZodEnum<{ env: "env"; off: "off" }>, z.ZodURL]> = z.union([
  z.enum(["env", "off"]),
  address,
]);
