import type { ParallelConfig } from '../parallel-config.js';

/** Ranks of all copies of the engine. */
export const worldSizeAcrossDp = ({
  worldSize,
  dataParallelSize,
}: Pick<ParallelConfig, 'worldSize' | 'dataParallelSize'>): number => worldSize * dataParallelSize;

type NodeSizes = Pick<ParallelConfig, 'nnodes' | 'worldSize' | 'dataParallelSize'>;

/** Nodes that one copy of the engine spans; at least 1. */
export function nnodesWithinDp({ nnodes, dataParallelSize }: Pick<NodeSizes, 'nnodes' | 'dataParallelSize'>): number {
  return Math.max(1, Math.floor(nnodes / dataParallelSize));
}

/** Number of this node among those of its copy. */
export const nodeRankWithinDp = (parallel: NodeSizes & Pick<ParallelConfig, 'nodeRank'>): number =>
  parallel.nodeRank % nnodesWithinDp(parallel);

/** Ranks of one copy on each of its nodes. */
export const localWorldSize = (parallel: NodeSizes): number => parallel.worldSize / nnodesWithinDp(parallel);
