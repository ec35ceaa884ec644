/** A model behind any OpenAI-compatible endpoint, streaming, with the conversation's last messages in mind. */
import type { FileRef, Handler, Turn } from "@openclaw-china/core";
import { secretMissing } from "@openclaw-china/core/internal";
import OpenAI from "openai";
import { emptyAnswerError, type Endpoint, modelError } from "./errors.ts";
import type { Memory, Said } from "./memory.ts";

export interface OpenAiAgentOptions {
  /** The agent's, for errors. Default `main`. */
  readonly name?: string | undefined;
  /** `openclaw`: the endpoint keeps the history itself, so that a question must not be sent twice. */
  readonly host?: "openclaw" | undefined;
  /** Default OpenAI's own address. */
  readonly baseUrl?: string | undefined;
  /** Needless where `baseUrl` asks for none. */
  readonly apiKey?: string | undefined;
  readonly model: string;
  readonly system?: string | undefined;
  readonly memory: Memory;
  /** Further parts of each request. */
  readonly extra?: ((turn: Turn) => { readonly user: string; readonly headers: Record<string, string> }) | undefined;
}

const RETRIES = 2;

/** Throws `secret_missing` when OpenAI itself would be asked without a key. */
export function openAiAgent(options: OpenAiAgentOptions): Handler {
  const { name = "main", host, baseUrl, apiKey, model, system, memory, extra } = options;
  if (apiKey === undefined && baseUrl === undefined) secretMissing("apiKey", "api_key", "OPENAI_API_KEY");
  const client = new OpenAI({
    ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
    apiKey: apiKey ?? "none",
    maxRetries: host === undefined ? RETRIES : 0,
    logLevel: "off", // it would write to the console; its errors are ours to tell
    ...(host === undefined ? {} : { organization: null, project: null }),
  });
  const endpoint: Endpoint = { name, host, model, baseUrl: client.baseURL, apiKey };
  return async function* answer(turn) {
    const conversation = turn.conversation.key;
    const earlier = await memory.recall(conversation, turn.key);
    const asked: Said = { role: "user", content: questionOf(turn) };
    const instructions = system === undefined ? [] : [{ role: "system" as const, content: system }];
    const { user, headers = {} } = extra?.(turn) ?? {};
    let text = "";
    try {
      const chunks = await client.chat.completions.create(
        {
          model,
          stream: true,
          messages: [...instructions, ...earlier, asked],
          ...(user === undefined ? {} : { user }),
        },
        { signal: turn.signal, headers },
      );
      for await (const chunk of chunks) {
        const piece = chunk.choices[0]?.delta?.content ?? "";
        text += piece;
        yield piece;
      }
    } catch (error) {
      if (turn.signal.aborted) throw error;
      throw modelError(error, endpoint);
    }
    if (text.trim() !== "") {
      await memory.keep(conversation, [...earlier, asked, { role: "assistant", content: text }], turn.key);
    } else if (!turn.signal.aborted) throw emptyAnswerError(endpoint);
  };
}

/** The text, with what it quotes in front, and the names of files, which the model does not see. */
function questionOf({ text, message }: Turn): string {
  const quoted = message.quote?.text.trim() ?? "";
  const quote = quoted === "" ? [] : [`> ${quoted.replaceAll("\n", "\n> ")}`];
  const files = message.attachments.map(fileText);
  const said = text.trim() === "" && files.length > 0 ? [] : [text];
  return [...quote, ...said, ...(files.length === 0 ? [] : [files.join("\n")])].join("\n\n");
}

function fileText({ media, name }: FileRef): string {
  return name === undefined ? `[${media}]` : `[${media}: ${name}]`;
}
