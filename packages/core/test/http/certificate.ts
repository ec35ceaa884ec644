/** A certificate for 127.0.0.1 and localhost that nobody trusts, made on the spot: ECDSA P-256 in X.509, DER by hand. */
import { generateKeyPairSync, sign } from "node:crypto";

export interface Identity {
  readonly key: string;
  readonly cert: string;
}

export function selfSigned(): Identity {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const name = sequence(tlv(0x31, sequence(oid(0x55, 0x04, 0x03), text(0x0c, "loopback test"))));
  const names = sequence(text(0x82, "localhost"), tlv(0x87, Buffer.from([127, 0, 0, 1])));
  const extensions = sequence(
    sequence(oid(0x55, 0x1d, 0x13), tlv(0x04, sequence(tlv(0x01, Buffer.from([0xff]))))), // basicConstraints: a CA
    sequence(oid(0x55, 0x1d, 0x11), tlv(0x04, names)), // subjectAltName
  );
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    sequence(text(0x17, "200101000000Z"), text(0x17, "491231235959Z")),
    name,
    publicKey.export({ format: "der", type: "spki" }),
    tlv(0xa3, extensions),
  );
  const signature = tlv(0x03, Buffer.concat([Buffer.from([0]), sign("sha256", body, privateKey)]));
  const der = sequence(body, ecdsaWithSha256, signature).toString("base64");
  const lines = der.match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    cert: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n"),
  };
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function oid(...bytes: readonly number[]): Buffer {
  return tlv(0x06, Buffer.from(bytes));
}

function text(tag: number, value: string): Buffer {
  return tlv(tag, Buffer.from(value, "utf8"));
}

function tlv(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const head = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), value]);
}
