import { InvalidArgumentError, type Resources } from '../core/index.js';
import { requireRecord, requireWhole } from '../runtime/handles/option-rules.js';

/** What the one node of a cluster is and has that `init` starts. What is not given is detected. */
export interface LocalClusterOptions {
  readonly numCpus?: number;
  readonly numGpus?: number;
  /** Custom resources. */
  readonly resources?: Resources;
  /** Of the node: what label selectors of actors and tasks are about. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Bytes of the node's object store, at least 75 MB. Default 30 % of the memory that is free. */
  readonly objectStoreMemory?: number;
}

const OPTION_NAMES: readonly (keyof LocalClusterOptions)[] = [
  'numCpus',
  'numGpus',
  'resources',
  'labels',
  'objectStoreMemory',
];

/** The options of the local cluster alone. The node checks further what only it knows: how much room /dev/shm has. */
export function localClusterOptions(options: LocalClusterOptions): LocalClusterOptions {
  const { numCpus, numGpus, resources, labels, objectStoreMemory } = options;
  requireRecord('resources', resources);
  requireRecord('labels', labels);
  for (const [label, value] of Object.entries(labels ?? {})) {
    if (typeof value === 'string') continue;
    throw new InvalidArgumentError(`labels.${label} must be a string, got ${String(value)}.`);
  }
  requireWhole('objectStoreMemory', objectStoreMemory, 1);
  return {
    ...(numCpus === undefined ? {} : { numCpus }),
    ...(numGpus === undefined ? {} : { numGpus }),
    ...(resources === undefined ? {} : { resources }),
    ...(labels === undefined ? {} : { labels }),
    ...(objectStoreMemory === undefined ? {} : { objectStoreMemory }),
  };
}

/** @throws {InvalidArgumentError} that names what is given of it, for a cluster that runs already (as Ray). */
export function requireNoLocalOptions(options: LocalClusterOptions, address: string): void {
  const given = OPTION_NAMES.filter((name) => options[name] !== undefined);
  if (given.length === 0) return;
  throw new InvalidArgumentError(
    `${given.join(', ')} can't be set when connecting to an existing cluster (${address}); they are set where each node ` +
      "starts. Leave them out, or use { address: 'local' } for a cluster of its own.",
  );
}
