import type { PositionReport } from './position-reports.js';

/** How far a precision is from float32 on the same positions. */
export interface AccuracyFigures {
  readonly numPositions: number;
  /** e to the mean negative log-probability of the text. */
  readonly perplexity: number;
  /** Share of the positions whose likeliest token is float32's. */
  readonly top1Agreement: number;
  /** Over the whole vocabulary; undefined where only some of it was reported. */
  readonly distribution: DistributionFigures | undefined;
}

export interface DistributionFigures {
  /** Mean Kullback-Leibler divergence from float32's distribution, in nats. */
  readonly divergence: number;
  /** Of all logits, less what is the same for all tokens of a position: the largest error over the largest logit. */
  readonly largestError: number;
  /** Root mean square of the same errors over that of the logits. */
  readonly error: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function centre(logprobs: Float32Array): Float64Array {
  const middle = logprobs.reduce((sum, value) => sum + value, 0) / logprobs.length;
  return Float64Array.from(logprobs, (value) => value - middle);
}

function divergenceOf(expected: Float32Array, observed: Float32Array): number {
  let sum = 0;
  for (const [token, logprob] of expected.entries()) sum += Math.exp(logprob) * (logprob - observed[token]!);
  return sum;
}

/** Of one position: the largest values, and the sums of the squares. */
function compareLogits(expected: Float32Array, observed: Float32Array) {
  const [exact, rounded] = [centre(expected), centre(observed)];
  const result = { largest: 0, largestError: 0, squares: 0, squaredErrors: 0 };
  for (const [token, logit] of exact.entries()) {
    const error = Math.abs(rounded[token]! - logit);
    result.largest = Math.max(result.largest, Math.abs(logit));
    result.largestError = Math.max(result.largestError, error);
    result.squares += logit ** 2;
    result.squaredErrors += error ** 2;
  }
  return result;
}

function compareDistributions(
  float32: readonly PositionReport[],
  reports: readonly PositionReport[],
): DistributionFigures | undefined {
  const pairs = reports.flatMap(({ logprobs }, index) => {
    const expected = float32[index]!.logprobs;
    return logprobs === undefined || expected === undefined ? [] : [{ expected, observed: logprobs }];
  });
  if (pairs.length === 0) return undefined;
  const compared = pairs.map(({ expected, observed }) => compareLogits(expected, observed));
  const largest = Math.max(...compared.map((position) => position.largest));
  return {
    divergence: mean(pairs.map(({ expected, observed }) => divergenceOf(expected, observed))),
    largestError: Math.max(...compared.map((position) => position.largestError)) / largest,
    error: Math.sqrt(mean(compared.map((p) => p.squaredErrors)) / mean(compared.map((p) => p.squares))),
  };
}

/** @param reports of the same positions as those of `float32`, in the same order. */
export function compareWithFloat32(
  float32: readonly PositionReport[],
  reports: readonly PositionReport[],
): AccuracyFigures {
  return {
    numPositions: reports.length,
    perplexity: Math.exp(-mean(reports.map(({ logprob }) => logprob))),
    top1Agreement: mean(reports.map(({ likeliest }, index) => (likeliest === float32[index]!.likeliest ? 1 : 0))),
    distribution: compareDistributions(float32, reports),
  };
}
