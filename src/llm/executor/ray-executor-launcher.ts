import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  type ActorHandle,
  actorConnection,
  type DriverConnection,
  ensureConnection,
  get,
  type PlacementGroup,
  placementGroup,
  remoteByPath,
} from '../../api/index.js';
import { chooseSpinMicroseconds, connectRemoteRing, createRing, hostId, removeRing } from '../../channel/index.js';
import { InvalidArgumentError, type RayError, toError } from '../../core/index.js';
import { createStageConfig, type EngineConfig } from '../config/engine-config.js';
import { placeOfRank } from '../config/parallel-config.js';
import { createAbortFlag } from './abort-flag.js';
import { assignRanks, type PlacedBundle } from './assign-ranks.js';
import type { ExecutorLauncher, LaunchedExecutor, LaunchHooks } from './executor-launcher.js';
import { choosePinnedCores } from './pinned-cores.js';
import { type ChannelPlan, planChannels } from './plan-channels.js';
import { rankFailedError } from './rank-failed-error.js';
import { rootFailure } from './root-failure.js';
import { importWeights } from './stage-runner-module.js';
import type { LLMWorkerMethods, WorkerConfig, WorkerPlace } from './worker-config.js';

/** Reached by path alone: the driver never loads the model worker. */
const WORKER_MODULE = fileURLToPath(new URL('../../../worker/model/llm-worker.js', import.meta.url));
const PROGRESS_EVERY_MS = 100;
const PENDING_NOTICE_MS = 5_000;

type WorkerClass = new () => LLMWorkerMethods;
type WorkerHandle = ActorHandle<LLMWorkerMethods>;

/** One rank's actor, and where it turned out to be. */
interface PlacedWorker {
  readonly handle: WorkerHandle;
  readonly place: WorkerPlace;
  readonly nodeId: string;
  readonly hostname: string;
  readonly pid: number;
  readonly rpcAddress: string;
}

/**
 * Places every rank as an actor of the cluster: one bundle of a placement group each. The actor layer places, starts,
 * watches and ends the ranks; steps go over rings that it never sees.
 */
export class RayExecutorLauncher implements ExecutorLauncher {
  async launch(config: EngineConfig, hooks: LaunchHooks): Promise<LaunchedExecutor> {
    await requireReadableWeights(config);
    const driver = await ensureConnection();
    const group = await reserve(config);
    try {
      const workers = await startWorkers(config, group);
      const ranks = orderByRank(workers);
      requireGroupsOnOneHost(ranks, config.parallel.tensorParallelSize);
      const plan = planWorkerChannels(config, driver, ranks);
      await prepareAndLoad(config, plan, ranks, hooks);
      return new RayExecutor(config, driver, group, plan, ranks);
    } catch (error) {
      await group.remove().catch(() => undefined); // what went wrong first is what the caller should see
      throw error;
    }
  }
}

/**
 * Reads the headers of the weights before anything is asked of a cluster: a file that is missing or cut off is known now.
 * @throws {ModelLoadError}
 */
async function requireReadableWeights({ args, model }: EngineConfig): Promise<void> {
  if (args.loadFormat === 'dummy') return;
  const { SafetensorsWeightSource } = await importWeights();
  SafetensorsWeightSource.open(model.modelPath).close();
}

async function reserve(config: EngineConfig): Promise<PlacementGroup> {
  const { worldSize } = config.parallel;
  const bundles = Array.from({ length: worldSize }, () => ({ CPU: config.args.cpusPerWorker }));
  const group = await placementGroup(bundles, { strategy: 'PACK', name: `llm ${config.servedModelName}` });
  const notice = setInterval(() => {
    process.stderr.write(`Waiting for a placement group of ${worldSize} bundles. ${group.pendingReason}\n`);
  }, PENDING_NOTICE_MS);
  try {
    return await group.ready();
  } finally {
    clearInterval(notice);
  }
}

async function startWorkers(config: EngineConfig, group: PlacementGroup): Promise<PlacedWorker[]> {
  const Workers = remoteByPath<WorkerClass>(WORKER_MODULE, 'LLMWorker');
  const handles = group.bundleSpecs.map((_, bundleIndex) =>
    Workers.options({
      numCpus: config.args.cpusPerWorker,
      schedulingStrategy: { placementGroup: group, placementGroupBundleIndex: bundleIndex },
      maxConcurrency: 8,
      name: `llm-worker-${bundleIndex}`,
    }).remote(),
  );
  return Promise.all(
    handles.map(async (handle) => {
      const { nodeId, hostname, pid, rpcAddress } = await actorConnection(handle)!.alive;
      return { handle, nodeId, hostname, pid, rpcAddress, place: await get(handle.describe.remote()) };
    }),
  );
}

function orderByRank(workers: readonly PlacedWorker[]): PlacedWorker[] {
  const bundles: PlacedBundle[] = workers.map(({ nodeId, place }, bundleIndex) => ({
    bundleIndex,
    nodeId,
    hostId: place.hostId,
  }));
  return assignRanks(bundles, hostId()).map(({ bundleIndex }) => workers[bundleIndex]!);
}

function requireGroupsOnOneHost(ranks: readonly PlacedWorker[], tensorParallelSize: number): void {
  for (const [rank, worker] of ranks.entries()) {
    const first = ranks[rank - (rank % tensorParallelSize)]!;
    if (worker.place.hostId === first.place.hostId) continue;
    throw new InvalidArgumentError(
      `The tensor-parallel ranks of stage ${placeOfRank(rank, tensorParallelSize).stage} are on two hosts, ` +
        `${first.hostname} and ${worker.hostname}, and can't share memory. Choose a tensorParallelSize that each host's ` +
        'resources are a multiple of, and spread the model over hosts with pipelineParallelSize.',
    );
  }
}

