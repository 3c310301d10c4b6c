import { createLogger } from '../core/index.js';
import type { EngineConfig } from './config/engine-config.js';
import { countReplicas } from './data-parallel/count-replicas.js';
import { DataParallelClient } from './data-parallel/data-parallel-client.js';
import { launchReplicaProcess } from './data-parallel/launch-replica-process.js';
import { EngineCoreClient, type EngineCoreClientHooks } from './engine/engine-core-client.js';
import { startEngineCoreThread } from './engine/engine-core-thread-link.js';
import type { EngineHooks, LaunchedEngine } from './engine/launched-engine.js';
import { rankCallingLink } from './engine/rank-calling-link.js';
import { chooseExecutorLauncher } from './executor/choose-executor.js';
import type { LaunchedExecutor } from './executor/executor-launcher.js';

/** The engine core over ranks that are there; when it can't be finished, nothing of it is left running. */
async function startClient(
  config: EngineConfig,
  executor: LaunchedExecutor,
  hooks: EngineCoreClientHooks,
): Promise<EngineCoreClient> {
  const thread = startEngineCoreThread({ executor: executor.config, scheduler: config.scheduler });
  const link = rankCallingLink(thread, executor);
  const client = await EngineCoreClient.start(link, hooks);
  try {
    executor.onRankFailure((error) => client.fail(error));
    await executor.sealChannels();
    return client;
  } catch (error) {
    await client.shutdown();
    throw error;
  }
}

/** The only engine core, in a thread of this process. */
async function launchOne(config: EngineConfig, { onStep, ...hooks }: EngineHooks): Promise<LaunchedEngine> {
  const launcher = await chooseExecutorLauncher(config);
  const executor = await launcher.launch(config, hooks);
  try {
    const client = await startClient(config, executor, { ...hooks, onStep: (step) => onStep?.(step, 0) });
    const shutdown = async () => {
      await client.shutdown();
      await executor.shutdown();
    };
    return { client, shutdown };
  } catch (error) {
    await executor.shutdown();
    throw error;
  }
}

/** Replicas, each in a process of its own, so that one can die alone. */
async function launchReplicas(config: EngineConfig, hooks: EngineHooks): Promise<LaunchedEngine> {
  const { maxRestarts, worldSize } = config.parallel;
  const client = await DataParallelClient.start(
    {
      numReplicas: countReplicas(config),
      ranksPerReplica: worldSize,
      maxRestarts,
      launch: (index, replicaHooks, signal) => launchReplicaProcess(config, index, replicaHooks, signal),
      logger: createLogger('llm-engine'),
    },
    hooks,
  );
  return { client, shutdown: () => client.shutdown() };
}

/**
 * Places the ranks, loads the model and starts the engine core, or as many as there are replicas; when one fails, nothing
 * is left running.
 * @throws {ModelLoadError} @throws {PlacementGroupInfeasibleError}
 */
export function launchEngine(config: EngineConfig, hooks: EngineHooks): Promise<LaunchedEngine> {
  const needsReplicas = countReplicas(config) > 1 || config.parallel.maxRestarts > 0;
  return needsReplicas ? launchReplicas(config, hooks) : launchOne(config, hooks);
}
