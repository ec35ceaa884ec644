/** The one comparison of signatures and tokens. */
import { timingSafeEqual } from "node:crypto";

/** True when both texts are the same; takes the same time wherever they differ. A different length is different. */
export function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
