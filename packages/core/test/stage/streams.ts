/** Messages that grow on the fake platform: one per handle, replaced in place until they are finished. */
import type { ReplyWriter, Sent, Streaming } from "../../src/index.ts";
import { type Desk, type Life, placeOf, type Post, textOf } from "./desk.ts";

export function createStreams(
  desk: Desk,
  { sent, life }: { readonly sent: (post: Post) => Sent; readonly life: Life },
): Streaming {
  return {
    async prepare(to, { key, signal }) {
      const answer = await desk.begin("prepare", key, { signal, life });
      await answer();
      return JSON.stringify({ key, place: placeOf(to) });
    },
    async open(handle, signal) {
      const { key, place } = JSON.parse(handle) as { readonly key: string; readonly place: string };
      const answer = await desk.begin("open", key, { signal, life });
      const known = desk.posts.find((one) => one.key === key && one.kind === "stream");
      const post = known ?? desk.post({ key, place, kind: "stream", text: "", state: "growing" });
      await answer();
      return writerOf(desk, post, { sent, life, signal });
    },
  };
}

interface WriterParts {
  readonly sent: (post: Post) => Sent;
  readonly life: Life;
  readonly signal: AbortSignal;
}

function writerOf(desk: Desk, post: Post, { sent, life, signal }: WriterParts): ReplyWriter {
  const show = (text: string, state: Post["state"]): void => {
    post.text = text;
    post.state = state;
    if (text !== "") post.history.push(text);
  };
  return {
    update(text) {
      if (life.dead || !desk.note("update", post.key)) return;
      if (post.state === "growing") show(text, "growing");
      else desk.violations.push(`update of ${post.key}, which is ${post.state}`);
    },
    async finish(final) {
      const answer = await desk.begin("finish", post.key, { signal, life });
      const text = typeof final === "string" ? final : textOf(final);
      if (post.state !== "growing" && post.text !== text) {
        desk.violations.push(`finish of ${post.key}, which is ${post.state}, with another text`);
      }
      show(text, "finished");
      await answer();
      return sent(post);
    },
    async fail(reason) {
      const answer = await desk.begin("fail", post.key, { signal, life });
      if (post.state === "growing") show(reason, "failed");
      await answer();
    },
  };
}
