import type { Draft, GetClusterStateResponse } from '../../src/rpc/index.js';
import type { ClockSkews } from '../membership/clock-skews.js';
import type { StateJournal } from '../state-journal.js';
import type { HeadScheduler } from './node-reports.js';
import { toActorView } from './wire-actors.js';
import { toPlacementGroupView } from './wire-groups.js';
import { toLeaseView } from './wire-leases.js';
import { toJobView, toNodeView } from './wire-records.js';

/** What the head's tables hold at this moment, with why everybody who waits does so. */
export function describeCluster(
  journal: StateJournal,
  { view, placementGroups, actors, leases, leaseTable }: HeadScheduler,
  clockSkews: ClockSkews,
  nowMs: number,
): Pick<Draft<GetClusterStateResponse>, 'nodes' | 'placementGroups' | 'actors' | 'jobs' | 'leases'> {
  return {
    nodes: [...journal.nodes.values()].map((node) => ({
      ...toNodeView(node, node.state === 'DEAD' ? undefined : view.snapshot(node)),
      clockSkewMs: clockSkews.get(node.nodeId),
    })),
    placementGroups: [...journal.placementGroups.values()].map((group) =>
      toPlacementGroupView(group, placementGroups.explain(group), nowMs),
    ),
    actors: [...journal.actors.values()].map((actor) => toActorView(actor, actors.explain(actor))),
    jobs: [...journal.jobs.values()].map(toJobView),
    leases: [...leaseTable.records.values()].map((lease) => toLeaseView(lease, leases.explain(lease), nowMs)),
  };
}
