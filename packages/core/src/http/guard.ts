/** Outbound addresses that came from somebody else: only public https hosts, or those we were told to trust. */
import { isIP } from "node:net";
import { channelError } from "../errors.ts";

export interface GuardOptions {
  /** Exactly these origins are allowed, whatever they are. Default: any public https host. */
  readonly origins?: readonly string[];
}

/**
 * The address, parsed. Throws `address_not_allowed`; nothing has been sent then. Looks at the address only: a public name
 * that its owner points into a private network (also only for a moment, known as DNS rebinding) passes. Where that matters,
 * give `origins`, or send through a proxy that refuses private targets.
 */
export function checkAddress(address: string, options: GuardOptions = {}): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.username !== "" || url.password !== "") throw notAllowed("it is no plain URL");
  if (options.origins !== undefined) {
    if (!options.origins.includes(url.origin)) throw notAllowed(`its host ${url.host} is not one of those expected`);
    return url;
  }
  if (url.protocol !== "https:") throw notAllowed("only https is allowed");
  if (!isPublicHost(url.hostname)) throw notAllowed("it points into a private network");
  return url;
}

/** Names of private networks: RFC 6761, RFC 6762, RFC 8375, and what routers and companies use. */
const PRIVATE_NAME = /(^|\.)(localhost|local|internal|intranet|lan|corp|home|private|test|invalid|home\.arpa)$/;

/** `hostname` of a parsed URL: numbers in any notation are dotted there, names are in lower case. */
function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "");
  if (isIP(host) !== 0) return isPublicAddress(host);
  return host.includes(".") && !PRIVATE_NAME.test(host); // a name without a dot is looked up in the local network
}

/** False for loopback, private, link-local, multicast and reserved ranges (IANA registries), IPv6 and mapped forms included. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return isPublicV4(address.split(".").map(Number));
  if (isIP(address) !== 6) return false;
  const mapped = /^::(?:ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isPublicV4(mapped.split(".").map(Number));
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (hex !== null) {
    const [high = 0, low = 0] = [hex[1], hex[2]].map((part) => Number.parseInt(part ?? "0", 16));
    return isPublicV4([high >> 8, high & 255, low >> 8, low & 255]);
  }
  const [first = 0, second = 0] = address.split(":").map((part) => Number.parseInt(part || "0", 16));
  if (first < 0x2000 || first > 0x3fff) return false; // not global unicast
  if (first === 0x2001 && (second < 0x200 || second === 0xdb8)) return false; // protocols, Teredo, documentation
  return first !== 0x2002 && first !== 0x3fff; // 6to4 wraps any IPv4 address; documentation
}

function isPublicV4([a = 0, b = 0, c = 0]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if (a === 100 && b >= 64 && b <= 127) return false;
  if (a === 169 && b === 254) return false;
  if (a === 172 && b >= 16 && b <= 31) return false;
  if (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99))) return false;
  if (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) return false;
  return !(a === 203 && b === 0 && c === 113);
}

function notAllowed(why: string): Error {
  return channelError({
    code: "address_not_allowed",
    kind: "config",
    message: `an address that came with a message is not called: ${why}`,
    fix: {
      en: "If this is your own deployment, set endpoints to its origins.",
      zh: "如果这是您自己的部署,请在 endpoints 中设置其地址。",
    },
  });
}
