import { shortId } from '../../core/index.js';
import type { StoredObjectView } from '../../rpc/index.js';
import { formatTable } from './format-rows.js';
import type { NodeObjects } from './object-table.js';

export type MemoryUnit = 'B' | 'KB' | 'MB' | 'GB';

export const memoryUnits: readonly MemoryUnit[] = ['B', 'KB', 'MB', 'GB'];

export interface MemoryView {
  readonly unit: MemoryUnit;
  readonly sortBy: 'OBJECT_SIZE' | 'OWNER';
  /** Entries per node; undefined: all. */
  readonly numEntries: number | undefined;
  readonly statsOnly: boolean;
  /** Who a worker is, for people: "pid 12 on host". */
  readonly describeWorker: (workerId: string) => string;
}

/** What lies in the nodes' object stores, by node: who owns it, its size, and whether it is spilled. */
export function formatMemory(nodes: readonly NodeObjects[], view: MemoryView): string {
  return nodes.map((entry) => formatNode(entry, view)).join('\n');
}

function formatNode({ node, answer }: NodeObjects, view: MemoryView): string {
  const title = `--- Object store of node ${shortId(node.nodeId)} (${node.hostname}, ${node.agentAddress}) ---`;
  if (answer instanceof Error) return `${title}\nIt did not answer: ${answer.message}\n`;
  const size = (bytes: number): string => formatSize(bytes, view.unit);
  const share = answer.capacity > 0 ? ((100 * answer.used) / answer.capacity).toFixed(1) : '0.0';
  const numbers = [
    `${size(answer.used)} of ${size(answer.capacity)} used (${share}% full)`,
    `${answer.objects.length} objects`,
    `${size(answer.spilled)} spilled to disk`,
  ].join(', ');
  if (view.statsOnly || answer.objects.length === 0) return `${title}\n${numbers}\n`;
  const rows = answer.objects
    .toSorted(view.sortBy === 'OWNER' ? byOwner : bySize)
    .slice(0, view.numEntries)
    .map((object) => ({
      object: object.objectId,
      size: size(object.size),
      state: object.state,
      copy: object.primary ? 'primary' : 'secondary',
      owner: view.describeWorker(object.ownerWorkerId),
    }));
  return `${title}\n${numbers}\n${formatTable(rows, ['object', 'size', 'state', 'copy', 'owner'])}`;
}

const bySize = (left: StoredObjectView, right: StoredObjectView): number => right.size - left.size;
const byOwner = (left: StoredObjectView, right: StoredObjectView): number =>
  left.ownerWorkerId.localeCompare(right.ownerWorkerId) || bySize(left, right);

function formatSize(bytes: number, unit: MemoryUnit): string {
  const scaled = bytes / 1024 ** memoryUnits.indexOf(unit);
  return `${unit === 'B' ? scaled : scaled.toFixed(1)} ${unit}`;
}
