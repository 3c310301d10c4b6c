import { ensureConnection } from '../../api/index.js';
import type { EngineConfig } from '../config/engine-config.js';
import type { ExecutorLauncher, LaunchedExecutor, LaunchHooks } from './executor-launcher.js';
import { RayExecutor } from './ray-executor.js';
import { loadWorkers, planWorkerChannels } from './ray-load-workers.js';
import { reserveBundles, startWorkers } from './ray-workers.js';
import { warnOfSpanningGroups } from './spanning-groups-warning.js';
import { importWeights } from './stage-runner-module.js';

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
      const plan = planWorkerChannels(config, driver, ranks);
      await loadWorkers(config, plan, ranks, hooks);
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
