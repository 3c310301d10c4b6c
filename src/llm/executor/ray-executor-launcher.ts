import { ensureConnection } from '../../api/index.js';
import type { EngineConfig } from '../config/engine-config.js';
import type { ExecutorLauncher, LaunchedExecutor, LaunchHooks } from './executor-launcher.js';
import { loadRanks, planRankChannels } from './load-ranks.js';
import { RankExecutor } from './rank-executor.js';
import { reserveBundles, startWorkers } from './ray-workers.js';
import { requireReadableWeights } from './require-readable-weights.js';
import { warnOfSpanningGroups } from './spanning-groups-warning.js';

/**
 * Places every rank as an actor of the cluster: one bundle of a placement group each. The actor layer places, starts,
 * watches and ends the ranks; steps go over rings that it never sees.
 */
export class RayExecutorLauncher implements ExecutorLauncher {
  async launch(config: EngineConfig, hooks: LaunchHooks): Promise<LaunchedExecutor> {
    await requireReadableWeights(config);
    const driver = await ensureConnection();
    const group = await reserveBundles(config);
    try {
      const ranks = await startWorkers(config, group);
      const hosts = ranks.map(({ hostname, place }) => ({ hostname, hostId: place.hostId }));
      for (const line of warnOfSpanningGroups(hosts, config.parallel.tensorParallelSize)) hooks.onLog?.(line);
      const plan = planRankChannels(config, driver, ranks);
      await loadRanks(config, plan, ranks, hooks);
      const { credentials } = driver.cluster;
      // A head that is away can't be told; the lease on the job ends the ranks then.
      const release = (): Promise<void> => group.remove().catch(() => undefined);
      return new RankExecutor({ config, plan, ranks, credentials, release });
    } catch (error) {
      await group.remove().catch(() => undefined); // what went wrong first is what the caller should see
      throw error;
    }
  }
}
