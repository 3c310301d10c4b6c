import { type BenchmarkCase, formatMeasured, measure } from '../../../../../src/cli/microbenchmark/measure.js';

/** A case whose iterations take so long of a clock of its own. */
function caseOf(iterationMs: readonly number[]): {
  benchmark: BenchmarkCase;
  now: () => number;
  isClosed: () => boolean;
} {
  let time = 0;
  let count = 0;
  let closed = false;
  const benchmark: BenchmarkCase = {
    name: 'calls',
    multiplier: 10,
    prepare: async () => ({
      run: async () => {
        time += iterationMs[Math.min(count, iterationMs.length - 1)]!;
        count++;
      },
      close: async () => {
        closed = true;
      },
    }),
  };
  return { benchmark, now: () => time, isClosed: () => closed };
}

describe('measure', () => {
  it('counts operations per second, without the warm-up', async () => {
    const { benchmark, now, isClosed } = caseOf([50, 50, 10]);
    const measured = await measure(benchmark, { warmupMs: 100, trialMs: 200, numTrials: 3, now });
    expect(measured).toEqual({ name: 'calls', mean: 1_000, deviation: 0 });
    expect(isClosed()).toBe(true);
  });

  it('tells how far the trials differ', async () => {
    const { benchmark, now } = caseOf([1_000, 1_000, 500]);
    const { mean, deviation } = await measure(benchmark, { warmupMs: 1, trialMs: 1, numTrials: 2, now });
    expect([mean, deviation]).toEqual([15, 5]);
  });

  it('ends what it made when an iteration fails', async () => {
    const { benchmark, now, isClosed } = caseOf([1]);
    const failing: BenchmarkCase = {
      ...benchmark,
      prepare: async () => {
        const prepared = await benchmark.prepare();
        return { ...prepared, run: () => Promise.reject(new Error('boom')) };
      },
    };
    await expect(measure(failing, { warmupMs: 1, trialMs: 1, numTrials: 1, now })).rejects.toThrow('boom');
    expect(isClosed()).toBe(true);
  });

  it('prints what Ray prints', () => {
    expect(formatMeasured({ name: 'tasks sync', mean: 804.123, deviation: 8 })).toBe(
      'tasks sync per second 804.12 +- 8.00',
    );
  });
});
