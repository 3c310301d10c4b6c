import type { StoredObjectRow } from '../cluster/chaos-cluster.js';
import type { Violation } from './violation.js';

/** A node's resources when everything was given back, in fixed point. */
export interface NodeResources {
  readonly nodeId: string;
  readonly total: Readonly<Record<string, number>>;
  readonly available: Readonly<Record<string, number>>;
}

/** After the load is gone every node has all of its resources. */
export const checkResources = (nodes: readonly NodeResources[]): Violation[] =>
  nodes.flatMap(({ nodeId, total, available }) =>
    Object.entries(total)
      .filter(([name, units]) => available[name] !== units)
      .map(([name, units]) => ({
        promise: 'no resource is leaked',
        seen: `node ${nodeId} has ${available[name] ?? 0} of ${units} ${name} (units of 1/10000)`,
      })),
  );

/** After their owners are gone no object is left in a store. */
export const checkStoredObjects = (objects: readonly StoredObjectRow[]): Violation[] =>
  objects.map(({ object_id, owner_worker_id, node_id, state }) => ({
    promise: 'no object outlives its owner',
    seen: `object ${object_id} of ${owner_worker_id} is ${state} on node ${node_id}`,
  }));

/** What a host still has after the cluster was stopped on it. */
export interface Leftovers {
  readonly hostname: string;
  readonly processes: readonly { readonly pid: number; readonly command: string }[];
  /** Files in shared memory. */
  readonly segments: readonly string[];
}

/** After `ray-ts stop` on every host nothing of the cluster is left. */
export const checkLeftovers = (hosts: readonly Leftovers[]): Violation[] =>
  hosts.flatMap(({ hostname, processes, segments }) => [
    ...processes.map(({ pid, command }) => ({
      promise: 'no process is left',
      seen: `${hostname}: ${pid} ${command}`,
    })),
    ...segments.map((name) => ({ promise: 'no shared-memory file is left', seen: `${hostname}: ${name}` })),
  ]);
