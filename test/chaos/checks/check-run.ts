import type { LoadRecord } from '../load/load-record.js';
import { checkActors } from './check-actors.js';
import { checkAtLeastOnce, checkAtMostOnce } from './check-calls.js';
import { checkGroups, type GroupState } from './check-groups.js';
import { checkKeys } from './check-keys.js';
import { checkObjects } from './check-objects.js';
import { checkSettled } from './check-settled.js';
import { checkTasks } from './check-tasks.js';
import type { Violation } from './violation.js';

/** All that a run left to be judged. */
export interface RunHistory {
  readonly records: readonly LoadRecord[];
  /** Ids that the methods wrote, by the promise of their actors. */
  readonly atMostOnceEffects: readonly string[];
  readonly atLeastOnceEffects: readonly string[];
  /** What the healed cluster has; undefined when it could not be asked. */
  readonly cluster: HealedCluster | undefined;
}

export interface HealedCluster {
  readonly groups: readonly GroupState[];
  readonly liveNodeIds: readonly string[];
  /** By their names. */
  readonly livingActors: readonly string[];
  readonly keys: Readonly<Record<string, number>>;
}

/** Holds a run's history to everything that the cluster promised the load. */
export function checkRun({ records, atMostOnceEffects, atLeastOnceEffects, cluster }: RunHistory): Violation[] {
  return [
    ...checkAtMostOnce(records, atMostOnceEffects),
    ...checkAtLeastOnce(records, atLeastOnceEffects),
    ...checkTasks(records),
    ...checkObjects(records),
    ...checkSettled(records),
    ...(cluster ? checkActors(records, cluster.livingActors) : []),
    ...(cluster ? checkGroups(records, cluster.groups, cluster.liveNodeIds) : []),
    ...(cluster ? checkKeys(records, cluster.keys) : []),
  ];
}
