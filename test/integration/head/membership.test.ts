import { IllegalStateError, InvalidArgumentError } from '../../../src/core/index.js';
import type { RpcClient } from '../../../src/rpc/index.js';
import { inGroup, ServedHead, specOf } from '../../support/served-head.js';
import type { TestDriver } from '../../support/test-driver.js';

describe('nodes and drivers of the head', () => {
  let served: ServedHead;
  let client: RpcClient<'HeadService'>;
  let driver: TestDriver;

  beforeEach(async () => {
    served = await ServedHead.start();
    ({ client, driver } = served);
  });
  afterEach(() => served.close());

  it('shows what its tables hold', async () => {
    await served.addAgent('n1', { CPU: 2 });
    await served.createActor('a1');
    const state = await client.call('getClusterState', {});
    expect(state).toMatchObject({
      clusterId: 'c1',
      store: 'memory',
      nodes: [{ nodeId: 'n1', state: 'NODE_LIFE_STATE_ALIVE', total: { units: { CPU: 20_000 } } }],
      actors: [{ actorId: 'a1', className: 'Counter' }],
      jobs: [{ jobId: 'j1', alive: true }],
    });
  });

  it('ends what a driver owned when that says goodbye', async () => {
    const agent = await served.addAgent('n1', { CPU: 2 });
    await served.createGroup('g1', { CPU: 1 });
    await served.createActor('a1');
    await agent.asked.find((asked) => asked.startsWith('start a1'));
    agent.sayAlive('a1');
    await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE');
    await driver.groups.find(({ state }) => state === 'PLACEMENT_GROUP_STATE_CREATED');
    driver.sayGoodbye();
    await agent.asked.find((asked) => asked === 'kill a1 ACTOR_DEATH_KIND_OWNER_DIED');
    await agent.asked.find((asked) => asked === 'return g1');
    await expect(client.call('createActor', { spec: specOf('a2') })).rejects.toThrow(IllegalStateError);
  });

  it('takes a node for dead that vanishes, tells the owners, and places groups again when there is room', async () => {
    const agent = await served.addAgent('n1', { CPU: 2 });
    await served.createGroup('g1', { CPU: 2 });
    await driver.groups.find(({ state }) => state === 'PLACEMENT_GROUP_STATE_CREATED');
    await client.call('createActor', { spec: specOf('a1', inGroup('g1')) });
    await agent.asked.find((asked) => asked.startsWith('start a1'));
    agent.sayAlive('a1');
    await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE');
    agent.vanish();
    const { death } = await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_DEAD');
    expect(death).toMatchObject({ kind: 'ACTOR_DEATH_KIND_NODE_DIED' });
    await driver.groups.find(({ state }) => state === 'PLACEMENT_GROUP_STATE_RESCHEDULING');
    const second = await served.addAgent('n2', { CPU: 2 });
    await second.asked.find((asked) => asked === 'commit g1');
    await driver.groups.find(({ state, nodeIds }) => state.endsWith('CREATED') && nodeIds[0] === 'n2');
  });

  it('lets a node go at once that says goodbye', async () => {
    const agent = await served.addAgent('n1', { CPU: 2 });
    agent.send({ goodbye: {} });
    let nodes = (await client.call('getClusterState', {})).nodes;
    while (nodes[0]?.state !== 'NODE_LIFE_STATE_DEAD') nodes = (await client.call('getClusterState', {})).nodes;
    expect(nodes[0]).toMatchObject({ deathReason: 'it was stopped' });
  });

  it('refuses an agent of another version', async () => {
    const agent = await served.addAgent('n1', { CPU: 1 }, '0.0.1');
    expect(await agent.ended.promise).toBeInstanceOf(InvalidArgumentError);
  });
});
