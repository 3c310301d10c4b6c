import { InvalidArgumentError } from '../../../core/index.js';
import type { ResolvedParallelArgs } from './parallel-args.js';
import type { LauncherEnvironment, ParallelEnvironment } from './parallel-environment.js';
import { resolveLoadBalancing } from './resolve-load-balancing.js';

/** Copies of the engine, and which of them are whose. */
export interface DataParallelConfig {
  /** Copies of the engine, each with a world of ranks of its own. */
  readonly dataParallelSize: number;
  /** Copies that this node runs; 0 where it only takes requests. */
  readonly dataParallelSizeLocal: number;
  /** The copy that this process is, or the first one of this node. */
  readonly dataParallelRank: number;
  /** Among the copies of this node; undefined where no copy is one process of the user's. */
  readonly dataParallelRankLocal: number | undefined;
  /** Where copy 0 is reached. */
  readonly dataParallelMasterIp: string;
  /** Where the copies meet for their collectives. */
  readonly dataParallelMasterPort: number;
  readonly dataParallelExternalLb: boolean;
  readonly dataParallelHybridLb: boolean;
}

/** Where the copies are decided from, beside the arguments. */
export interface DataParallelContext {
  /** Ranks of one copy. */
  readonly worldSize: number;
  readonly environment: ParallelEnvironment;
  /** Given with the backend `external_launcher` only. */
  readonly launcher: LauncherEnvironment | undefined;
}

const DEFAULT_MASTER_PORT = 29_500;

function requireRank(rank: number, size: number, name: string): void {
  if (rank < size) return;
  throw new InvalidArgumentError(`${name} (${rank}) must be in the range [0, ${size}).`);
}

function masterIp(args: ResolvedParallelArgs, { dataParallelMasterIp, hostIp }: ParallelEnvironment): string {
  const ownIp = args.dataParallelBackend === 'ray' ? hostIp : undefined;
  return args.dataParallelAddress ?? dataParallelMasterIp ?? ownIp ?? args.masterAddr;
}

/** Every process is a copy of its own, started by the user with VLLM_DP_*: vLLM's offline data parallelism. */
function resolveFromEnvironment(args: ResolvedParallelArgs, { environment }: DataParallelContext): DataParallelConfig {
  const size = environment.dataParallelSize!;
  const rank = args.dataParallelRank ?? environment.dataParallelRank ?? 0;
  requireRank(rank, size, args.dataParallelRank === undefined ? 'VLLM_DP_RANK' : 'dataParallelRank');
  return {
    dataParallelSize: size,
    dataParallelSizeLocal: 1,
    dataParallelRank: rank,
    dataParallelRankLocal: environment.dataParallelRankLocal ?? rank,
    dataParallelMasterIp: masterIp(args, environment),
    dataParallelMasterPort: environment.dataParallelMasterPort ?? DEFAULT_MASTER_PORT,
    dataParallelExternalLb: false,
    dataParallelHybridLb: false,
  };
}

/** The launcher's ranks are dealt out copy by copy. */
function resolveFromLauncher(args: ResolvedParallelArgs, context: DataParallelContext): DataParallelConfig {
  const { worldSize, environment } = context;
  const launcher = context.launcher!;
  const size = args.dataParallelSize ?? environment.dataParallelSize ?? 1;
  if (launcher.worldSize !== worldSize * size) {
    throw new InvalidArgumentError(
      `WORLD_SIZE=${launcher.worldSize} processes were launched, but tensorParallelSize × pipelineParallelSize × dataParallelSize is ${worldSize * size}.`,
    );
  }
  return {
    dataParallelSize: size,
    dataParallelSizeLocal: 1,
    dataParallelRank: Math.floor(launcher.rank / worldSize),
    dataParallelRankLocal: undefined,
    dataParallelMasterIp: launcher.masterAddr,
    dataParallelMasterPort: environment.dataParallelMasterPort ?? DEFAULT_MASTER_PORT,
    dataParallelExternalLb: false,
    dataParallelHybridLb: false,
  };
}

/**
 * Copies of the engine, as vLLM derives them: from the arguments, from who launched the process, or, where no argument
 * says how many there are, from VLLM_DP_*.
 * @param warn is called with what was decided against the words of the arguments.
 * @throws {InvalidArgumentError} for places that no node has.
 */
export function resolveDataParallel(
  args: ResolvedParallelArgs,
  context: DataParallelContext,
  warn: (line: string) => void,
): DataParallelConfig {
  const { environment, launcher, worldSize } = context;
  if (launcher !== undefined) return resolveFromLauncher(args, context);
  if (args.dataParallelSize === undefined && (environment.dataParallelSize ?? 1) > 1) {
    return resolveFromEnvironment(args, context);
  }
  const size = args.dataParallelSize ?? 1;
  const balancing = resolveLoadBalancing(args, { size, worldSize, environment }, warn);
  requireRank(balancing.rank, size, 'dataParallelRank');
  return {
    dataParallelSize: size,
    dataParallelSizeLocal: balancing.sizeLocal,
    dataParallelRank: balancing.rank,
    dataParallelRankLocal: undefined,
    dataParallelMasterIp: masterIp(args, environment),
    dataParallelMasterPort: environment.dataParallelMasterPort ?? DEFAULT_MASTER_PORT,
    dataParallelExternalLb: balancing.mode === 'external',
    dataParallelHybridLb: balancing.mode === 'hybrid',
  };
}
