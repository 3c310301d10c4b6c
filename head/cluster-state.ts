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
