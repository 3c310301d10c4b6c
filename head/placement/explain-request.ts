import { formatResources, shortId } from '../../src/core/index.js';
import { feasibleNodes } from './choose-node.js';
import { formatHolderTable, type HoldersByNode } from './holder-table.js';
import { formatSelector } from './label-selector.js';
import type { NodeRequest } from './node-request.js';
import type { NodeSnapshot } from './node-snapshot.js';

/**
 * The text that tells a user why an actor or a task has no node: what it wants, then a line per node that it may go to.
 *
 * @param subject who wants it: "Actor Counter", "Task train".
 */
export function explainRequest(
  subject: string,
  request: NodeRequest,
  nodes: readonly NodeSnapshot[],
  holders: HoldersByNode,
): string {
  const wants = describeWants(request);
  const feasible = feasibleNodes(request, nodes);
  if (feasible.length > 0) {
    const table = formatHolderTable(request.resources, feasible, holders);
    return [`${subject} waits for ${wants}, which others hold:`, ...table].join('\n');
  }
  if (nodes.length === 0) return `${subject} wants ${wants}, and the cluster has no node that can take work.`;
  const { strategy } = request;
  if (strategy.kind === 'NODE_AFFINITY' && !nodes.some(({ nodeId }) => nodeId === strategy.nodeId)) {
    return `${subject} wants ${wants}, and that node is dead, draining or unknown. Use another node, or soft affinity.`;
  }
  const rows = nodes.map((node) => `  ${node.address} (${shortId(node.nodeId)}) has ${describeNode(request, node)}`);
  return [`${subject} wants ${wants}, which no node of the cluster has:`, ...rows].join('\n');
}

function describeWants({ resources, strategy, labelSelectors }: NodeRequest): string {
  const selectors = labelSelectors.filter((selector) => Object.keys(selector).length > 0);
  const labels = selectors.length === 0 ? '' : ` on a node with ${selectors.map(formatSelector).join(' or ')}`;
  const node = strategy.kind === 'NODE_AFFINITY' && !strategy.isSoft ? ` on node ${strategy.nodeId}` : '';
  const amounts = Object.keys(resources).length === 0 ? 'a place' : formatResources(resources);
  return `${amounts}${node}${labels}`;
}

/** With those of its labels that the request is about. */
function describeNode({ labelSelectors }: NodeRequest, { total, labels = {} }: NodeSnapshot): string {
  const asked = labelSelectors.flatMap((selector) => Object.keys(selector));
  if (asked.length === 0) return formatResources(total);
  const shown = Object.fromEntries(Object.entries(labels).filter(([key]) => asked.includes(key)));
  return `${formatResources(total)} and ${formatSelector(shown)}`;
}
