import { chooseSpinMicroseconds, hostId } from '../../channel/index.js';
import { createStageConfig, type EngineConfig } from '../config/engine-config.js';
import { placeOfRank } from '../config/parallel-config.js';
import { readHubSettings } from '../hub/hub-settings.js';
import { absoluteClassPath } from './absolute-class-path.js';
import type { LaunchHooks } from './executor-launcher.js';
import { choosePinnedCores } from './pinned-cores.js';
import { type ChannelPlan, planChannels } from './plan-channels.js';
import type { RankProcess } from './rank-process.js';
import type { WorkerConfig } from './worker-config.js';

const PROGRESS_EVERY_MS = 100;

/** @param driver whose names the segments bear: those of this process, the engine core's, its `jobId`. */
export function planRankChannels(
  config: EngineConfig,
  { clusterId, jobId }: { readonly clusterId: string; readonly jobId: string },
  ranks: readonly RankProcess[],
): ChannelPlan {
  return planChannels({
    clusterId,
    config,
    driver: { jobId, hostId: hostId() },
    ranks: ranks.map(({ ownerId, place, rpcAddress }) => ({ ownerId, hostId: place.hostId, rpcAddress })),
  });
}

function workerConfigs(config: EngineConfig, plan: ChannelPlan, ranks: readonly RankProcess[]): WorkerConfig[] {
  const { hub } = config;
  const hubWeights = hub && { model: hub, token: readHubSettings().token };
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
      hubWeights,
      workerExtensionCls: absoluteClassPath(config.parallel.workerExtensionCls),
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

/** Has every worker make its channels, then, when all have, attach to the others' and load its part of the model. */
export async function loadRanks(
  config: EngineConfig,
  plan: ChannelPlan,
  ranks: readonly RankProcess[],
  hooks: LaunchHooks,
): Promise<void> {
  const configs = workerConfigs(config, plan, ranks);
  await Promise.all(ranks.map(({ calls }, rank) => calls.prepare(configs[rank]!)));
  const reporting = hooks.onProgress && reportProgress(ranks, hooks.onProgress);
  try {
    await Promise.all(ranks.map(({ calls }) => calls.load()));
    for (const rank of ranks.keys()) hooks.onProgress?.({ rank, phase: 'loaded', fraction: 1 });
  } finally {
    clearInterval(reporting);
  }
}

function reportProgress(ranks: readonly RankProcess[], onProgress: NonNullable<LaunchHooks['onProgress']>) {
  const ask = async ({ calls }: RankProcess, rank: number): Promise<void> => {
    const { fraction, what } = await calls.loadProgress();
    onProgress({ rank, phase: what, fraction });
  };
  return setInterval(() => {
    // A rank that can't answer fails its load call, which is what is reported.
    for (const [rank, process] of ranks.entries()) ask(process, rank).catch(() => undefined);
  }, PROGRESS_EVERY_MS);
}
