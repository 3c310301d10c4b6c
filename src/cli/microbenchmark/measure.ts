/** How one case of the benchmark is run; what is made for it is ended with `close`. */
export interface PreparedCase {
  /** One iteration. */
  run(): Promise<void>;
  close?(): Promise<void>;
}

export interface BenchmarkCase {
  /** Ray's name for it. */
  readonly name: string;
  /** Operations in one iteration. */
  readonly multiplier: number;
  prepare(): Promise<PreparedCase>;
}

export interface MeasureOptions {
  readonly warmupMs: number;
  readonly trialMs: number;
  readonly numTrials: number;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Operations per second: the mean of the trials, and their standard deviation. */
export interface Measured {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Runs a case as Ray measures its own: it warms up, and every trial then repeats batches of iterations until its time is
 * over.
 * @source ray._private.ray_microbenchmark_helpers.timeit
 */
export async function measure(benchmark: BenchmarkCase, options: MeasureOptions): Promise<Measured> {
  const prepared = await benchmark.prepare();
  try {
    const batch = await warmUp(prepared, options);
    const rates: number[] = [];
    for (let trial = 0; trial < options.numTrials; trial++) {
      rates.push(benchmark.multiplier * (await iterationsPerSecond(prepared, batch, options)));
    }
    return { name: benchmark.name, ...meanAndDeviation(rates) };
  } finally {
    await prepared.close?.();
  }
}

/** @returns how many iterations to run between looks at the clock: a tenth of those of the warm-up. */
async function warmUp(prepared: PreparedCase, { warmupMs, now }: MeasureOptions): Promise<number> {
  const start = now();
  let count = 0;
  while (now() - start < warmupMs || count === 0) {
    await prepared.run();
    count++;
  }
  return Math.floor(count / 10) + 1;
}

async function iterationsPerSecond(
  prepared: PreparedCase,
  batch: number,
  { trialMs, now }: MeasureOptions,
): Promise<number> {
  const start = now();
  let count = 0;
  while (now() - start < trialMs || count === 0) {
    for (let iteration = 0; iteration < batch; iteration++) await prepared.run();
    count += batch;
  }
  return (1_000 * count) / (now() - start);
}

function meanAndDeviation(rates: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/** "1:1 actor calls sync per second 1562.12 +- 81.03", as Ray prints it. */
export const formatMeasured = ({ name, mean, deviation }: Measured): string =>
  `${name} per second ${mean.toFixed(2)} +- ${deviation.toFixed(2)}`;
