import type { EngineConfig } from '../config/engine-config.js';

/**
 * Engine cores that this program runs and shares the requests out to. Where every process of the user is one copy of the
 * engine (VLLM_DP_*, a launcher, a load balancer outside) it is one: copies of models without collectives between them
 * have nothing to do with each other.
 */
export function countReplicas({
  parallel,
  executorBackend,
}: Pick<EngineConfig, 'parallel' | 'executorBackend'>): number {
  const isOneOfSeveral =
    parallel.dataParallelRankLocal !== undefined ||
    parallel.dataParallelExternalLb ||
    executorBackend === 'external_launcher';
  return isOneOfSeveral ? 1 : parallel.dataParallelSizeLocal;
}
