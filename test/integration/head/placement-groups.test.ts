import {
  ActorUnschedulableError,
  InvalidArgumentError,
  PlacementGroupInfeasibleError,
} from '../../../src/core/index.js';
import type { RpcClient } from '../../../src/rpc/index.js';
import { inGroup, ServedHead, specOf } from '../../support/served-head.js';
import type { TestDriver } from '../../support/test-driver.js';

describe('placement groups of the head', () => {
  let served: ServedHead;
  let client: RpcClient<'HeadService'>;
  let driver: TestDriver;

  beforeEach(async () => {
    served = await ServedHead.start();
    ({ client, driver } = served);
  });
  afterEach(() => served.close());

  it('places a group and an actor in it, and tells their owner', async () => {
    const agent = await served.addAgent('n1', { CPU: 2 });
    await served.createGroup('g1', { CPU: 1 }, { CPU: 1 });
    await driver.groups.find(({ state }) => state === 'PLACEMENT_GROUP_STATE_CREATED');
    await client.call('createActor', { spec: specOf('a1', inGroup('g1')) });
    await agent.asked.find((asked) => asked === 'start a1 in bundle 0');
    agent.sayAlive('a1');
    const update = await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE');
    expect(update.address).toMatchObject({ nodeId: 'n1', rpcAddress: 'h:7' });
    expect(agent.asked.messages).toEqual(['prepare g1 [0 1]', 'commit g1', 'start a1 in bundle 0']);
  });

  it('refuses at once what can never be placed, with what the nodes have', async () => {
    await served.addAgent('n1', { CPU: 2 });
    const group = served.createGroup('g1', { GPU: 1 });
    await expect(group).rejects.toThrow(PlacementGroupInfeasibleError);
    await expect(group).rejects.toThrow(/host-n1/);
    const actor = client.call('createActor', { spec: specOf('a1', { resources: { units: { CPU: 30_000 } } }) });
    await expect(actor).rejects.toThrow(ActorUnschedulableError);
  });

  it.each([
    ['no bundles', { bundles: [] }],
    ['an empty bundle', { bundles: [{ units: {} }] }],
    ['a negative amount', { bundles: [{ units: { CPU: -10_000 } }] }],
    ['half a unit', { bundles: [{ units: { CPU: 0.5 } }] }],
    ['no strategy', { strategy: 'PLACEMENT_STRATEGY_UNSPECIFIED' as const }],
    ['no id', { placementGroupId: '' }],
  ])('refuses a group with %s', async (_what, change) => {
    const request = {
      placementGroupId: 'g1',
      jobId: 'j1',
      strategy: 'PLACEMENT_STRATEGY_PACK' as const,
      bundles: [{ units: { CPU: 10_000 } }],
      ...change,
    };
    await expect(client.call('createPlacementGroup', request)).rejects.toThrow(InvalidArgumentError);
  });

  it('tells about a placement group by its name or id', async () => {
    await served.addAgent('n1', { CPU: 2 });
    await client.call('createPlacementGroup', {
      placementGroupId: 'g1',
      jobId: 'j1',
      name: 'trainers',
      strategy: 'PLACEMENT_STRATEGY_SPREAD',
      bundles: [{ units: { CPU: 90_000 } }],
      waitForNodes: true,
    });
    for (const query of [{ name: 'trainers', namespace: 'lab' }, { placementGroupId: 'g1' }]) {
      const { placementGroup } = await client.call('getPlacementGroup', query);
      expect(placementGroup).toMatchObject({ name: 'trainers', state: 'PLACEMENT_GROUP_STATE_PENDING' });
      expect(placementGroup?.reason).toMatch(/can never fit this cluster/);
    }
    await expect(client.call('getPlacementGroup', { name: 'x' })).rejects.toThrow(InvalidArgumentError);
  });

  it('answers a second request with the same id as the first', async () => {
    const agent = await served.addAgent('n1', { CPU: 2 });
    await Promise.all([served.createGroup('g1', { CPU: 1 }), served.createGroup('g1', { CPU: 1 })]);
    await driver.groups.find(({ state }) => state === 'PLACEMENT_GROUP_STATE_CREATED');
    await client.call('removePlacementGroup', { placementGroupId: 'g1' });
    await client.call('removePlacementGroup', { placementGroupId: 'g1' });
    expect(agent.asked.messages).toEqual(['prepare g1 [0]', 'commit g1', 'return g1']);
  });
});
