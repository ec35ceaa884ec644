/** A model behind any OpenAI-compatible endpoint, streaming, with the conversation's last messages in mind. */
import type { Handler, Turn } from "@openclaw-china/core";
import OpenAI from "openai";
import type { Memory, Said } from "./memory.ts";

export interface OpenAiAgentOptions {
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly model: string;
  readonly system?: string | undefined;
  readonly memory: Memory;
  /** Further parts of each request. */
  readonly extra?: ((turn: Turn) => { readonly user: string; readonly headers: Record<string, string> }) | undefined;
}

export function openAiAgent({ baseUrl, apiKey, model, system, memory, extra }: OpenAiAgentOptions): Handler {
  const client = new OpenAI({
    ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
    ...(apiKey === undefined ? {} : { apiKey }),
    maxRetries: 2,
  });
  return async function* answer(turn) {
    const conversation = turn.conversation.key;
    const earlier = await memory.recall(conversation);
    const asked: Said = { role: "user", content: questionOf(turn) };
    const messages = [
      ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
      ...earlier,
      asked,
    ];
    const more = extra?.(turn);
    const chunks = await client.chat.completions.create(
      { model, stream: true, messages, ...(more === undefined ? {} : { user: more.user }) },
      { signal: turn.signal, ...(more === undefined ? {} : { headers: more.headers }) },
    );
    let text = "";
    for await (const chunk of chunks) {
      const piece = chunk.choices[0]?.delta.content ?? "";
      text += piece;
      yield piece;
    }
    if (text.trim() !== "") await memory.keep(conversation, [...earlier, asked, { role: "assistant", content: text }]);
  };
}

/** The text, with what it quotes in front. */
function questionOf({ text, message }: Turn): string {
  const quoted = message.quote?.text.trim();
  return quoted === undefined || quoted === "" ? text : `> ${quoted.replaceAll("\n", "\n> ")}\n\n${text}`;
}
