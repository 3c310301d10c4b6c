import { fromFixedPoint, type Resources } from '../../core/index.js';
import type { GetClusterStateResponse, NodeView, StandbyView } from '../../rpc/index.js';
import { MAX_CLOCK_SKEW_MS } from '../max-clock-skew.js';
import { ipOf } from '../node-ip.js';
import { formatDemands } from './format-demands.js';
import { sumUsage } from './sum-usage.js';

const RULE = '-'.repeat(63);

/**
 * The cluster as text for people, in the layout of `ray status`: nodes, what is in use of what there is, and what waits,
 * each with the reason.
 *
 * @param now when the state was read.
 */
export function formatStatus(state: GetClusterStateResponse, address: string, now: Date): string {
  const alive = state.nodes.filter((node) => node.state === 'NODE_LIFE_STATE_ALIVE');
  const dead = state.nodes.filter((node) => node.state === 'NODE_LIFE_STATE_DEAD');
  return [
    `======== Cluster status: ${now.toISOString()} ========`,
    `Cluster ${state.clusterId} at ${address}, state in ${state.store}`,
    '',
    'Node status',
    RULE,
    ...section('Active', alive.filter((node) => !node.draining).map(formatNode), '(no active nodes)'),
    ...section('Draining', alive.filter((node) => node.draining).map(formatNode)),
    ...section('Recent failures', dead.map(formatDeadNode), '(no failures)'),
    ...section('Standby heads', state.standbys.map(formatStandby)),
    ...section('Warnings', alive.flatMap(clockWarning)),
    '',
    'Resources',
    RULE,
    ...section('Total Usage', formatUsage(state), '(no resources)'),
    '',
    ...section('Pending Demands', formatDemands(state), '(no resource demands)'),
    '',
  ].join('\n');
}

/** A title and its lines; without lines what stands for none, or nothing at all. */
export function section(title: string, lines: readonly string[], whenEmpty?: string): string[] {
  if (lines.length > 0) return [`${title}:`, ...lines.map((line) => ` ${line}`)];
  return whenEmpty === undefined ? [] : [`${title}:`, ` ${whenEmpty}`];
}

function formatNode(node: NodeView): string {
  const { nodeName, hostname } = node;
  const name = nodeName && nodeName !== hostname && nodeName !== ipOf(node) ? `${nodeName}, ` : '';
  return `1 node_${node.nodeId}  (${name}${hostname}, ${node.agentAddress}${node.isHeadNode ? ', head' : ''})`;
}

const formatDeadNode = (node: NodeView): string =>
  `node_${node.nodeId}  (${node.hostname}, ${node.agentAddress}): ${node.deathReason}`;

const formatStandby = ({ hostname, address }: StandbyView): string => `${hostname}, ${address}`;

function clockWarning(node: NodeView): string[] {
  const { clockSkewMs, hostname } = node;
  if (Math.abs(clockSkewMs) <= MAX_CLOCK_SKEW_MS) return [];
  const seconds = (Math.abs(clockSkewMs) / 1_000).toFixed(1);
  return [
    `the clock of ${hostname} is ${seconds} s ${clockSkewMs > 0 ? 'ahead of' : 'behind'} the head's: run NTP on both.`,
  ];
}

/** "2/6 CPU (2 used of 3 reserved in placement groups)". */
function formatUsage(state: GetClusterStateResponse): string[] {
  const usage = sumUsage(state);
  const [used, reserved, usedOfReserved] = [usage.used, usage.reserved, usage.usedOfReserved].map(fromFixedPoint);
  return shownAmounts(usage.total).map(([name, total]) => {
    const text = `${amount(name, used?.[name])}/${amount(name, total)} ${name}`;
    if (!reserved?.[name]) return text;
    const ofReserved = `${amount(name, usedOfReserved?.[name])} used of ${amount(name, reserved[name])} reserved`;
    return `${text} (${ofReserved} in placement groups)`;
  });
}

/** Every node has one `node:ADDRESS`, to be placed by: not a thing to count. */
const shownAmounts = (total: Resources): [name: string, quantity: number][] =>
  Object.entries(fromFixedPoint(total)).filter(([name]) => !name.startsWith('node:'));

/** Memory in GiB, everything else as it is. */
function amount(name: string, quantity = 0): string {
  return name === 'memory' || name === 'object_store_memory'
    ? `${(quantity / 1024 ** 3).toFixed(2)}GiB`
    : String(quantity);
}

/** "1.5/4 CPU", of one node. */
export function formatNodeUsage(total: Resources, used: Resources): string {
  const quantities = fromFixedPoint(used);
  return shownAmounts(total)
    .map(([name, quantity]) => `${amount(name, quantities[name])}/${amount(name, quantity)} ${name}`)
    .join('  ');
}
