import { holdAgentLock, removeDeadSegments, removeSegments } from '../../../channel/index.js';
import { createClusterId, createJobId } from '../../../core/index.js';
import type { EngineConfig } from '../../config/engine-config.js';
import type { ExecutorLauncher, LaunchedExecutor, LaunchHooks } from '../executor-launcher.js';
import { loadRanks, planRankChannels } from '../load-ranks.js';
import { RankExecutor } from '../rank-executor.js';
import { requireReadableWeights } from '../require-readable-weights.js';
import { ForkedRank } from './forked-rank.js';

/**
 * Makes every rank a child process of this one: several ranks on one machine without a cluster. Steps go over the same rings
 * as those of ranks that are actors.
 */
export class MpExecutorLauncher implements ExecutorLauncher {
  async launch(config: EngineConfig, hooks: LaunchHooks): Promise<LaunchedExecutor> {
    await requireReadableWeights(config);
    await removeDeadSegments();
    const engine = { clusterId: createClusterId(), jobId: createJobId() };
    // Whoever starts next clears up after an engine that was killed before its ranks had found each other.
    const unlock = holdAgentLock(engine.clusterId, engine.jobId);
    const forked = Array.from(
      { length: config.parallel.worldSize },
      (_, rank) => new ForkedRank(engine.clusterId, rank),
    );
    const release = async (): Promise<void> => {
      await Promise.all(forked.map((rank) => rank.kill()));
      for (const ownerId of [engine.jobId, ...forked.map((rank) => rank.ownerId)]) {
        removeSegments(engine.clusterId, ownerId);
      }
      unlock();
      await removeDeadSegments();
    };
    try {
      const ranks = await Promise.all(forked.map((rank) => rank.started()));
      const plan = planRankChannels(config, engine, ranks);
      await loadRanks(config, plan, ranks, hooks);
      for (const rank of forked) rank.unref();
      return new RankExecutor({ config, plan, ranks, credentials: undefined, release });
    } catch (error) {
      await release();
      throw error;
    }
  }
}