function planWorkerChannels(
  config: EngineConfig,
  driver: DriverConnection,
  ranks: readonly PlacedWorker[],
): ChannelPlan {
  return planChannels({
    clusterId: driver.clusterId,
    config,
    driver: { jobId: driver.jobId, hostId: hostId() },
    ranks: ranks.map(({ handle, place, rpcAddress }) => ({
      actorId: handle.actorId,
      hostId: place.hostId,
      rpcAddress,
    })),
  });
}

function workerConfigs(config: EngineConfig, plan: ChannelPlan, ranks: readonly PlacedWorker[]): WorkerConfig[] {
  return ranks.map(({ place }, rank) => {
    const { stage, tensorRank } = placeOfRank(rank, config.parallel.tensorParallelSize);
    const ranksOnHost = [...ranks.keys()].filter((other) => ranks[other]!.place.hostId === place.hostId);
    const spinMicroseconds = chooseSpinMicroseconds(ranksOnHost.length, place.numCores);
    const allowSpinning = spinMicroseconds > 0;
    const stageConfig = createStageConfig(config, { stage, localTensorRanks: [tensorRank], allowSpinning });
    return {
      rank,
      stage: stageConfig,
      randomWeightsSeed: config.args.loadFormat === 'dummy' ? config.args.seed : undefined,
      channels: plan.workers[rank]!,
      spinMicroseconds,
      pinnedCores: choosePinnedCores({
        index: ranksOnHost.indexOf(rank),
        numRanks: ranksOnHost.length,
        numThreads: stageConfig.numThreads,
        numCores: place.numCores,
      }),
    };
  });
}

async function prepareAndLoad(
  config: EngineConfig,
  plan: ChannelPlan,
  ranks: readonly PlacedWorker[],
  hooks: LaunchHooks,
): Promise<void> {
  const configs = workerConfigs(config, plan, ranks);
  await get(ranks.map(({ handle }, rank) => handle.prepare.remote(configs[rank]!)));
  const reporting = hooks.onProgress && reportProgress(ranks, hooks.onProgress);
  try {
    await get(ranks.map(({ handle }) => handle.load.remote()));
    for (const rank of ranks.keys()) hooks.onProgress?.({ rank, phase: 'loaded', fraction: 1 });
  } finally {
    clearInterval(reporting);
  }
}

function reportProgress(ranks: readonly PlacedWorker[], onProgress: NonNullable<LaunchHooks['onProgress']>) {
  const ask = async (worker: PlacedWorker, rank: number): Promise<void> => {
    const { fraction, what } = await get(worker.handle.loadProgress.remote());
    onProgress({ rank, phase: what, fraction });
  };
  return setInterval(() => {
    // A rank that can't answer fails its load call, which is what is reported.
    for (const [rank, worker] of ranks.entries()) ask(worker, rank).catch(() => undefined);
  }, PROGRESS_EVERY_MS);
}

/** Ranks that are loaded and wait for plans. */
class RayExecutor implements LaunchedExecutor {
  readonly config: LaunchedExecutor['config'];
  readonly #group: PlacementGroup;
  readonly #plan: ChannelPlan;
  readonly #ranks: readonly PlacedWorker[];
  readonly #failure: Promise<RayError>;
  #state: 'running' | 'ending' = 'running';

  constructor(
    config: EngineConfig,
    driver: DriverConnection,
    group: PlacementGroup,
    plan: ChannelPlan,
    ranks: readonly PlacedWorker[],
  ) {
    this.#group = group;
    this.#plan = plan;
    this.#ranks = ranks;
    this.#failure = this.#watch(config.parallel.tensorParallelSize);
    for (const ring of plan.driverRings) createRing(ring.path, ring);
    for (const bridge of plan.driverBridges) this.#openBridge(bridge, driver.cluster.token);
    this.config = {
      kind: 'ring',
      controlRingPaths: plan.controlPaths,
      outputRingPath: plan.outputPath,
      maxConcurrentBatches: config.parallel.pipelineParallelSize,
      spinMicroseconds: chooseSpinMicroseconds(ranks.length + 1, availableParallelism()),
      abortFlag: createAbortFlag(),
    };
  }

  onRankFailure(callback: (error: RayError) => void): void {
    void this.#failure.then((error) => {
      if (this.#state === 'running') callback(error);
    });
  }

  async sealChannels(): Promise<void> {
    for (const ring of this.#plan.driverRings) removeRing(ring.path);
    await get(this.#ranks.map(({ handle }) => handle.sealChannels.remote()));
  }

  async shutdown(): Promise<void> {
    if (this.#state === 'ending') return;
    this.#state = 'ending';
    for (const ring of this.#plan.driverRings) removeRing(ring.path);
    // A head that is away can't be told; the lease on the job ends the ranks then.
    await this.#group.remove().catch(() => undefined);
  }

  /** What ends a rank before it is told to. */
  #watch(tensorParallelSize: number): Promise<RayError> {
    const failures = this.#ranks.map(async ({ handle, hostname, pid }, rank) => {
      try {
        await get(handle.run.remote());
        return new Promise<never>(() => undefined); // it ended in order
      } catch (error) {
        return rankFailedError({ rank, ...placeOfRank(rank, tensorParallelSize), hostname, pid }, toError(error));
      }
    });
    return rootFailure(failures);
  }

  #openBridge(bridge: ChannelPlan['driverBridges'][number], token: string): void {
    // A bridge that breaks closes its rings: the engine core's next wait fails, with the rank's own error beside it.
    connectRemoteRing({ ...bridge, token }).catch(() => undefined);
  }
}
