import type { HistogramMetric, MetricLabels } from './metric.js';

/** Counts observations by upper bounds. */
export class Histogram {
  readonly #name: string;
  readonly #upperBounds: readonly number[];
  /** By bound, one more for what is above all; not cumulative. */
  readonly #counts: number[];
  #sum = 0;

  /** @param upperBounds ascending; one at infinity is added. */
  constructor(name: string, upperBounds: readonly number[]) {
    this.#name = name;
    this.#upperBounds = upperBounds;
    this.#counts = new Array<number>(upperBounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const index = this.#upperBounds.findIndex((bound) => value <= bound);
    this.#counts[index === -1 ? this.#upperBounds.length : index]! += 1;
    this.#sum += value;
  }

  snapshot(labels: MetricLabels): HistogramMetric {
    let count = 0;
    const buckets = [...this.#upperBounds, Number.POSITIVE_INFINITY].map((upperBound, index) => {
      count += this.#counts[index]!;
      return { upperBound, count };
    });
    return { type: 'histogram', name: this.#name, labels, count, sum: this.#sum, buckets };
  }
}
