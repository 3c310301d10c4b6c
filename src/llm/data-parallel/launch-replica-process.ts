import type { EngineConfig } from '../config/engine-config.js';
import { EngineCoreClient, type EngineCoreClientHooks } from '../engine/engine-core-client.js';
import { startEngineCoreProcess } from '../engine/engine-core-process-link.js';
import type { LaunchedEngine } from '../engine/launched-engine.js';
import { replicaEnvironment } from './replica-environment.js';

/** Launches a replica in a process of this machine. @throws {RayError} what it failed with; nothing is left running. */
export async function launchReplicaProcess(
  config: EngineConfig,
  index: number,
  hooks: EngineCoreClientHooks,
  signal: AbortSignal,
): Promise<LaunchedEngine> {
  const variables = await replicaEnvironment(config);
  signal.throwIfAborted();
  const dataParallelRank = config.parallel.dataParallelRank + index;
  const parallel = { ...config.parallel, dataParallelRank, dataParallelRankLocal: index };
  const link = startEngineCoreProcess({ ...config, parallel }, dataParallelRank, variables);
  const onAbort = (): void => link.terminate();
  signal.addEventListener('abort', onAbort);
  try {
    const client = await EngineCoreClient.start(link, hooks);
    return { client, shutdown: () => client.shutdown() };
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
