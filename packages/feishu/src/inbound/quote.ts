/** What a message answers. Only its id comes with the event; `enrich` fetches the rest after the commit. Pure. */
import type { Quote } from "@openclaw-china/core";

/** In a thread every message names the thread's first one as its parent: that is no quote. */
export function quoteOf({
  parentId,
  threadId,
}: {
  readonly parentId: string | null | undefined;
  readonly threadId: string | null | undefined;
}): Quote | undefined {
  if (!parentId || threadId) return undefined;
  return { id: parentId, text: "", attachments: [] };
}
