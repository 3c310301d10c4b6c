import { InvalidArgumentError, type Resources, toFixedPoint } from '../core/index.js';
import type { PlacementGroup } from './placement-group.js';

/** Puts an actor into a bundle of a placement group. */
export interface PlacementGroupSchedulingStrategy {
  readonly placementGroup: PlacementGroup;
  /** Default -1: any bundle with room. */
  readonly placementGroupBundleIndex?: number;
}

export interface ActorOptions {
  /**
   * CPUs that the actor holds. Default 1, but 0 for an actor that asks for GPUs, so that a {GPU: 1} bundle is enough for
   * it (Ray holds 1 there).
   */
  readonly numCpus?: number;
  /** A fraction below 1 shares a device; above 1 whole devices. Default 0. */
  readonly numGpus?: number;
  /** Custom resources. */
  readonly resources?: Resources;
  /** A name for people. */
  readonly name?: string;
  /** Calls that run at once. Default 1: one after the other, in order. */
  readonly maxConcurrency?: number;
  readonly schedulingStrategy?: PlacementGroupSchedulingStrategy;
  /** Environment variables of the actor's process. */
  readonly envVars?: Readonly<Record<string, string>>;
}

const OPTION_NAMES: readonly (keyof ActorOptions)[] = [
  'numCpus',
  'numGpus',
  'resources',
  'name',
  'maxConcurrency',
  'schedulingStrategy',
  'envVars',
];

/** @throws {InvalidArgumentError} for an unknown option or a value out of range. */
export function validateActorOptions(options: ActorOptions): void {
  const unknown = Object.keys(options).filter((name) => !OPTION_NAMES.includes(name as keyof ActorOptions));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(`Invalid option ${unknown.join(', ')}. Valid ones are ${OPTION_NAMES.join(', ')}.`);
  }
  for (const reserved of ['CPU', 'GPU']) {
    if (options.resources && reserved in options.resources) {
      throw new InvalidArgumentError(
        `Use num${reserved === 'CPU' ? 'Cpus' : 'Gpus'} instead of '${reserved}' in resources.`,
      );
    }
  }
  const { maxConcurrency = 1 } = options;
  if (!Number.isInteger(maxConcurrency) || maxConcurrency < 1) {
    throw new InvalidArgumentError(`maxConcurrency must be a whole number of at least 1, got ${maxConcurrency}.`);
  }
}

/** What the options ask for, in fixed point. */
export function requiredResources(options: ActorOptions): Resources {
  const numGpus = options.numGpus ?? 0;
  const numCpus = options.numCpus ?? (numGpus > 0 ? 0 : 1);
  return toFixedPoint({ ...options.resources, CPU: numCpus, GPU: numGpus });
}
