import { expertsPerRank, type LayerPlacement } from './expert-placement.js';
import { type PackItem, packBalanced } from './pack-balanced.js';

export interface RebalanceOptions {
  /** Choices that went to each logical expert, by layer. */
  readonly load: readonly (readonly number[])[];
  /** Logical and redundant experts, at least as many as ranks. */
  readonly numPhysical: number;
  readonly numRanks: number;
  /** Hosts with equally many consecutive ranks. Default 1. */
  readonly numNodes?: number;
  /** Groups of consecutive experts that a token's choices are limited to. Default 1. */
  readonly numGroups?: number;
}

/** A copy always goes to the expert whose replicas have the most load each. Returns one item for each replica. */
function replicate(experts: readonly PackItem[], numPhysical: number): PackItem[] {
  const numReplicas = experts.map(() => 1);
  for (let count = experts.length; count < numPhysical; count++) {
    const shares = experts.map(({ weight }, index) => weight / numReplicas[index]!);
    numReplicas[shares.indexOf(Math.max(...shares))]! += 1;
  }
  return experts.flatMap(({ label, weight }, index) => {
    const count = numReplicas[index]!;
    return Array.from({ length: count }, () => ({ label, weight: weight / count }));
  });
}

const labelsOf = (packs: readonly (readonly PackItem[])[]): number[][] =>
  packs.map((items) => items.map(({ label }) => label));

function itemsOf(load: readonly number[]): PackItem[] {
  return load.map((weight, label) => ({ label, weight }));
}

function placeOverRanks(experts: readonly PackItem[], numPhysical: number, numRanks: number): LayerPlacement {
  return labelsOf(packBalanced(replicate(experts, numPhysical), expertsPerRank(numPhysical, numRanks)));
}

interface Nodes {
  readonly numNodes: number;
  readonly numGroups: number;
}

/** Whole groups go to nodes, and experts to the ranks of their group's node. */
function placeOverNodes(
  load: readonly number[],
  { numPhysical, numRanks }: RebalanceOptions,
  { numNodes, numGroups }: Nodes,
): LayerPlacement {
  const groupSize = load.length / numGroups;
  const expertsOf = (group: number): PackItem[] => itemsOf(load).slice(group * groupSize, (group + 1) * groupSize);
  const groups = Array.from({ length: numGroups }, (_, label) => ({
    label,
    weight: expertsOf(label).reduce((sum, { weight }) => sum + weight, 0),
  }));
  const capacities = new Array<number>(numNodes).fill(numGroups / numNodes);
  return packBalanced(groups, capacities).flatMap((ofNode) => {
    const experts = ofNode.flatMap(({ label }) => expertsOf(label));
    return placeOverRanks(experts, numPhysical / numNodes, numRanks / numNodes);
  });
}

const divides = (divisor: number, ...numbers: readonly number[]): boolean =>
  numbers.every((number) => number % divisor === 0);

/**
 * Places every layer's experts anew so that ranks have about the same load: the most loaded experts get the replicas, and
 * ranks are filled heaviest expert first. Where nodes divide the groups, a group's experts stay on one node, so that its
 * tokens do; otherwise over all ranks at once.
 * @source DeepSeek's expert parallelism load balancer (EPLB), its hierarchical and global policies.
 */
export function rebalanceExperts(options: RebalanceOptions): LayerPlacement[] {
  const { load, numPhysical, numRanks, numNodes = 1, numGroups = 1 } = options;
  return load.map((layer) => {
    const isByNode =
      numNodes > 1 && divides(numNodes, numGroups, numPhysical, numRanks) && divides(numGroups, layer.length);
    return isByNode
      ? placeOverNodes(layer, options, { numNodes, numGroups })
      : placeOverRanks(itemsOf(layer), numPhysical, numRanks);
  });
}
