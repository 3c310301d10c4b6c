/**
 * A fresh driver after the faults: {"keys"} that it reads, then {"called"} when every counter has answered a last call, then
 * {"released"} when all that the load left is gone and every node has its room again.
 */
import * as ray from 'ray-ts';
import { currentCluster, readClusterAccess } from '../../../src/process/index.js';
import { createHeadClient } from '../../../src/rpc/index.js';
import { openKeys } from './keys-of-head.js';

interface Counter {
  add(path: string, id: string): void;
}

const print = (line: object): void => console.log(JSON.stringify(line));

ray.main(async () => {
  const [numNodes, cpusPerNode] = process.argv.slice(2).map(Number) as [number, number];
  await ray.init({ namespace: 'chaos', logToDriver: false });
  await printKeys();
  const { address, credentials } = readClusterAccess(currentCluster()!);
  const head = createHeadClient(address, credentials);
  const { actors, placementGroups } = await head.call('getClusterState', {});
  const named = actors.filter(({ name, state }) => name !== '' && state !== 'ACTOR_LIFE_STATE_DEAD');
  for (const { name } of named) {
    const counter = await ray.getActor<Counter>(name);
    await ray.get(counter.add.remote('/dev/null', ''));
    await ray.kill(counter);
  }
  print({ called: named.map(({ name }) => name).sort() });
  for (const { placementGroupId } of placementGroups) await head.call('removePlacementGroup', { placementGroupId });
  await fillEveryNode(numNodes, cpusPerNode);
  head.close();
  print({ released: true });
  await ray.shutdown();
});

async function printKeys(): Promise<void> {
  const keys = openKeys();
  const values: Record<string, number> = {};
  for (const key of ['key-0', 'key-1', 'key-2', 'key-3']) values[key] = await keys.get(key);
  keys.close();
  print({ keys: values });
}

/** The nodes themselves say that they have nothing left of what was: all that they offer is reserved once. */
async function fillEveryNode(numNodes: number, cpusPerNode: number): Promise<void> {
  const bundles = Array.from({ length: numNodes }, () => ({ CPU: cpusPerNode }));
  const group = await ray.placementGroup(bundles, { strategy: 'STRICT_SPREAD' });
  if (!(await group.wait())) throw new Error(`the nodes are not free: ${group.pendingReason}`);
  await group.remove();
}
