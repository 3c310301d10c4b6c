import { InvalidArgumentError, type Resources, toFixedPoint } from '../core/index.js';
import { requireRecord } from '../runtime/handles/option-rules.js';

/** What an actor, or the worker of a task, takes from its node. */
export interface ResourceOptions {
  /** CPUs. Default for a task 1; for an actor see {@link ActorOptions}. Fractions are allowed, to 0.0001. */
  readonly numCpus?: number;
  /** A fraction below 1 shares a device; above 1 whole devices. Default 0. */
  readonly numGpus?: number;
  /** Bytes, for placement: nothing enforces them. */
  readonly memory?: number;
  /** Custom resources. */
  readonly resources?: Resources;
}

export const RESOURCE_OPTION_NAMES: readonly (keyof ResourceOptions)[] = ['numCpus', 'numGpus', 'memory', 'resources'];

const RESERVED: Readonly<Record<string, string>> = {
  CPU: 'numCpus',
  GPU: 'numGpus',
  memory: 'memory',
};

/** @throws {InvalidArgumentError} for quantities below 0, too precise, or of a resource that has an option of its own. */
export function validateResourceOptions(options: ResourceOptions): void {
  requireRecord('resources', options.resources);
  for (const [name, option] of Object.entries(RESERVED)) {
    if (options.resources && Object.hasOwn(options.resources, name)) {
      throw new InvalidArgumentError(`Use ${option} instead of '${name}' in resources.`);
    }
  }
  askedResources(options, 0);
}

/** In fixed point. @param defaultCpus what stands for a `numCpus` that is not given. */
export function askedResources(options: ResourceOptions, defaultCpus: number): Resources {
  return toFixedPoint({
    ...options.resources,
    CPU: options.numCpus ?? defaultCpus,
    GPU: options.numGpus ?? 0,
    memory: options.memory ?? 0,
  });
}
