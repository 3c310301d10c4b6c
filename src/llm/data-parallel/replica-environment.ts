import type { EngineConfig } from '../config/engine-config.js';

/** Kept out of the static imports so that a program without a cluster never loads the actor API. */
const CLUSTER_ENVIRONMENT_MODULE = '../executor/ray-cluster-environment.js';

interface ClusterEnvironmentModule {
  readonly clusterEnvironment: () => Promise<Readonly<Record<string, string>>>;
}

/** What the environment of a replica's process has besides this one's: the way to the cluster where the ranks are actors. */
export async function replicaEnvironment(
  config: Pick<EngineConfig, 'executorBackend'>,
): Promise<Readonly<Record<string, string>>> {
  if (config.executorBackend !== 'ray') return {};
  const { clusterEnvironment } = (await import(CLUSTER_ENVIRONMENT_MODULE)) as ClusterEnvironmentModule;
  return clusterEnvironment();
}
