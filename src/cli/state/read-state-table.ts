import { ActorUnavailableError, InvalidArgumentError, toError } from '../../core/index.js';
import { type GetClusterStateResponse, type NodeView, RpcClient } from '../../rpc/index.js';
import type { ReachedHead } from '../with-head.js';
import { actorTable, jobTable, nodeTable, placementGroupTable, workerTable } from './cluster-tables.js';
import { type NodeObjects, objectTable } from './object-table.js';
import type { StateTable } from './state-row.js';
import { taskTable } from './task-table.js';

/** What `ray-ts list` and `ray-ts get` can show. */
export const stateResources = ['actors', 'nodes', 'placement-groups', 'tasks', 'objects', 'workers', 'jobs'] as const;

export type StateResource = (typeof stateResources)[number];

/** Of the head's ring of task events: more than this are not asked for. */
const MAX_TASK_EVENTS = 100_000;

const clusterTables: Readonly<Partial<Record<StateResource, (state: GetClusterStateResponse) => StateTable>>> = {
  actors: actorTable,
  nodes: nodeTable,
  'placement-groups': placementGroupTable,
  workers: workerTable,
  jobs: jobTable,
};

/** @throws {InvalidArgumentError} naming the resources there are. A singular is understood too. */
export function parseStateResource(text: string): StateResource {
  const resource = stateResources.find((name) => name === text || name === `${text}s`);
  if (resource) return resource;
  throw new InvalidArgumentError(`There is no resource ${text}. Resources: ${stateResources.join(', ')}.`);
}

/** Asks the head, and for objects every node, for a table as it is now. */
export async function readStateTable(
  resource: StateResource,
  head: ReachedHead,
  timeoutMs: number,
): Promise<StateTable> {
  if (resource === 'tasks') {
    return taskTable(await head.client.call('listTasks', { limit: MAX_TASK_EVENTS }, timeoutMs));
  }
  const state = await head.client.call('getClusterState', {}, timeoutMs);
  if (resource === 'objects') return objectTable(await readObjects(state.nodes, head, timeoutMs));
  return clusterTables[resource]!(state);
}

/** Asks every living node; one that does not answer is an entry of its own, so that the others are shown. */
export function readObjects(nodes: readonly NodeView[], head: ReachedHead, timeoutMs: number): Promise<NodeObjects[]> {
  const alive = nodes.filter((node) => node.state === 'NODE_LIFE_STATE_ALIVE');
  return Promise.all(
    alive.map(async (node) => {
      const client = new RpcClient('ObjectStoreService', {
        address: node.agentAddress,
        credentials: head.credentials,
        peer: `The agent of ${node.hostname} (${node.agentAddress})`,
        unavailable: (message, cause) => new ActorUnavailableError(message, { cause }),
      });
      try {
        return { node, answer: await client.call('listObjects', {}, timeoutMs) };
      } catch (error) {
        return { node, answer: toError(error) };
      } finally {
        client.close();
      }
    }),
  );
}
