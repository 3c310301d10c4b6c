import { InvalidArgumentError } from '../../core/index.js';

/** Bundles of a group that somebody else made, and what each rank asks of one. */
interface GivenBundles {
  readonly bundleSpecs: readonly Readonly<Record<string, number>>[];
  readonly worldSize: number;
  readonly cpusPerWorker: number;
  /** VLLM_RAY_BUNDLE_INDICES, as "2,0,1": a bundle for every rank; undefined or empty takes the first that fit. */
  readonly indices: string | undefined;
}

const isLargeEnough = (bundle: Readonly<Record<string, number>>, cpus: number): boolean => (bundle['CPU'] ?? 0) >= cpus;

function parseIndices({ indices = '', worldSize, bundleSpecs }: GivenBundles): number[] {
  const parsed = indices.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  const isValid = parsed.every((index) => Number.isInteger(index) && index < bundleSpecs.length);
  if (isValid && parsed.length === worldSize && new Set(parsed).size === worldSize) return parsed;
  throw new InvalidArgumentError(
    `VLLM_RAY_BUNDLE_INDICES=${indices} must be ${worldSize} different numbers from 0 to ${bundleSpecs.length - 1}, separated by commas: a bundle of the placement group for every rank.`,
  );
}

/**
 * The bundles for the ranks.
 * @returns indices into `bundleSpecs`; which rank goes where is decided when their nodes are known.
 * @throws {InvalidArgumentError} when the group has too few bundles that are large enough, or the indices are none.
 */
export function chooseBundles(given: GivenBundles): number[] {
  const { bundleSpecs, worldSize, cpusPerWorker } = given;
  if (given.indices) {
    const chosen = parseIndices(given);
    const small = chosen.find((index) => !isLargeEnough(bundleSpecs[index]!, cpusPerWorker));
    if (small === undefined) return chosen;
    throw new InvalidArgumentError(
      `Bundle ${small} of the placement group has ${bundleSpecs[small]!['CPU'] ?? 0} CPUs, and a rank needs ${cpusPerWorker} (cpusPerWorker).`,
    );
  }
  const fitting = [...bundleSpecs.keys()].filter((index) => isLargeEnough(bundleSpecs[index]!, cpusPerWorker));
  if (fitting.length >= worldSize) return fitting.slice(0, worldSize);
  throw new InvalidArgumentError(
    `The ranks need ${worldSize} bundles of {CPU: ${cpusPerWorker}}, and the placement group has ${fitting.length} that are large enough, of ${bundleSpecs.length}. Make it larger, or lower tensorParallelSize, pipelineParallelSize or cpusPerWorker.`,
  );
}
