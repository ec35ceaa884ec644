/**
 * A file from an address that somebody else has given: only public https hosts and those we were told to trust, each redirect
 * looked at as well, no credentials, bounded while it is read, its type by content. Used by the channels' `download`.
 */
import type { Clock } from "../clock.ts";
import { channelError } from "../errors.ts";
import type { FileStream } from "../model/channel.ts";
import { sniff } from "../state/sniff.ts";
import { tooLargeError } from "./body.ts";
import { fileNameIn } from "./disposition.ts";
import { failedCall } from "./failure.ts";
import { checkAddress } from "./guard.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";

export interface DownloadRequest {
  readonly url: string;
  /** Allowed whatever they are, besides public https hosts: the platform's own, as configured. */
  readonly origins: readonly string[];
  readonly proxy?: HttpRequest["proxy"];
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  /** Of the whole download. Default 120,000. */
  readonly timeoutMs?: number;
}

/** `extension` belongs to the type, and is `bin` when that is not known. */
export type Downloaded = Omit<FileStream, "name"> & {
  readonly extension: string;
  /** As the server calls it: untrusted. Absent where it does not. */
  readonly fileName?: string;
};

const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** As much as tells the type. */
const HEAD_BYTES = 64;

/**
 * Resolves at the first bytes. Rejects with `address_not_allowed`, `too_large`, `unreachable`, `timeout`, `aborted`, or
 * `platform_refused` for a status that is no success; the body fails in the same ways. Read the body or cancel it.
 */
export async function download(
  deps: { readonly http: Transport; readonly clock: Clock },
  request: DownloadRequest,
): Promise<Downloaded> {
  const { timeoutMs = 120_000, maxBytes } = request;
  const over = new AbortController();
  const late = new AbortController();
  deps.clock.sleep(timeoutMs, over.signal).then(
    () => late.abort(new DOMException("the deadline of the download has passed", "TimeoutError")),
    () => "ended in time",
  );
  const end = (): void => over.abort(new Error("the download is over"));
  const signal = AbortSignal.any([request.signal, late.signal]);
  try {
    const { response, host } = await follow(deps.http, request, signal);
    const sizeBytes = sizeOf(response);
    if (sizeBytes !== undefined && sizeBytes > maxBytes) {
      await response.body.cancel();
      throw tooLargeError(maxBytes);
    }
    const source = readerOf(response, { host, signal });
    const head = await source.head();
    const { contentType, extension } = sniff(Buffer.concat(head));
    const body = boundedBody(source, { head, maxBytes, end });
    const fileName = fileNameIn(response.headers["content-disposition"]);
    const told = { ...(sizeBytes === undefined ? {} : { sizeBytes }), ...(fileName === undefined ? {} : { fileName }) };
    return { contentType, extension, body, ...told };
  } catch (error) {
    end();
    throw error;
  }
}

async function follow(
  http: Transport,
  { url, origins, proxy }: DownloadRequest,
  signal: AbortSignal,
): Promise<{ readonly response: HttpResponse; readonly host: string }> {
  const through = proxy === undefined ? {} : { proxy };
  const headers = { accept: "*/*", "accept-encoding": "identity" };
  let at = guarded(url, origins);
  for (let redirects = 0; ; redirects += 1) {
    const response = await http.request({ method: "GET", url: at.href, headers, signal, ...through });
    if (response.status >= 200 && response.status < 300) return { response, host: at.host };
    await response.body.cancel();
    if (!REDIRECTS.has(response.status)) throw refused(at.host, response.status);
    if (redirects >= MAX_REDIRECTS) throw lostOnTheWay(at.host, `more than ${MAX_REDIRECTS} redirects`);
    const location = response.headers["location"] ?? "";
    if (location === "" || !URL.canParse(location, at.href))
      throw lostOnTheWay(at.host, "a redirect that leads nowhere");
    at = guarded(new URL(location, at).href, origins);
  }
}

function guarded(address: string, origins: readonly string[]): URL {
  const isOwn = URL.canParse(address) && origins.includes(new URL(address).origin);
  return checkAddress(address, isOwn ? { origins } : {});
}

function sizeOf({ headers }: HttpResponse): number | undefined {
  const declared = headers["content-length"];
  return declared !== undefined && /^\d{1,15}$/.test(declared) ? Number(declared) : undefined;
}

interface Source {
  /** Undefined: nothing follows. */
  read(): Promise<Uint8Array | undefined>;
  /** The first chunks. */
  head(): Promise<Uint8Array[]>;
  cancel(reason?: unknown): Promise<void>;
}

function readerOf(
  response: HttpResponse,
  { host, signal }: { readonly host: string; readonly signal: AbortSignal },
): Source {
  const reader = response.body.getReader();
  const read = async (): Promise<Uint8Array | undefined> => {
    try {
      return (await reader.read()).value;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      throw failedCall({ error, host, outcome: "unknown", signal, during: "answer" });
    }
  };
  return {
    read,
    async head() {
      const chunks: Uint8Array[] = [];
      for (let bytes = 0; bytes < HEAD_BYTES;) {
        const chunk = await read();
        if (chunk === undefined) break;
        chunks.push(chunk);
        bytes += chunk.byteLength;
      }
      return chunks;
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

interface Bounds {
  readonly head: Uint8Array[];
  readonly maxBytes: number;
  /** Called once nothing more is read. */
  readonly end: () => void;
}

function boundedBody(source: Source, { head, maxBytes, end }: Bounds): ReadableStream<Uint8Array> {
  let bytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const chunk = head.shift() ?? (await source.read());
          if (chunk === undefined) {
            end();
            controller.close();
            return;
          }
          bytes += chunk.byteLength;
          if (bytes > maxBytes) {
            await source.cancel();
            throw tooLargeError(maxBytes);
          }
          controller.enqueue(chunk);
        } catch (error) {
          end();
          controller.error(error);
        }
      },
      async cancel(reason) {
        end();
        await source.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

function refused(host: string, status: number): Error {
  const again = status >= 500 || status === 429 || status === 408;
  return channelError({
    code: "platform_refused",
    kind: "transport",
    message: `${host} does not hand the file over (status ${status})`,
    outcome: again ? "unknown" : "refused",
    verdict: again ? { kind: "retry" } : { kind: "stop" },
    platform: { code: String(status), message: "", status },
    fix: {
      en: "The address may have expired: ask for the file again.",
      zh: "下载地址可能已过期,请让对方重新发送该文件。",
    },
  });
}

function lostOnTheWay(host: string, why: string): Error {
  return channelError({
    code: "address_not_allowed",
    kind: "transport",
    message: `the file could not be fetched from ${host}: ${why}`,
    outcome: "refused",
    fix: { en: "Use the address the redirects lead to.", zh: "请使用重定向后的最终地址。" },
  });
}
