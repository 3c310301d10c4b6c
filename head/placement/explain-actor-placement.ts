import { formatResources, type Resources } from '../../src/core/index.js';
import type { NodeSnapshot } from './node-snapshot.js';

/** The text that tells a user why no node can ever hold an actor: what it wants, and what each node has. */
export function explainActorPlacement(className: string, request: Resources, nodes: readonly NodeSnapshot[]): string {
  const wanted = formatResources(request);
  if (nodes.length === 0) return `Actor ${className} wants ${wanted}, and the cluster has no node.`;
  const rows = nodes.map((node) => `  ${node.address} (${node.nodeId.slice(0, 8)}) has ${formatResources(node.total)}`);
  return [`Actor ${className} wants ${wanted}, which no node of the cluster has:`, ...rows].join('\n');
}
