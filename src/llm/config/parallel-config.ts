import type { EplbConfig } from './parallel/eplb-config.js';
import type { All2allBackend, ParallelArgs } from './parallel/parallel-args.js';
import type { DataParallelConfig } from './parallel/resolve-data-parallel.js';
import type { LayerRange } from './stage-config.js';

/** @internal Arguments that are what they were given as, or their default. */
export const PLAIN_NAMES = [
  'tensorParallelSize',
  'pipelineParallelSize',
  'prefillContextParallelSize',
  'decodeContextParallelSize',
  'cpKvCacheInterleaveSize',
  'dataParallelBackend',
  'dataParallelRpcPort',
  'maxRestarts',
  'enableExpertParallel',
  'expertPlacementStrategy',
  'enableEplb',
  'enableDbo',
  'dboDecodeTokenThreshold',
  'dboPrefillTokenThreshold',
  'disableCustomAllReduce',
  'nnodes',
  'nodeRank',
  'masterAddr',
  'masterPort',
  'workerCls',
  'workerExtensionCls',
  'rayWorkersUseNsight',
] as const satisfies readonly (keyof ParallelArgs)[];

/** @internal Arguments without a default. */
export const OPTIONAL_NAMES = [
  'maxParallelLoadingWorkers',
  'rayRuntimeEnv',
  'placementGroup',
  'distributedExecutorBackend',
] as const satisfies readonly (keyof ParallelArgs)[];

type PlainName = (typeof PLAIN_NAMES)[number];
type OptionalName = (typeof OPTIONAL_NAMES)[number];
/** @internal */
export type PickedArgs = Readonly<
  Pick<ParallelArgs, OptionalName> & { [Name in PlainName]-?: Exclude<ParallelArgs[Name], undefined> }
>;

/** How the ranks of an engine share the work and where they run: vLLM's ParallelConfig, after all derivations. */
export interface ParallelConfig extends DataParallelConfig, PickedArgs {
  /** tensorParallelSize × pipelineParallelSize × prefillContextParallelSize: ranks of one copy of the engine. */
  readonly worldSize: number;
  /** This process's, where a launcher started one for each rank; else 0. */
  readonly rank: number;
  /** The decoder layers of every stage, in order, covering all layers once. */
  readonly stageLayers: readonly LayerRange[];
  readonly all2allBackend: All2allBackend;
  readonly eplbConfig: EplbConfig;
}

/** A rank's place: tensor ranks are adjacent (vLLM's layout, tensor parallel fastest). */
export interface RankPlace {
  readonly stage: number;
  readonly tensorRank: number;
}

export function placeOfRank(rank: number, tensorParallelSize: number): RankPlace {
  return { stage: Math.floor(rank / tensorParallelSize), tensorRank: rank % tensorParallelSize };
}

export function rankOfPlace(place: RankPlace, tensorParallelSize: number): number {
  return place.stage * tensorParallelSize + place.tensorRank;
}

/** The one rank that answers: the last stage's first, since all tensor ranks of it sample the same tokens. */
export function outputRank(parallel: Pick<ParallelConfig, 'worldSize' | 'tensorParallelSize'>): number {
  return parallel.worldSize - parallel.tensorParallelSize;
}
