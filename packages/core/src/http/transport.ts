/** One HTTP exchange over `node:https`, or over an injected `fetch`. Retries, tokens and limits are layers above. */
import type { ChannelOptions } from "../model/capabilities.ts";

/** One exchange: no retry, no redirect. Rejects with a `ChannelError` whose `outcome` says whether a byte may have left. */
export interface Transport {
  request(request: HttpRequest): Promise<HttpResponse>;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>;
  /** The channel's own. Default `"env"`. */
  readonly proxy?: ChannelOptions["proxy"];
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReadableStream<Uint8Array>;
}
