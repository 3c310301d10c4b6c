import type { GroupLinks, TensorParallelLayout } from '../../src/channel/index.js';

/**
 * `all-gather`: every rank sends its sum to every other host, and all add all of them up; what the engine does.
 * `ring`: the sum goes around in parts, added up on the way, then the results go around; for ranks on a host each.
 */
export type Algorithm = 'all-gather' | 'ring';

/** One rank's part of a measurement. */
export interface CollectiveSpec {
  readonly rank: number;
  /** By rank; ranks of equal ones share memory. */
  readonly hosts: readonly string[];
  readonly layout: TensorParallelLayout;
  readonly algorithm: Algorithm;
  readonly numBytes: number;
  readonly rounds: number;
  readonly spinMicroseconds: number;
  /** Begins the paths of the segments. */
  readonly base: string;
}

/** What the part of a rank that computes needs. */
export interface CollectiveTask {
  readonly spec: CollectiveSpec;
  readonly groupPath: string;
  readonly links: GroupLinks;
}
