import { z } from 'zod';
import { choiceField, defaultedChoice, defaultedFlag, defaultedInteger, integerField } from '../option-fields.js';
import { type EplbConfig, eplbConfigSchema } from './eplb-config.js';
import { type ExecutorBackend, isExecutorBackend, isModuleClassPath } from './executor-backend.js';

const MAX_SIZE = 1024;
const MAX_PORT = 65_535;
const MAX_RESTARTS = 1_000_000;
const MAX_TOKENS = 1 << 24;

/**
 * Ways that tokens go to the ranks of their experts and back: vLLM's names. `allgather_reducescatter` gives every rank all
 * tokens; the others send each rank the tokens of its experts.
 */
export const ALL2ALL_BACKENDS = [
  'allgather_reducescatter',
  'naive',
  'pplx',
  'deepep_high_throughput',
  'deepep_low_latency',
  'flashinfer_all2allv',
] as const;

export type All2allBackend = (typeof ALL2ALL_BACKENDS)[number];

/** What the engine needs to know of a placement group that the program made: a `PlacementGroup` is one. */
export interface DriverPlacementGroup {
  readonly id: string;
  readonly bundleSpecs: readonly Readonly<Record<string, number>>[];
}

const isPlacementGroup = (value: unknown): value is DriverPlacementGroup =>
  typeof value === 'object' && value !== null && 'bundleSpecs' in value && Array.isArray(value.bundleSpecs);

const address = z.string().min(1).describe('a host name or an IP address');

/** vLLM's ParallelConfig as arguments; what is not given is decided by the environment or the others. */
export const parallelArgsShape = {
  tensorParallelSize: defaultedInteger(1, MAX_SIZE, 1),
  pipelineParallelSize: defaultedInteger(1, MAX_SIZE, 1),
  distributedExecutorBackend: z
    .custom<ExecutorBackend>(isExecutorBackend)
    .optional()
    .describe(
      "one of 'ray', 'mp', 'uni', 'external_launcher', a class with a method launch, or the path of a module and a class in it, as path/to/file.ts:ClassName",
    ),
  dataParallelSize: integerField(1, MAX_SIZE),
  dataParallelSizeLocal: integerField(0, MAX_SIZE),
  dataParallelRank: integerField(0, MAX_SIZE - 1),
  dataParallelStartRank: integerField(0, MAX_SIZE - 1),
  dataParallelAddress: address.optional().describe(address.description!),
  dataParallelRpcPort: defaultedInteger(1, MAX_PORT, 29_550),
  maxRestarts: defaultedInteger(0, MAX_RESTARTS, 0),
  dataParallelBackend: defaultedChoice(['mp', 'ray'], 'mp'),
  dataParallelExternalLb: defaultedFlag(false),
  dataParallelHybridLb: defaultedFlag(false),
  enableExpertParallel: defaultedFlag(false),
  expertPlacementStrategy: defaultedChoice(['linear', 'round_robin'], 'linear'),
  all2allBackend: choiceField(ALL2ALL_BACKENDS),
  enableEplb: defaultedFlag(false),
  eplbConfig: eplbConfigSchema.optional().describe("an object of EPLB's options"),
  enableDbo: defaultedFlag(false),
  dboDecodeTokenThreshold: defaultedInteger(0, MAX_TOKENS, 32),
  dboPrefillTokenThreshold: defaultedInteger(0, MAX_TOKENS, 512),
  decodeContextParallelSize: defaultedInteger(1, MAX_SIZE, 1),
  prefillContextParallelSize: defaultedInteger(1, MAX_SIZE, 1),
  cpKvCacheInterleaveSize: defaultedInteger(1, MAX_TOKENS, 1),
  disableCustomAllReduce: defaultedFlag(false),
  maxParallelLoadingWorkers: integerField(1, MAX_SIZE),
  nnodes: defaultedInteger(1, MAX_SIZE, 1),
  nodeRank: defaultedInteger(0, MAX_SIZE - 1, 0),
  masterAddr: address.default('127.0.0.1').describe(address.description!),
  masterPort: defaultedInteger(1, MAX_PORT, 29_501),
  headless: defaultedFlag(false),
  workerCls: z
    .custom<string>((value) => value === 'auto' || isModuleClassPath(value))
    .default('auto')
    .describe("'auto' or the path of a module and a class in it, as path/to/file.ts:ClassName"),
  workerExtensionCls: z
    .custom<string>((value) => value === '' || isModuleClassPath(value))
    .default('')
    .describe('the path of a module and a class in it, as path/to/file.ts:ClassName'),
  rayWorkersUseNsight: defaultedFlag(false),
  rayRuntimeEnv: z.record(z.string(), z.unknown()).optional().describe('an object, as runtimeEnv of ray.init'),
  placementGroup: z.custom<DriverPlacementGroup>(isPlacementGroup).optional().describe('a placement group'),
} as const;

