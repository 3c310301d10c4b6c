import { addResources, formatResources, type NodeId, type Resources, shortId } from '../../src/core/index.js';
import { findShortage, pickResources } from './find-shortage.js';
import type { NodeSnapshot } from './node-snapshot.js';
import { type PlacementStrategy, planBundles } from './plan-bundles.js';

/** Somebody who holds resources of a node, as a message names them: "actor Trainer 1a2b3c4d". */
export interface ResourceHolder {
  readonly holder: string;
  /** Fixed point. */
  readonly resources: Resources;
}

/**
 * The text that tells a user why a placement group has no place: a sentence with the strategy and the reason, then a
 * line per node with what is wanted, what the node has, what is available, and who holds the rest.
 *
 * @param bundles in fixed point: those that need a place.
 * @param holders by node; nodes without an entry are held by nobody.
 */
export function explainPlacement(
  strategy: PlacementStrategy,
  bundles: readonly Resources[],
  nodes: readonly NodeSnapshot[],
  holders: ReadonlyMap<NodeId, readonly ResourceHolder[]>,
): string {
  const { sentence, wanted } = summarize(strategy, bundles, nodes);
  if (nodes.length === 0) return sentence;
  const names = bundles.reduce(addResources, {});
  const rows = nodes.map((node) => [
    `${node.address} (${shortId(node.nodeId)})`,
    formatResources(wanted),
    formatResources(pickResources(names, node.total)),
    formatResources(pickResources(names, node.available)),
    describeHolders(holders.get(node.nodeId) ?? [], names),
  ]);
  return [sentence, ...alignColumns([['node', 'wanted', 'has', 'available', 'held by'], ...rows])].join('\n');
}

function summarize(
  strategy: PlacementStrategy,
  bundles: readonly Resources[],
  nodes: readonly NodeSnapshot[],
): { readonly sentence: string; readonly wanted: Resources } {
  const { kind } = planBundles(strategy, bundles, nodes);
  if (kind === 'placed') {
    return {
      sentence: `The ${strategy} placement group fits the cluster now.`,
      wanted: bundles.reduce(addResources, {}),
    };
  }
  if (kind === 'infeasible') {
    const totals = nodes.map(({ nodeId, total }) => ({ nodeId, free: total }));
    const { reason, wanted } = findShortage(strategy, bundles, totals, 'total');
    return { sentence: `The ${strategy} placement group can never fit this cluster: ${reason}.`, wanted };
  }
  const rests = nodes.map(({ nodeId, available }) => ({ nodeId, free: available }));
  const { reason, wanted } = findShortage(strategy, bundles, rests, 'available');
  return { sentence: `The ${strategy} placement group waits for resources that others hold: ${reason}.`, wanted };
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
