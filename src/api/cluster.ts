import { addResources, fromFixedPoint, type Resources } from '../core/index.js';
import type { NodeView } from '../rpc/index.js';
import { ensureConnection } from './init.js';

/** A node of the cluster, as the head knows it now. */
export interface NodeInfo {
  readonly nodeId: string;
  readonly alive: boolean;
  /** It takes no more work and leaves when what runs on it has ended. */
  readonly draining: boolean;
  /** For people: `--node-name`, or its address. */
  readonly nodeName: string;
  readonly hostname: string;
  /** host:port of its agent. */
  readonly agentAddress: string;
  readonly isHeadNode: boolean;
  readonly resources: Resources;
  readonly available: Resources;
  /** Capacity of its object store. */
  readonly objectStoreBytes: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Why it is dead; empty while it lives. */
  readonly deathReason: string;
  /** When it joined, milliseconds since 1970. */
  readonly startTimeMs: number;
  /** When it was found dead; undefined while it lives. */
  readonly endTimeMs: number | undefined;
}

/** Every node that has joined the cluster, also those that are dead. */
export async function nodes(): Promise<NodeInfo[]> {
  return (await readNodes()).map(nodeInfo);
}

/** What the living nodes have. */
export async function clusterResources(): Promise<Resources> {
  return sum((await readNodes()).filter(isAlive).map((node) => node.total?.units));
}

/** What of it nobody holds, at the moment at which the head answers. */
export async function availableResources(): Promise<Resources> {
  return sum((await readNodes()).filter(isAlive).map((node) => node.available?.units));
}

async function readNodes(): Promise<readonly NodeView[]> {
  const { head } = await ensureConnection();
  return (await head.call('getClusterState', {})).nodes;
}

const isAlive = (node: NodeView): boolean => node.state === 'NODE_LIFE_STATE_ALIVE';

const sum = (amounts: readonly (Resources | undefined)[]): Resources =>
  fromFixedPoint(amounts.reduce<Resources>((total, units) => addResources(total, units ?? {}), {}));

function nodeInfo(node: NodeView): NodeInfo {
  const { nodeId, draining, nodeName, hostname, agentAddress, isHeadNode, labels, deathReason } = node;
  const { objectStoreBytes, startTimeMs, endTimeMs } = node;
  return {
    nodeId,
    draining,
    nodeName,
    hostname,
    agentAddress,
    isHeadNode,
    deathReason,
    objectStoreBytes,
    startTimeMs,
    endTimeMs: endTimeMs || undefined,
    alive: isAlive(node),
    labels: { ...labels },
    resources: fromFixedPoint(node.total?.units ?? {}),
    available: fromFixedPoint(node.available?.units ?? {}),
  };
}