/** How the ranks of an engine share the work, and where they run; the names are vLLM's in camelCase. */
export interface ParallelArgs {
  /** Ranks that share every layer. Default 1. */
  readonly tensorParallelSize?: number | undefined;
  /** Stages that the layers are split over. Default 1. */
  readonly pipelineParallelSize?: number | undefined;
  /**
   * What places the ranks: `ray`, as actors of the cluster; `mp`, as processes of this machine; `uni`, in this process;
   * `external_launcher`, who started this process as one of several; or a class of one's own, or the path of its module,
   * `path/to/file.ts:ClassName`. Default `uni` for one rank; for more it depends on where the program runs.
   */
  readonly distributedExecutorBackend?: ExecutorBackend | undefined;
  /** Copies of the engine that share the requests. Default VLLM_DP_SIZE, else 1. */
  readonly dataParallelSize?: number | undefined;
  /** Copies on this node; 0 for a front end alone. Default: all that the other arguments don't put elsewhere. */
  readonly dataParallelSizeLocal?: number | undefined;
  /** This process's copy, with a load balancer outside (external). Default VLLM_DP_RANK, where VLLM_DP_SIZE is set. */
  readonly dataParallelRank?: number | undefined;
  /** The first copy on this node; without `headless` this node balances its own (hybrid), 0 included. */
  readonly dataParallelStartRank?: number | undefined;
  /** Where the first copy is reached. Default VLLM_DP_MASTER_IP, else `masterAddr`; with the `ray` backend this node. */
  readonly dataParallelAddress?: string | undefined;
  /** Where copies of other nodes report at `dataParallelAddress`. Default 29550. */
  readonly dataParallelRpcPort?: number | undefined;
  /** What starts the copies: processes of each node, or actors of the cluster. Default `mp`. */
  readonly dataParallelBackend?: 'mp' | 'ray' | undefined;
  /**
   * How often each copy on this node is launched again after its death, while the others serve. Default 0: with one copy the
   * whole engine fails.
   */
  readonly maxRestarts?: number | undefined;
  /** Every copy has its own front end; whoever sends the requests balances them. Default: whether `dataParallelRank` is given. */
  readonly dataParallelExternalLb?: boolean | undefined;
  /** Every node has a front end for its copies; whoever sends the requests balances the nodes. Default: see `dataParallelStartRank`. */
  readonly dataParallelHybridLb?: boolean | undefined;
  /** Layers of experts are split by experts, over all tensor- and data-parallel ranks. Default false. */
  readonly enableExpertParallel?: boolean | undefined;
  /** Which experts a rank holds: a run of them, or every n-th. Default `linear`. */
  readonly expertPlacementStrategy?: 'linear' | 'round_robin' | undefined;
  /** How tokens get to the ranks of their experts. Default VLLM_ALL2ALL_BACKEND, else `allgather_reducescatter`. */
  readonly all2allBackend?: All2allBackend | undefined;
  /** Move and copy experts so that ranks have equal work. Default false. */
  readonly enableEplb?: boolean | undefined;
  /** When and how far experts are moved. */
  readonly eplbConfig?: { readonly [Name in keyof EplbConfig]?: EplbConfig[Name] | undefined } | undefined;
  /** Split large batches in two, of which one computes while the other communicates. Default false. */
  readonly enableDbo?: boolean | undefined;
  /** Tokens from which a batch that only decodes is split. Default 32. */
  readonly dboDecodeTokenThreshold?: number | undefined;
  /** Tokens from which any other batch is split. Default 512. */
  readonly dboPrefillTokenThreshold?: number | undefined;
  /** Ranks that share the KV cache of a sequence while it decodes. Default 1. */
  readonly decodeContextParallelSize?: number | undefined;
  /** Ranks that share a prompt. Default 1. */
  readonly prefillContextParallelSize?: number | undefined;
  /** Neighbouring tokens that the same context-parallel rank keeps. Default 1. */
  readonly cpKvCacheInterleaveSize?: number | undefined;
  /** Add up partial sums through messages instead of shared memory, also on one host. Default false. */
  readonly disableCustomAllReduce?: boolean | undefined;
  /** Ranks of a host that load the model at once. Default: all. */
  readonly maxParallelLoadingWorkers?: number | undefined;
  /** Hosts that the same command is started on, without a cluster. Default 1. */
  readonly nnodes?: number | undefined;
  /** This host's number of them. Default 0, which is the host of `masterAddr`. */
  readonly nodeRank?: number | undefined;
  /** Where host 0 is reached. Default 127.0.0.1. */
  readonly masterAddr?: string | undefined;
  /** Port of host 0 where the others report. Default 29501. */
  readonly masterPort?: number | undefined;
  /** This host has ranks or copies only, and takes no requests. Default false. */
  readonly headless?: boolean | undefined;
  /** Class of the ranks, `path/to/file.ts:ClassName`. Default `auto`, the engine's own. */
  readonly workerCls?: string | undefined;
  /** Class whose methods the ranks get besides their own, for `collectiveRpc`. Default none. */
  readonly workerExtensionCls?: string | undefined;
  /** Start the ranks under NVIDIA's profiler nsys; needs the backend `ray`. Default false. */
  readonly rayWorkersUseNsight?: boolean | undefined;
  /** Runtime environment of the ranks, with the backend `ray`. Default: that of the program. */
  readonly rayRuntimeEnv?: Readonly<Record<string, unknown>> | undefined;
  /** Placement group for the ranks, with the backend `ray`. Default: the one that the program runs in, else a new one. */
  readonly placementGroup?: DriverPlacementGroup | undefined;
}

const schema = z.strictObject(parallelArgsShape);

/** Arguments after validation: those with a default are filled in. */
export type ResolvedParallelArgs = z.output<typeof schema>;
