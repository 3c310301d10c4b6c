import type { Resources } from '../../src/core/index.js';
import { findShortage } from './find-shortage.js';
import { formatHolderTable, type HoldersByNode } from './holder-table.js';
import { availablePool, type NodeSnapshot, totalPool } from './node-snapshot.js';
import { type BundleSet, candidateNodes, capacityOf, planBundles } from './plan-bundles.js';
import { addBundles } from './sort-bundles.js';

/**
 * The text that tells a user why a placement group has no place: a sentence with the strategy and the reason, then a
 * line per node with what is wanted, what the node has, what is available, and who holds the rest.
 *
 * @param set the bundles that need a place.
 * @param holders by node; nodes without an entry are held by nobody.
 */
export function explainPlacement(set: BundleSet, nodes: readonly NodeSnapshot[], holders: HoldersByNode): string {
  const candidates = candidateNodes(set, nodes);
  const { sentence, wanted } = summarize(set, candidates);
  const table = formatHolderTable(wanted, candidates, holders, addBundles(set.bundles).resources);
  const excluded = set.excludedNodeIds.filter((nodeId) => nodes.some((node) => node.nodeId === nodeId));
  const note =
    excluded.length === 0 ? [] : [`Left out are the nodes of the group's other bundles: ${excluded.join(', ')}.`];
  return [sentence, ...table, ...note].join('\n');
}

function summarize(
  set: BundleSet,
  nodes: readonly NodeSnapshot[],
): { readonly sentence: string; readonly wanted: Resources } {
  const { strategy } = set;
  const { kind } = planBundles(set, nodes);
  if (kind === 'placed') {
    const wanted = addBundles(set.bundles).resources;
    return { sentence: `The ${strategy} placement group fits the cluster now.`, wanted };
  }
  if (kind === 'infeasible') {
    const totals = nodes.map((node) => capacityOf(node, totalPool(node)));
    const { reason, wanted } = findShortage(set, totals, 'total');
    return { sentence: `The ${strategy} placement group can never fit this cluster: ${reason}.`, wanted };
  }
  const rests = nodes.map((node) => capacityOf(node, availablePool(node)));
  const { reason, wanted } = findShortage(set, rests, 'available');
  return { sentence: `The ${strategy} placement group waits for resources that others hold: ${reason}.`, wanted };
}
