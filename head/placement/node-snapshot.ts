import { type GpuShare, type NodeId, type ResourcePool, type Resources, UNITS_PER_GPU } from '../../src/core/index.js';
import type { Labels } from './label-selector.js';

/** A node as placement sees it at one moment. Callers pass only nodes that may take work: alive and not draining. */
export interface NodeSnapshot {
  readonly nodeId: NodeId;
  /** host:port of the node's agent, for people. */
  readonly address: string;
  /** Fixed point: everything the node has. */
  readonly total: Resources;
  /** Fixed point: what nobody holds. */
  readonly available: Resources;
  /** What is free of each GPU; left out: as much as `available` says, on as few GPUs as can be. */
  readonly gpus?: readonly GpuShare[];
  readonly labels?: Labels;
  /** Who holds something of the node or runs there for nothing: bundles, actors, workers. Default 0. */
  readonly numHolders?: number;
}

/** What the node can give out now. */
export function availablePool({ available, gpus }: NodeSnapshot): ResourcePool {
  const { GPU: units = 0, ...amounts } = available;
  return { amounts, gpus: gpus ?? shareOut(units) };
}

/** What the node could give out, were it empty. */
export function totalPool({ total }: Pick<NodeSnapshot, 'total'>): ResourcePool {
  const { GPU: units = 0, ...amounts } = total;
  return { amounts, gpus: shareOut(units) };
}

/** Whole GPUs and a rest, named by their position. */
function shareOut(units: number): GpuShare[] {
  const numGpus = Math.ceil(units / UNITS_PER_GPU);
  return Array.from({ length: numGpus }, (_, index) => ({
    gpuId: String(index),
    units: Math.min(UNITS_PER_GPU, units - index * UNITS_PER_GPU),
  }));
}
