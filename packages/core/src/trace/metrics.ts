/** Counters, gauges and histograms in a small form of our own, and the text that Prometheus reads. */

export type Labels = Readonly<Record<string, string>>;

/** One measured value. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Of a histogram: `_bucket`, `_sum` or `_count`. */
  readonly suffix?: string;
}

/** A family of values. Plain JSON. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
}

/** What grows while the bot works. What can be looked up is no part of it: whoever reads adds that as gauges. */
export interface Metrics {
  /** Adds one. */
  count(name: string, labels: Labels): void;
  observe(name: string, labels: Labels, seconds: number): void;
  /** In the order of the definitions. */
  read(): readonly Metric[];
}

/** Upper bounds in seconds are those of `SECONDS` for every histogram. */
export type Definitions = Readonly<Record<string, { readonly kind: "counter" | "histogram"; readonly help: string }>>;

const SECONDS: readonly number[] = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Sets of labels of one metric. Ours are accounts and outcomes; more are not kept. */
const MAX_SERIES = 2_000;

interface Series {
  readonly labels: Labels;
  value: number;
  /** Of a histogram, by bound. */
  readonly buckets: number[];
  times: number;
}

export function createMetrics(definitions: Definitions): Metrics {
  const families = new Map(Object.keys(definitions).map((name) => [name, new Map<string, Series>()]));

  const seriesOf = (name: string, labels: Labels): Series | undefined => {
    const family = families.get(name);
    const key = JSON.stringify(labels);
    const known = family?.get(key);
    if (known !== undefined || family === undefined || family.size >= MAX_SERIES) return known;
    const made = { labels, value: 0, buckets: SECONDS.map(() => 0), times: 0 };
    family.set(key, made);
    return made;
  };

  return {
    count(name, labels) {
      const series = seriesOf(name, labels);
      if (series !== undefined) series.value += 1;
    },
    observe(name, labels, seconds) {
      const series = seriesOf(name, labels);
      if (series === undefined) return;
      series.value += seconds;
      series.times += 1;
      for (const [at, bound] of SECONDS.entries())
        if (seconds <= bound) series.buckets[at] = (series.buckets[at] ?? 0) + 1;
    },
    read: () =>
      Object.entries(definitions).map(([name, { kind, help }]) => {
        const series = [...(families.get(name)?.values() ?? [])];
        const samples =
          kind === "histogram" ? series.flatMap(histogram) : series.map(({ labels, value }) => ({ labels, value }));
        return { name, help, kind, samples };
      }),
  };
}

function histogram({ labels, value, buckets, times }: Series): readonly Sample[] {
  const bucket = (le: string, count: number): Sample => ({
    labels: { ...labels, le },
    value: count,
    suffix: "_bucket",
  });
  return [
    ...SECONDS.map((bound, at) => bucket(String(bound), buckets[at] ?? 0)),
    bucket("+Inf", times),
    { labels, value, suffix: "_sum" },
    { labels, value: times, suffix: "_count" },
  ];
}

/** The text exposition format 0.0.4. Pure. */
export function prometheusText(metrics: readonly Metric[]): string {
  const lines = metrics
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, help, kind, samples }) => [
      `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
      `# TYPE ${name} ${kind}`,
      ...samples.map(({ labels, value, suffix = "" }) => `${name}${suffix}${labelText(labels)} ${value}`),
    ]);
  return `${lines.join("\n")}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value
    .replaceAll("\\", "\\\\")
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`);
}
