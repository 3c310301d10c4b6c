import { addResources, fromFixedPoint, type Resources, shortId, subtractResources } from '../core/index.js';
import type { ActorView, GetClusterStateResponse, NodeView, PlacementGroupView } from '../rpc/index.js';

/** The cluster as text for people; a section per table, in the order in which questions come. */
export function formatStatus(state: GetClusterStateResponse, address: string): string {
  const nodes = state.nodes.filter((node) => node.state === 'NODE_LIFE_STATE_ALIVE');
  const groups = state.placementGroups.filter((group) => group.state !== 'PLACEMENT_GROUP_STATE_REMOVED');
  const actors = state.actors.filter((actor) => actor.state !== 'ACTOR_LIFE_STATE_DEAD');
  const drivers = state.jobs.filter((job) => job.alive);
  return [
    `Cluster ${shortId(state.clusterId)} at ${address}, state in ${state.store}`,
    '',
    ...section('Nodes', nodes.map(formatNode)),
    ...section('Resources in use', formatUsage(nodes)),
    ...section('Placement groups', groups.flatMap(formatGroup)),
    ...section('Actors', actors.map(formatActor)),
    ...section(
      'Drivers',
      drivers.map((job) => `${shortId(job.jobId)}  pid ${job.pid} on ${job.hostname}  ${job.entrypoint}`),
    ),
    ...section(
      'Dead nodes',
      state.nodes.filter((node) => !nodes.includes(node)).map((node) => `${formatNodeName(node)}: ${node.deathReason}`),
      'omit',
    ),
  ].join('\n');
}

function section(title: string, lines: readonly string[], whenEmpty: 'say' | 'omit' = 'say'): string[] {
  if (lines.length === 0) return whenEmpty === 'omit' ? [] : [title, '  (none)', ''];
  return [title, ...lines.map((line) => `  ${line}`), ''];
}

const formatNodeName = (node: NodeView): string => `${shortId(node.nodeId)}  ${node.hostname}  ${node.agentAddress}`;

function formatNode(node: NodeView): string {
  return `${formatNodeName(node)}${node.isHeadNode ? '  (head)' : ''}  ${usage(node.total?.units ?? {}, node.available?.units ?? {}).join('  ')}`;
}

function formatUsage(nodes: readonly NodeView[]): string[] {
  const total = nodes.map((node) => node.total?.units ?? {}).reduce(addResources, {});
  const available = nodes.map((node) => node.available?.units ?? {}).reduce(addResources, {});
  return usage(total, available);
}

/** "1.5/4 CPU": used of total. */
function usage(total: Resources, available: Resources): string[] {
  const used = fromFixedPoint(subtractResources(total, available));
  return Object.entries(fromFixedPoint(total)).map(([name, quantity]) => `${used[name] ?? 0}/${quantity} ${name}`);
}

/** `ACTOR_LIFE_STATE_PENDING_CREATION` as people read it: "PENDING CREATION". */
const stateName = (state: string, prefix: string): string => state.slice(prefix.length).replaceAll('_', ' ');

function formatGroup(group: PlacementGroupView): string[] {
  const bundles = group.bundles.map((bundle, index) => {
    const resources = Object.entries(fromFixedPoint(bundle.units)).map(([name, quantity]) => `${quantity} ${name}`);
    return `${resources.join(', ')} on ${group.nodeIds[index] ? shortId(group.nodeIds[index]) : '-'}`;
  });
  const state = stateName(group.state, 'PLACEMENT_GROUP_STATE_');
  const strategy = group.strategy.slice('PLACEMENT_STRATEGY_'.length);
  const head = `${shortId(group.placementGroupId)}  ${state}  ${strategy}  ${group.name}  [${bundles.join('; ')}]`;
  const why = group.reason ? `waiting for ${(group.ageMs / 1_000).toFixed(0)} s: ${group.reason}` : '';
  return [
    head,
    ...why
      .split('\n')
      .filter(Boolean)
      .map((line) => `    ${line}`),
  ];
}

function formatActor(actor: ActorView): string {
  const where = actor.address ? `pid ${actor.address.pid} on ${actor.address.hostname}` : '';
  const bundle = actor.placementGroupId ? `  bundle ${actor.bundleIndex} of ${shortId(actor.placementGroupId)}` : '';
  const state = stateName(actor.state, 'ACTOR_LIFE_STATE_');
  return `${shortId(actor.actorId)}  ${state}  ${actor.className}${actor.name ? ` "${actor.name}"` : ''}  ${where}${bundle}`;
}
