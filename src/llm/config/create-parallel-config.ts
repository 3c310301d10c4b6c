import type { ResolvedEngineArgs } from './engine-args.js';
import type { ModelConfig } from './model-config.js';
import { checkExecutorBackend } from './parallel/check-executor-backend.js';
import { checkExpertParallel } from './parallel/check-expert-parallel.js';
import { checkModelFit } from './parallel/check-model-fit.js';
import { chooseExecutorBackend, type MachineFacts } from './parallel/choose-executor-backend.js';
import { eplbConfigSchema } from './parallel/eplb-config.js';
import type { ExecutorBackend } from './parallel/executor-backend.js';
import {
  type Environment,
  type LauncherEnvironment,
  readLauncherEnvironment,
  readParallelEnvironment,
} from './parallel/parallel-environment.js';
import { resolveDataParallel } from './parallel/resolve-data-parallel.js';
import { readLayerPartition, splitLayers } from './parallel/split-layers.js';
import { refuseUnsupportedOptions } from './parallel/unsupported-options.js';
import { OPTIONAL_NAMES, type ParallelConfig, type PickedArgs, PLAIN_NAMES } from './parallel-config.js';

/** What the arguments and the model don't say. */
export interface ParallelContext {
  /** Variables of the process. Default none. */
  readonly environment?: Environment | undefined;
  /** Default: no cluster, and GPUs that nobody has counted. */
  readonly machine?: MachineFacts | undefined;
}

export interface DerivedParallel {
  readonly parallel: ParallelConfig;
  readonly executorBackend: ExecutorBackend;
  /** What was decided against the words of the arguments, a line each. */
  readonly warnings: readonly string[];
}

function pickArgs(args: ResolvedEngineArgs): PickedArgs {
  const names = [...PLAIN_NAMES, ...OPTIONAL_NAMES.filter((name) => args[name] !== undefined)];
  return Object.fromEntries(names.map((name) => [name, args[name]])) as unknown as PickedArgs;
}

const launcherFields = ({ rank, masterAddr, masterPort }: LauncherEnvironment) => ({ rank, masterAddr, masterPort });

/**
 * Derives all of the parallel configuration: world size, then where the ranks run, then the copies of the engine.
 * @throws {InvalidArgumentError} for arguments that contradict each other, or that the model can't be cut by.
 */
export function createParallelConfig(
  model: ModelConfig,
  args: ResolvedEngineArgs,
  context: ParallelContext = {},
): DerivedParallel {
  const { environment = {}, machine = { isConnected: false } } = context;
  const warnings: string[] = [];
  const known = readParallelEnvironment(environment);
  const worldSize = args.tensorParallelSize * args.pipelineParallelSize * args.prefillContextParallelSize;
  const executorBackend = chooseExecutorBackend(args, worldSize, machine);
  checkExecutorBackend(args, executorBackend);
  const launcher = executorBackend === 'external_launcher' ? readLauncherEnvironment(environment) : undefined;
  const sizes = { worldSize, environment: known, launcher };
  const dataParallel = resolveDataParallel(args, sizes, (line) => warnings.push(line));
  checkModelFit(model, args);
  const parallel: ParallelConfig = {
    ...pickArgs(args),
    ...dataParallel,
    worldSize,
    rank: 0,
    ...(launcher && launcherFields(launcher)),
    stageLayers: splitLayers(model.numHiddenLayers, args.pipelineParallelSize, readLayerPartition(environment)),
    all2allBackend: args.all2allBackend ?? known.all2allBackend ?? 'allgather_reducescatter',
    eplbConfig: eplbConfigSchema.parse(args.eplbConfig ?? {}),
  };
  checkExpertParallel(model, parallel);
  refuseUnsupportedOptions({
    parallel,
    executorBackend,
    headless: args.headless,
  });
  return { parallel, executorBackend, warnings };
}
