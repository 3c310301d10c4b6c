import { get, kill, placementGroup } from '../../api/index.js';
import { RemoteServer } from './definitions.js';
import type { BenchmarkCase } from './measure.js';

const NUM_GROUPS = 100;

/** Cases of what the head does. They need the custom resource `custom: 100`. */
export const clusterCases: readonly BenchmarkCase[] = [
  {
    name: 'placement group create/removal',
    multiplier: NUM_GROUPS,
    prepare: async () => ({ run: createAndRemoveGroups }),
  },
  {
    name: 'actor create to first answer',
    multiplier: 1,
    prepare: async () => ({ run: () => startActors(1) }),
  },
  {
    name: '8 actors at once, create to first answer',
    multiplier: 8,
    prepare: async () => ({ run: () => startActors(8) }),
  },
];

async function createAndRemoveGroups(): Promise<void> {
  const groups = await Promise.all(Array.from({ length: NUM_GROUPS }, () => placementGroup([{ custom: 0.001 }])));
  for (const group of groups) await group.wait();
  // Ray's removal returns before the group is gone: asked side by side, as its benchmark does in effect.
  await Promise.all(groups.map((group) => group.remove()));
}

async function startActors(count: number): Promise<void> {
  const actors = Array.from({ length: count }, () => RemoteServer.remote());
  await get(actors.map((actor) => actor.smallValue.remote()));
  await Promise.all(actors.map((actor) => kill(actor)));
}
