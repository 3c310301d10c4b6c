import type { Command } from 'commander';
import type { StartAgentOptions } from '../api/index.js';
import { formatResources, type Resources } from '../core/index.js';
import { parseBytes, parseInteger, parseLabels, parseNumber, parseResources } from './parse-values.js';

/** What a node is said to be and have; the rest is detected. */
export interface NodeFlags {
  readonly nodeIpAddress?: string;
  readonly nodeName?: string;
  readonly numCpus?: number;
  readonly numGpus?: number;
  readonly memory?: number;
  readonly objectStoreMemory?: number;
  readonly resources?: Resources;
  readonly labels?: Readonly<Record<string, string>>;
}

/** @returns the command, with the flags that describe a node. */
export function addNodeFlags(command: Command): Command {
  return command
    .option('--node-ip-address <ip>', "this machine's address in the cluster (default: its first that is not loopback)")
    .option('--node-name <name>', 'a name for people (default: its address)')
    .option('--num-cpus <n>', 'CPUs that this node offers (default: its cores)', parseNumber)
    .option(
      '--num-gpus <n>',
      'GPUs that this node offers; more than it has are logical (default: those found)',
      parseInteger,
    )
    .option(
      '--memory <bytes>',
      'memory that actors and tasks may ask for, such as 8GiB (default: 70 % of what is free, less the object store)',
      parseBytes,
    )
    .option(
      '--object-store-memory <bytes>',
      "memory of the node's object store (default: 30 % of what is free)",
      parseBytes,
    )
    .option('--resources <json>', `custom resources, such as '{"disk": 2}'`, parseResources)
    .option('--labels <k=v,...>', 'labels, such as zone=a,ray.io/region=eu', parseLabels);
}

/** What to start an agent with. */
export function nodeOptions(flags: NodeFlags): Omit<StartAgentOptions, 'isHeadNode' | 'tiedToParent'> {
  const { nodeIpAddress: host, nodeName, numCpus, numGpus, memory, objectStoreMemory, resources, labels } = flags;
  return { host, nodeName, numCpus, numGpus, memory, objectStoreMemory, resources, labels };
}

/** What a node offers, for people: without what every node has one of. */
export function describeOffer(resources: Resources): string {
  const shown = Object.entries(resources).filter(([name]) => !name.startsWith('node:'));
  return formatResources(Object.fromEntries(shown));
}
