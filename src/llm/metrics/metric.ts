export type MetricLabels = Readonly<Record<string, string>>;

/** A number that only grows; vLLM's name without Prometheus' `_total`. */
export interface CounterMetric {
  readonly type: 'counter';
  readonly name: string;
  readonly labels: MetricLabels;
  readonly value: number;
}

/** A number as it is now. */
export interface GaugeMetric {
  readonly type: 'gauge';
  readonly name: string;
  readonly labels: MetricLabels;
  readonly value: number;
}

/** Observations, counted by upper bounds. */
export interface HistogramMetric {
  readonly type: 'histogram';
  readonly name: string;
  readonly labels: MetricLabels;
  readonly count: number;
  readonly sum: number;
  /** Observations at or below each bound, smaller ones included; the last bound is Infinity. */
  readonly buckets: readonly { readonly upperBound: number; readonly count: number }[];
}

export type Metric = CounterMetric | GaugeMetric | HistogramMetric;
