/** What is for this machine only. */
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context, MiddlewareHandler } from "hono";

const LOCAL = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;
const LOOPBACK = /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/;
/** What a proxy in front of the gateway adds. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-real-ip"];

/** Other sites in the same browser reach this machine too, by its address or by a name of theirs: neither is let in. */
export const localOnly: MiddlewareHandler = async (c, next) => (isNamedLocally(c) ? next() : refuse(c));

/** And whoever asks is on this machine, wherever the gateway listens: not another machine, nor a proxy for one. */
export const loopbackOnly: MiddlewareHandler = async (c, next) => {
  const isDirect = FORWARDED.every((name) => c.req.header(name) === undefined);
  return isDirect && isNamedLocally(c) && LOOPBACK.test(peerOf(c)) ? next() : refuse(c);
};

function isNamedLocally(c: Context): boolean {
  const host = c.req.header("host") ?? "";
  const origin = c.req.header("origin") ?? `http://${host}`;
  return LOCAL.test(host) && origin === `http://${host}`;
}

function peerOf(c: Context): string {
  try {
    return getConnInfo(c).remote.address ?? "";
  } catch {
    return ""; // asked without a socket: nobody knows from where
  }
}

function refuse(c: Context): Response {
  return c.text("此页面仅供本机使用 · This page is for this machine only.\n", 403);
}
