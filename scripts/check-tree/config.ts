/** The shape of scripts/tree.json. */
import { readFileSync } from "node:fs";

/** See docs/architecture.md, "Rules a script checks". */
export interface TreeConfig {
  readonly channels: Readonly<Record<string, ChannelConfig>>;
  /** Part of a channel package → parts it may import; `type:x` for type imports only, `*` for all parts. */
  readonly directions: Readonly<Record<string, readonly string[]>>;
  readonly packages: Readonly<Record<string, PackageConfig>>;
  /** Build entries that are not exported, by package, `*` for all. */
  readonly privateEntries: Readonly<Record<string, readonly string[]>>;
  readonly environmentReader: string;
  readonly platformNames: {
    readonly words: readonly string[];
  };
  /** What stays as it is, for a reason. One that no longer applies is a finding itself. */
  readonly exceptions: readonly Exception[];
  readonly limits: Limits;
  readonly vagueNames: readonly string[];
}

export interface Exception {
  readonly file: string;
  readonly rule: string;
  /** Part of the finding's message. */
  readonly text: string;
  readonly why: string;
}

export interface ChannelConfig {
  readonly files: readonly string[];
  /** Places kept for files that come later: allowed, not required. */
  readonly later: readonly string[];
  readonly maxLines?: Readonly<Record<string, number>>;
}

export interface PackageConfig {
  /** Sibling packages (`core`, `core/internal`) its source may import; `type:` for types only. */
  readonly siblings: readonly string[];
  /** Other packages its source may import at run time; `node:` is always allowed. */
  readonly external: readonly string[];
  /** Never reached by static imports of an entry. */
  readonly noStatic: readonly string[];
}

export interface Limits {
  readonly fileLines: number;
  readonly testFileLines: number;
  readonly functionLines: number;
  readonly decoderLines: number;
  /** A function with all that is declared inside of it. */
  readonly factoryLines: number;
  readonly parameters: number;
  readonly imports: number;
}

/** Reads tree.json. Throws when it cannot be read. */
export function readConfig(file: string): TreeConfig {
  return JSON.parse(readFileSync(file, "utf8")) as TreeConfig;
}
