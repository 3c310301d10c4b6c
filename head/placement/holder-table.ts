import { formatResources, type NodeId, type Resources, shortId, UNITS_PER_GPU } from '../../src/core/index.js';
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
    formatAvailable(names, node),
    describeHolders(holders.get(node.nodeId) ?? [], names),
  ]);
  return alignColumns([['node', 'wanted', 'has', 'available', 'held by'], ...rows]);
}

/** GPUs that are partly free one by one: a request does not fit several of them together. */
function formatAvailable(names: Resources, { available, gpus = [] }: NodeSnapshot): string {
  const text = formatResources(pickResources(names, available));
  const parts = gpus.filter(({ units }) => units > 0 && units < UNITS_PER_GPU);
  if (!('GPU' in names) || parts.length === 0) return text;
  const free = gpus.filter(({ units }) => units > 0).map(({ units }) => units / UNITS_PER_GPU);
  return `${text}, by GPU ${free.join(' + ')}`;
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
