import { createNodeId, type Logger, type NodeId } from '../../src/core/index.js';
import type { AgentConfig } from './agent-config.js';
import { discoverGpus } from './gpu-discovery.js';
import { type NodeLabels, nodeLabels } from './node-labels.js';
import { chooseCapacity, measureMemory } from './object-store/store-capacity.js';
import { describeNodeResources, detectNumCpus, type NodeResources } from './resource-detection.js';

/** What a node is and has. */
export interface NodeDescription extends NodeResources {
  readonly nodeId: NodeId;
  readonly labels: NodeLabels;
  readonly nodeName: string;
  readonly objectStoreBytes: number;
}

/**
 * What this node offers: what was asked for at its start, else what the machine has.
 * @throws {InvalidArgumentError} when what was asked for can't be.
 */
export async function describeNode(config: AgentConfig, logger: Logger): Promise<NodeDescription> {
  const gpus = await discoverGpus({ logger });
  const nodeId = createNodeId();
  const memory = measureMemory();
  const objectStoreBytes = chooseCapacity(config.objectStoreMemory, memory);
  const resources = describeNodeResources(config, {
    numCpus: detectNumCpus(),
    gpus,
    cudaVisibleDevices: process.env['CUDA_VISIBLE_DEVICES'],
    availableMemory: memory.availableMemory,
    objectStoreBytes,
    host: config.host,
  });
  const offered = gpus.slice(0, resources.gpuIds.length).map(({ name }) => name);
  const labels = nodeLabels(nodeId, config.labels ?? {}, offered);
  return { ...resources, nodeId, labels, nodeName: config.nodeName ?? config.host, objectStoreBytes };
}
