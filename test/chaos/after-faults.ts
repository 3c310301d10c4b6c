import { join } from 'node:path';
import type { GetClusterStateResponse } from '../../src/rpc/index.js';
import { Driver } from '../support/driver.js';
import { eventually } from '../support/eventually.js';
import { REPOSITORY } from '../support/lab-host.js';
import { checkLeftovers, checkResources, checkStoredObjects } from './checks/check-leaks.js';
import type { HealedCluster } from './checks/check-run.js';
import type { Violation } from './checks/violation.js';
import type { ChaosCluster } from './cluster/chaos-cluster.js';

const HEAL_MS = 90_000;
const READ_BACK_MS = 90_000;
const END_MS = 30_000;

/** Polls the head; while it does not answer, the state does not hold. */
async function stateWhere(
  cluster: ChaosCluster,
  what: string,
  holds: (state: GetClusterStateResponse) => boolean,
): Promise<Violation[]> {
  let last = '';
  const probe = async (): Promise<true | undefined> => {
    try {
      const state = await cluster.state();
      last = describe(state);
      return holds(state) || undefined;
    } catch (error) {
      last = String(error);
      return undefined;
    }
  };
  try {
    await eventually(what, probe, { withinMs: HEAL_MS, detail: () => last });
    return [];
  } catch (error) {
    return [{ promise: what, seen: error instanceof Error ? error.message : String(error) }];
  }
}

/** Resolves when all nodes are there, and what is to be there on them. @returns what never came. */
export function waitForHealing(cluster: ChaosCluster): Promise<Violation[]> {
  const isSettled = ({ nodes, actors, placementGroups }: GetClusterStateResponse): boolean =>
    nodes.filter(({ state }) => state === 'NODE_LIFE_STATE_ALIVE').length === cluster.hosts.length &&
    actors.every(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE' || state === 'ACTOR_LIFE_STATE_DEAD') &&
    placementGroups.every(
      ({ state }) => state === 'PLACEMENT_GROUP_STATE_CREATED' || state === 'PLACEMENT_GROUP_STATE_REMOVED',
    );
  return stateWhere(cluster, 'the cluster is whole again when the faults are over', isSettled);
}

/** What the cluster has, read by a fresh driver, which then releases all of it. */
export interface ReadBack {
  readonly cluster: HealedCluster | undefined;
  readonly violations: readonly Violation[];
}

export async function readBackAndRelease(cluster: ChaosCluster, cpusPerNode: number): Promise<ReadBack> {
  const promise = 'a fresh driver can use and release what the load left';
  try {
    const { nodes, placementGroups, actors } = await cluster.state();
    const program = join(REPOSITORY, 'test/chaos/load/read-back.ts');
    const args = [`${cluster.hosts.length}`, `${cpusPerNode}`];
    const driver = new Driver(cluster.hosts[0]!.lab.spawn([process.execPath, '--import', 'tsx', program, ...args]));
    const keys = (await driver.line('keys', READ_BACK_MS))['keys'] as HealedCluster['keys'];
    const healed: HealedCluster = {
      keys,
      livingActors: actors.filter(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE').map(({ name }) => name),
      liveNodeIds: nodes.filter(({ state }) => state === 'NODE_LIFE_STATE_ALIVE').map(({ nodeId }) => nodeId),
      groups: placementGroups
        .filter(({ state }) => state !== 'PLACEMENT_GROUP_STATE_REMOVED')
        .map(({ name, state, nodeIds }) => ({ name, state: state.replace('PLACEMENT_GROUP_STATE_', ''), nodeIds })),
    };
    try {
      await driver.line('released', READ_BACK_MS);
      await driver.exited;
      return { cluster: healed, violations: [] };
    } catch (error) {
      driver.child.kill('SIGKILL');
      return { cluster: healed, violations: [{ promise, seen: String(error) }] };
    }
  } catch (error) {
    return { cluster: undefined, violations: [{ promise, seen: String(error) }] };
  }
}

/** After the release. @returns a violation for each resource that did not come back and each object that stayed. */
export const checkReleased = async (cluster: ChaosCluster): Promise<Violation[]> => [
  ...(await checkFreeNodes(cluster)),
  ...(await checkEmptyStores(cluster)),
];

async function checkFreeNodes(cluster: ChaosCluster): Promise<Violation[]> {
  let violations: Violation[] = [];
  await stateWhere(cluster, 'no resource is leaked', ({ nodes }) => {
    const alive = nodes.filter(({ state }) => state === 'NODE_LIFE_STATE_ALIVE');
    violations = checkResources(
      alive.map(({ nodeId, total, available }) => ({
        nodeId,
        total: total?.units ?? {},
        available: available?.units ?? {},
      })),
    );
    return violations.length === 0;
  });
  return violations;
}

async function checkEmptyStores(cluster: ChaosCluster): Promise<Violation[]> {
  let violations: Violation[] = [];
  const areEmpty = async (): Promise<true | undefined> => {
    violations = checkStoredObjects(await cluster.objects());
    return violations.length === 0 || undefined;
  };
  // What is left then is in the violations.
  await eventually('no store has an object', areEmpty, { withinMs: END_MS }).catch(() => undefined);
  return violations;
}

/**
 * Stops the cluster on every host, and then its store.
 * @returns a violation for all that is left when it had the time to end.
 */
export async function checkStopped(cluster: ChaosCluster, stopStore: () => Promise<void>): Promise<Violation[]> {
  const failed = await cluster.stop();
  await stopStore();
  let violations: Violation[] = [];
  const nothingLeft = (): true | undefined => {
    violations = checkLeftovers(
      cluster.hosts.map(({ name, lab }) => ({ hostname: name, processes: lab.processes(), segments: lab.segments() })),
    );
    return violations.length === 0 || undefined;
  };
  // What is left then is in the violations.
  await eventually('nothing is left', nothingLeft, { withinMs: END_MS }).catch(() => undefined);
  return [...failed.map(({ stderr }) => ({ promise: 'ray-ts stop works on every host', seen: stderr })), ...violations];
}

const describe = ({ nodes, actors, placementGroups }: GetClusterStateResponse): string =>
  [
    ...nodes.map(({ nodeId, state, hostname }) => `${nodeId} ${hostname} ${state}`),
    ...actors
      .filter(({ state }) => state !== 'ACTOR_LIFE_STATE_DEAD')
      .map(({ actorId, name, state, pendingReason }) => `${actorId} ${name} ${state} ${pendingReason}`),
    ...placementGroups
      .filter(({ state }) => state !== 'PLACEMENT_GROUP_STATE_REMOVED')
      .map(({ name, state, reason }) => `${name} ${state} ${reason}`),
  ].join('\n');
