import type { EngineConfig } from './config/engine-config.js';
import { EngineCoreClient, type EngineCoreClientHooks } from './engine/engine-core-client.js';
import { chooseExecutorLauncher } from './executor/choose-executor.js';
import type { LaunchedExecutor } from './executor/executor-launcher.js';

/** An engine core and its ranks. */
export interface LaunchedEngine {
  readonly client: EngineCoreClient;
  /** Ends the engine core and the ranks; idempotent. */
  shutdown(): Promise<void>;
}

/** The engine core over ranks that are there; when it can't be finished, nothing of it is left running. */
async function startClient(
  config: EngineConfig,
  executor: LaunchedExecutor,
  hooks: EngineCoreClientHooks,
): Promise<EngineCoreClient> {
  const client = await EngineCoreClient.start({ executor: executor.config, scheduler: config.scheduler }, hooks);
  try {
    executor.onRankFailure((error) => client.fail(error));
    await executor.sealChannels();
    return client;
  } catch (error) {
    await client.shutdown();
    throw error;
  }
}

/**
 * Places the ranks, loads the model and starts the engine core; when one fails, nothing is left running.
 * @throws {ModelLoadError} @throws {PlacementGroupInfeasibleError}
 */
export async function launchEngine(config: EngineConfig, hooks: EngineCoreClientHooks): Promise<LaunchedEngine> {
  const launcher = await chooseExecutorLauncher(config);
  const executor = await launcher.launch(config, hooks);
  try {
    const client = await startClient(config, executor, hooks);
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
