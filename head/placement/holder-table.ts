import { formatResources, type NodeId, type Resources, shortId } from '../../src/core/index.js';
import { pickResources } from './find-shortage.js';
import type { NodeSnapshot } from './node-snapshot.js';

/** Somebody who holds resources of a node, as a message names them: "actor Trainer 1a2b3c4d". */
export interface ResourceHolder {
  readonly holder: string;
  /** Fixed point. */
  readonly resources: Resources;
}

export type HoldersByNode = ReadonlyMap<NodeId, readonly ResourceHolder[]>;

/**
 * A line per node with what is wanted, what the node has, what is available, and who holds the rest; the first line names
 * the columns. Empty without nodes.
 *
 * @param wanted fixed point; only what is named here is shown.
 * @param holders nodes without an entry are held by nobody.
 */
export function formatHolderTable(
  wanted: Resources,
  nodes: readonly NodeSnapshot[],
  holders: HoldersByNode,
  names: Resources = wanted,
): string[] {
  if (nodes.length === 0) return [];
  const rows = nodes.map((node) => [
    `${node.address} (${shortId(node.nodeId)})`,
    formatResources(wanted),
    formatResources(pickResources(names, node.total)),
    formatResources(pickResources(names, node.available)),
    describeHolders(holders.get(node.nodeId) ?? [], names),
  ]);
  return alignColumns([['node', 'wanted', 'has', 'available', 'held by'], ...rows]);
}

/** Those who hold something of what is wanted; others are no reason. */
function describeHolders(holders: readonly ResourceHolder[], names: Resources): string {
  const relevant = holders.filter(({ resources }) => Object.keys(resources).some((name) => name in names));
  return relevant.map(({ holder, resources }) => `${holder} ${formatResources(resources)}`).join(', ') || '-';
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
