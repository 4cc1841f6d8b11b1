import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import {
  METRICS,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type MetricName,
} from './metric-declarations.ts';

type Labels = Readonly<Record<string, string | number>>;

/** Labels are an argument only of metrics that have some. */
type LabelArguments<Name extends MetricName> = keyof LabelsOf<Name> extends never
  ? []
  : [labels: LabelsOf<Name>];

/**
 * The metrics of one process, in a registry of their own. Asking for a counter or a histogram gives a
 * plain object that the caller keeps: counting is an addition to a number, and prom-client sees it
 * only when the metrics are read.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Family<PlainCounter>>();
  readonly #gauges = new Map<string, Family<() => number>>();
  readonly #manyGauges = new Map<string, () => Iterable<readonly [Labels, number]>>();
  readonly #histograms = new Map<string, Family<PlainHistogram>>();

  /** `ofProcess` adds what Node knows of itself: memory, CPU, event loop, garbage collection. */
  constructor({ ofProcess = false }: { ofProcess?: boolean } = {}) {
    for (const [name, { type, help, labels }] of Object.entries(METRICS)) {
      const options = { name, help, labelNames: [...labels], registers: [this.#registry] };
      switch (type) {
        case 'counter': {
          const family = new Family<PlainCounter>();
          this.#counters.set(name, family);
          new Counter({
            ...options,
            collect() {
              this.reset();
              if (labels.length === 0) this.remove();
              for (const { labels, member } of family) this.inc(labels, member.value);
            },
          });
          break;
        }
        case 'gauge': {
          const family = new Family<() => number>();
          const many = this.#manyGauges;
          this.#gauges.set(name, family);
          new Gauge({
            ...options,
            collect() {
              this.reset();
              // What nobody tells is absent, where prom-client would say 0.
              if (labels.length === 0) this.remove();
              for (const { labels, member } of family) this.set(labels, member());
              for (const [labels, value] of many.get(name)?.() ?? []) this.set(labels, value);
            },
          });
          break;
        }
        case 'histogram': {
          const family = new Family<PlainHistogram>();
          this.#histograms.set(name, family);
          new PublishedHistogram(options, family);
          break;
        }
      }
    }
    if (ofProcess) collectDefaultMetrics({ register: this.#registry });
  }

  /** A counter; the same one for the same labels. */
  counter<Name extends CounterName>(name: Name, ...[labels]: LabelArguments<Name>): PlainCounter {
    return memberOf(this.#counters, name, labels, () => new PlainCounter());
  }

  /** A gauge, which `read` is asked for whenever the metrics are read. A later one replaces it. */
  gauge<Name extends GaugeName>(
    name: Name,
    ...rest: [...LabelArguments<Name>, read: () => number]
  ): void {
    const read = rest[rest.length - 1];
    const labels = rest.length === 2 ? rest[0] : undefined;
    if (typeof read === 'function') {
      this.#gauges.get(name)?.set(isLabels(labels) ? labels : {}, read);
    }
  }

  /**
   * A gauge whose members come and go with what it shows: `read` gives all that there are, whenever the
   * metrics are read, and nothing is kept of them in between. A later one replaces it.
   */
  gauges<Name extends GaugeName>(
    name: Name,
    read: () => Iterable<readonly [labels: LabelsOf<Name>, value: number]>,
  ): void {
    this.#manyGauges.set(name, read as () => Iterable<readonly [Labels, number]>);
  }

  /** A histogram of seconds; the same one for the same labels. */
  histogram<Name extends HistogramName>(
    name: Name,
    ...[labels]: LabelArguments<Name>
  ): PlainHistogram {
    const { buckets } = METRICS[name];
    return memberOf(this.#histograms, name, labels, () => new PlainHistogram(buckets));
  }

  /**
   * Forgets every member that carries all of some of these labels, of every metric: what a host does
   * when replicas leave its broker, or nobody would ever forget the topic. All of `gone` have the same
   * names. One walk through the members, however many are gone.
   */
  forget(gone: readonly Labels[]): void {
    const names = Object.keys(gone[0] ?? {});
    if (names.length === 0) return;
    const wanted = new Set(gone.map((labels) => valuesOf(labels, names)));
    for (const families of [this.#counters, this.#gauges, this.#histograms]) {
      for (const family of families.values()) family.forget(names, wanted);
    }
  }

  /** The exposition format that Prometheus reads, and its content type. */
  async read(): Promise<{ readonly contentType: string; readonly body: string }> {
    const body = await this.#registry.metrics();
    return { contentType: this.#registry.contentType, body };
  }
}

export class PlainCounter {
  value = 0;

  add(amount = 1): void {
    this.value += amount;
  }
}

export class PlainHistogram {
  /** Upper bounds, rising; what lies above the last is counted behind them. */
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > (this.bounds[bucket] ?? Infinity)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += value;
    this.count += 1;
  }
}

/** Null where one of them is missing. */
function valuesOf(labels: Labels, names: readonly string[]): string | null {
  const values = names.map((name) => labels[name]);
  return values.includes(undefined) ? null : values.join('\u0000');
}

/** The members of one metric, by their labels. */
class Family<Member> {
  readonly #members = new Map<string, { readonly labels: Labels; readonly member: Member }>();

  get(labels: Labels): Member | undefined {
    return this.#members.get(keyOf(labels))?.member;
  }

  set(labels: Labels, member: Member): void {
    this.#members.set(keyOf(labels), { labels, member });
  }

  forget(names: readonly string[], wanted: ReadonlySet<string | null>): void {
    for (const [key, { labels }] of this.#members) {
      const values = valuesOf(labels, names);
      if (values !== null && wanted.has(values)) this.#members.delete(key);
    }
  }

  [Symbol.iterator]() {
    return this.#members.values();
  }
}

/**
 * A prom-client histogram whose values come from plain ones. The registry takes them by
 * `getForPromString`, others by `get`; an empty histogram of the same kind provides the rest.
 */
class PublishedHistogram extends Histogram {
  readonly #family: Family<PlainHistogram>;
  readonly #empty: Histogram;

  constructor(options: ConstructorParameters<typeof Histogram>[0], family: Family<PlainHistogram>) {
    super(options);
    this.#family = family;
    this.#empty = new Histogram({ ...options, registers: [] });
  }

  override get(): ReturnType<Histogram['get']> {
    return this.getForPromString();
  }

  async getForPromString(): ReturnType<Histogram['get']> {
    const { values: _, ...rest } = await this.#empty.get();
    const name = rest.name;
    const values: Awaited<ReturnType<Histogram['get']>>['values'] = [];
    for (const { labels, member } of this.#family) {
      let below = 0;
      for (const [index, count] of member.counts.entries()) {
        below += count;
        const le = member.bounds[index] ?? '+Inf';
        values.push({ labels: { ...labels, le }, value: below, metricName: `${name}_bucket` });
      }
      values.push({ labels: { ...labels }, value: member.sum, metricName: `${name}_sum` });
      values.push({ labels: { ...labels }, value: member.count, metricName: `${name}_count` });
    }
    return { ...rest, values };
  }
}

function memberOf<Member>(
  families: ReadonlyMap<string, Family<Member>>,
  name: string,
  labels: Labels = {},
  create: () => Member,
): Member {
  const family = families.get(name);
  const known = family?.get(labels);
  if (known !== undefined) return known;
  const member = create();
  family?.set(labels, member);
  return member;
}

function isLabels(value: unknown): value is Labels {
  return typeof value === 'object' && value !== null;
}

function keyOf(labels: Labels): string {
  const names = Object.keys(labels).sort();
  return names.map((name) => `${name}=${labels[name] ?? ''}`).join('\n');
}
