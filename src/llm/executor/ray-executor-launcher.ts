import { ensureConnection } from '../../api/index.js';
import type { EngineConfig } from '../config/engine-config.js';
import type { ExecutorLauncher, LaunchedExecutor, LaunchHooks } from './executor-launcher.js';
import { loadRanks, planRankChannels } from './load-ranks.js';
import { RankExecutor } from './rank-executor.js';
import type { RankProcess } from './rank-process.js';
import { reserveBundles } from './ray-bundles.js';
import { startWorkers } from './ray-workers.js';
import { requireReadableWeights } from './require-readable-weights.js';
import { rankTable, warnOfSpanningGroups } from './spanning-groups-warning.js';

/**
 * Places every rank as an actor of the cluster: one bundle of a placement group each. The actor layer places, starts,
 * watches and ends the ranks; steps go over rings that it never sees.
 */
export class RayExecutorLauncher implements ExecutorLauncher {
  async launch(config: EngineConfig, hooks: LaunchHooks): Promise<LaunchedExecutor> {
    await requireReadableWeights(config);
    const driver = await ensureConnection();
    const actors = startWorkers(config, await reserveBundles(config));
    try {
      const ranks = await actors.placed;
      for (const line of describeRanks(ranks, config.parallel.tensorParallelSize)) hooks.onLog?.(line);
      const plan = planRankChannels(config, driver, ranks);
      await loadRanks(config, plan, ranks, hooks);
      const { credentials } = driver.cluster;
      return new RankExecutor({ config, plan, ranks, credentials, release: actors.release });
    } catch (error) {
      await actors.release();
      throw error;
    }
  }
}

/** The table of the ranks where it tells something: that stages span hosts, or that there are several hosts. */
function describeRanks(ranks: readonly RankProcess[], tensorParallelSize: number): string[] {
  const hosts = ranks.map(({ hostname, place }) => ({ hostname, hostId: place.hostId }));
  const warning = warnOfSpanningGroups(hosts, tensorParallelSize);
  const isSpread = new Set(hosts.map(({ hostId }) => hostId)).size > 1;
  return warning.length === 0 && isSpread ? rankTable(hosts, tensorParallelSize) : warning;
}
