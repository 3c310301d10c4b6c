import { formatResources, fromFixedPoint, shortId, subtractResources } from '../../core/index.js';
import type {
  ActorView,
  GetClusterStateResponse,
  JobView,
  LeaseView,
  NodeView,
  PlacementGroupView,
} from '../../rpc/index.js';
import { formatNodeUsage, section } from './format-status.js';

/** What `ray-ts status -v` adds: usage by node, and each placement group, actor, task worker and driver. */
export function formatClusterDetail(state: GetClusterStateResponse): string {
  const nodes = state.nodes.filter((node) => node.state === 'NODE_LIFE_STATE_ALIVE');
  const groups = state.placementGroups.filter((group) => group.state !== 'PLACEMENT_GROUP_STATE_REMOVED');
  const actors = state.actors.filter((actor) => actor.state !== 'ACTOR_LIFE_STATE_DEAD');
  const workers = state.leases.filter((lease) => lease.address);
  const drivers = state.jobs.filter((job) => job.alive);
  return [
    ...section('Usage by node', nodes.map(formatNode), '(none)'),
    '',
    ...section('Placement groups', groups.map(formatGroup), '(none)'),
    '',
    ...section('Actors', actors.map(formatActor), '(none)'),
    '',
    ...section('Task workers', workers.map(formatLease), '(none)'),
    '',
    ...section('Drivers', drivers.map(formatDriver), '(none)'),
    '',
  ].join('\n');
}

function formatNode(node: NodeView): string {
  const total = node.total?.units ?? {};
  const used = subtractResources(total, node.available?.units ?? {});
  return `${shortId(node.nodeId)}  ${node.hostname}  ${formatNodeUsage(total, used)}`;
}

function formatGroup(group: PlacementGroupView): string {
  const bundles = group.bundles.map((bundle, index) => {
    const resources = Object.entries(fromFixedPoint(bundle.units)).map(([name, quantity]) => `${quantity} ${name}`);
    return `${resources.join(', ')} on ${group.nodeIds[index] ? shortId(group.nodeIds[index]) : '-'}`;
  });
  const state = stateName(group.state, 'PLACEMENT_GROUP_STATE_');
  const strategy = group.strategy.slice('PLACEMENT_STRATEGY_'.length);
  return `${shortId(group.placementGroupId)}  ${state}  ${strategy}  ${group.name}  [${bundles.join('; ')}]`;
}

function formatActor(actor: ActorView): string {
  const where = actor.address ? `pid ${actor.address.pid} on ${actor.address.hostname}` : '';
  const bundle = actor.placementGroupId ? `bundle ${actor.bundleIndex} of ${shortId(actor.placementGroupId)}` : '';
  const restarts = actor.numRestarts > 0 ? `restarted ${actor.numRestarts} times` : '';
  const name = actor.name ? `${actor.className} "${actor.name}"` : actor.className;
  const facts = [stateName(actor.state, 'ACTOR_LIFE_STATE_'), name, where, bundle, restarts].filter(Boolean);
  return `${shortId(actor.actorId)}  ${facts.join('  ')}`;
}

function formatLease(lease: LeaseView): string {
  const where = lease.address ? `pid ${lease.address.pid} on ${lease.address.hostname}` : '';
  return `${shortId(lease.leaseId)}  ${lease.name}  ${formatResources(lease.resources?.units ?? {})}  ${where}`;
}

const formatDriver = (job: JobView): string =>
  `${shortId(job.jobId)}  pid ${job.pid} on ${job.hostname}  ${job.entrypoint}`;

/** `ACTOR_LIFE_STATE_PENDING_CREATION` as people read it: "PENDING CREATION". */
const stateName = (state: string, prefix: string): string => state.slice(prefix.length).replaceAll('_', ' ');
