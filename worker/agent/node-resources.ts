import type { Logger } from '../../src/core/index.js';
import type { AgentConfig } from './agent-config.js';
import { discoverGpus } from './gpu-discovery.js';
import { describeNodeResources, detectNumCpus, type NodeResources } from './resource-detection.js';

/** What this node offers: what was asked for at its start, else what the machine has. */
export async function nodeResources(config: AgentConfig, logger: Logger): Promise<NodeResources> {
  const gpus = await discoverGpus({ logger });
  const cudaVisibleDevices = process.env['CUDA_VISIBLE_DEVICES'];
  return describeNodeResources(config, { numCpus: detectNumCpus(), gpus, cudaVisibleDevices });
}
