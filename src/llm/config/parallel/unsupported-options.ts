import { InvalidArgumentError } from '../../../core/index.js';
import type { ParallelConfig } from '../parallel-config.js';
import { backendName, type ExecutorBackend } from './executor-backend.js';

/** What the engine is asked for. */
interface Asked {
  readonly parallel: ParallelConfig;
  readonly executorBackend: ExecutorBackend;
  readonly headless: boolean;
}

interface UnsupportedOption {
  /** As the user wrote it. */
  readonly option: string;
  readonly isAsked: (asked: Asked) => boolean;
  /** A sentence: what is there instead, if anything. */
  readonly instead: string;
}

/** Neither one copy for each process of the user's nor a front end on every node: one front end for all copies. */
function isSpreadOverNodes(parallel: ParallelConfig): boolean {
  const { dataParallelSize, dataParallelSizeLocal, dataParallelRankLocal } = parallel;
  if (dataParallelRankLocal !== undefined || parallel.dataParallelExternalLb) return false;
  return dataParallelSizeLocal === 0 || (dataParallelSizeLocal < dataParallelSize && !parallel.dataParallelHybridLb);
}

const SUPPORTED_BACKENDS: readonly ExecutorBackend[] = ['ray', 'mp', 'uni'];

/** Options that are known and checked, and that the engine can't do yet: rather refused than not heeded. */
const UNSUPPORTED_OPTIONS: readonly UnsupportedOption[] = [
  {
    option: 'decodeContextParallelSize > 1',
    isAsked: ({ parallel }) => parallel.decodeContextParallelSize > 1,
    instead: 'Key/value heads are repeated where there are more tensor-parallel ranks than heads.',
  },
  {
    option: 'prefillContextParallelSize > 1',
    isAsked: ({ parallel }) => parallel.prefillContextParallelSize > 1,
    instead: 'Long prompts are computed in chunks of maxNumBatchedTokens.',
  },
  {
    option: 'cpKvCacheInterleaveSize > 1',
    isAsked: ({ parallel }) => parallel.cpKvCacheInterleaveSize > 1,
    instead: 'It belongs to context parallelism, which there is none of.',
  },
  {
    option: 'maxParallelLoadingWorkers',
    isAsked: ({ parallel }) => parallel.maxParallelLoadingWorkers !== undefined,
    instead: 'All ranks load at once; weights are read through the page cache, not copied.',
  },
  {
    option: 'this distributedExecutorBackend',
    isAsked: ({ executorBackend }) => !SUPPORTED_BACKENDS.includes(executorBackend),
    instead: "Choose 'ray', 'mp' or 'uni'.",
  },
  {
    option: 'copies of the engine on other nodes (dataParallelSizeLocal less than dataParallelSize)',
    isAsked: ({ parallel, executorBackend }) => executorBackend !== 'external_launcher' && isSpreadOverNodes(parallel),
    instead: 'Start an engine on every node, with dataParallelHybridLb and dataParallelStartRank.',
  },
  {
    option: "dataParallelBackend 'ray'",
    isAsked: ({ parallel }) => parallel.dataParallelSize > 1 && parallel.dataParallelBackend === 'ray',
    instead: "With 'mp' the copies are processes of this node.",
  },
  {
    option: 'enableExpertParallel with dataParallelSize > 1',
    isAsked: ({ parallel }) => parallel.dataParallelSize > 1 && parallel.enableExpertParallel,
    instead: 'Every copy has all experts; tensorParallelSize splits them.',
  },
  {
    option: "disableCustomAllReduce with distributedExecutorBackend 'mp'",
    isAsked: ({ parallel, executorBackend }) => parallel.disableCustomAllReduce && executorBackend === 'mp',
    instead: "Choose 'ray'.",
  },
  {
    option: 'nnodes > 1',
    isAsked: ({ parallel }) => parallel.nnodes > 1,
    instead: "Start a cluster over the hosts and choose distributedExecutorBackend 'ray'.",
  },
  { option: 'headless', isAsked: ({ headless }) => headless, instead: 'Leave it out.' },
  {
    option: 'an all2allBackend other than allgather_reducescatter',
    isAsked: ({ parallel }) => parallel.all2allBackend !== 'allgather_reducescatter',
    instead: 'It belongs to expert parallelism.',
  },
  {
    option: 'eplbConfig.logBalancedness',
    isAsked: ({ parallel }) => parallel.eplbConfig.logBalancedness,
    instead: 'The load of experts is counted, not logged.',
  },
  {
    option: 'eplbConfig.useAsync',
    isAsked: ({ parallel }) => parallel.eplbConfig.useAsync,
    instead: 'Experts move between two steps.',
  },
  { option: 'enableDbo', isAsked: ({ parallel }) => parallel.enableDbo, instead: 'Leave it out.' },
  {
    option: 'workerCls',
    isAsked: ({ parallel }) => parallel.workerCls !== 'auto',
    instead: "The ranks' class is the engine's own.",
  },
  {
    option: 'rayWorkersUseNsight',
    isAsked: ({ parallel }) => parallel.rayWorkersUseNsight,
    instead: 'Leave it out.',
  },
  {
    option: 'rayRuntimeEnv',
    isAsked: ({ parallel }) => parallel.rayRuntimeEnv !== undefined,
    instead: 'Give runtimeEnv to ray.init: the ranks have the one of the program.',
  },
];

/** @throws {InvalidArgumentError} naming the first option that the engine can't heed. */
export function refuseUnsupportedOptions(asked: Asked): void {
  const found = UNSUPPORTED_OPTIONS.find(({ isAsked }) => isAsked(asked));
  if (found === undefined) return;
  const backend = `distributedExecutorBackend '${backendName(asked.executorBackend)}'`;
  const option = found.option.replace('this distributedExecutorBackend', backend);
  throw new InvalidArgumentError(`The engine does not support ${option} yet. ${found.instead}`);
}
