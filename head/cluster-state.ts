import type { ActorId, JobId, NodeId, PlacementGroupId } from '../src/core/index.js';
import type { ActorRecord } from './actors/actor-record.js';
import type { JobRecord } from './jobs/job-record.js';
import type { NodeRecord } from './membership/node-record.js';
import type { PlacementGroupRecord } from './placement/placement-group-record.js';

/** The head's tables. Records are immutable; a change replaces the record, through {@link StateJournal}. */
export interface ClusterState {
  readonly nodes: ReadonlyMap<NodeId, NodeRecord>;
  readonly placementGroups: ReadonlyMap<PlacementGroupId, PlacementGroupRecord>;
  readonly actors: ReadonlyMap<ActorId, ActorRecord>;
  readonly jobs: ReadonlyMap<JobId, JobRecord>;
}

/** A record that was put; `before` is undefined for a new one. */
export type RecordChange =
  | { readonly table: 'nodes'; readonly before: NodeRecord | undefined; readonly after: NodeRecord }
  | {
      readonly table: 'placement-groups';
      readonly before: PlacementGroupRecord | undefined;
      readonly after: PlacementGroupRecord;
    }
  | { readonly table: 'actors'; readonly before: ActorRecord | undefined; readonly after: ActorRecord }
  | { readonly table: 'jobs'; readonly before: JobRecord | undefined; readonly after: JobRecord };

/** Tables whose changes can be followed, as indexes over them must. */
export interface WatchableClusterState extends ClusterState {
  /** Calls the listener with every later change, after the table has it and before the store does. */
  watch(listener: (change: RecordChange) => void): void;
}
