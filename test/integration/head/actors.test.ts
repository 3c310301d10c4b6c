import { ActorAlreadyExistsError, InvalidArgumentError } from '../../../src/core/index.js';
import type { RpcClient } from '../../../src/rpc/index.js';
import { ServedHead, specOf } from '../../support/served-head.js';
import type { TestDriver } from '../../support/test-driver.js';

describe('actors of the head', () => {
  let served: ServedHead;
  let client: RpcClient<'HeadService'>;
  let driver: TestDriver;

  beforeEach(async () => {
    served = await ServedHead.start();
    ({ client, driver } = served);
  });
  afterEach(() => served.close());

  it('has an actor killed on request, and brings its last words to its owner', async () => {
    const agent = await served.addAgent('n1', { CPU: 2 });
    await served.createActor('a1');
    await agent.asked.find((asked) => asked.startsWith('start a1'));
    agent.sayAlive('a1');
    await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE');
    await client.call('killActor', { actorId: 'a1' });
    const { death } = await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_DEAD');
    expect(death).toMatchObject({ kind: 'ACTOR_DEATH_KIND_KILLED', signal: 'SIGKILL', stderrTail: ['last words'] });
  });

  it('refuses an actor without a spec, or with an amount that is none', async () => {
    await expect(client.call('createActor', {})).rejects.toThrow(InvalidArgumentError);
    const spec = specOf('a1', { resources: { units: { CPU: Number.NaN } } });
    await expect(client.call('createActor', { spec })).rejects.toThrow(InvalidArgumentError);
  });

  it('starts an actor again that crashed, and tells who follows it how often', async () => {
    const agent = await served.addAgent('n1', { CPU: 2 });
    await client.call('createActor', { spec: specOf('a1', { maxRestarts: 1 }) });
    await agent.asked.find((asked) => asked.startsWith('start a1'));
    agent.sayAlive('a1', 'first');
    await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_ALIVE');
    agent.sayDead('a1', 'first');
    await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_RESTARTING');
    await agent.asked.find((asked) => asked === 'start a1 in bundle -1 (restart 1)');
    await agent.asked.find((asked) => asked === 'first is gone');
    agent.sayAlive('a1', 'second');
    await driver.actors.find(({ address, numRestarts }) => address?.workerId === 'second' && numRestarts === 1);
    // Told once more, as an agent does that has connected again: it is about a process that nobody waits for.
    agent.sayDead('a1', 'first');
    agent.sayDead('a1', 'second');
    const { death } = await driver.actors.find(({ state }) => state === 'ACTOR_LIFE_STATE_DEAD');
    expect(death).toMatchObject({ exitCode: 3 });
    expect(driver.actors.messages.filter(({ state }) => state.endsWith('RESTARTING'))).toHaveLength(1);
  });

  it('finds a named actor for whoever knows its name, and has one at a time', async () => {
    await served.addAgent('n1', { CPU: 4 });
    const named = specOf('a1', { name: 'counter', maxTaskRetries: 3, maxPendingCalls: 9 });
    await client.call('createActor', { spec: named });
    const { actor } = await client.call('getNamedActor', { name: 'counter', namespace: 'lab' });
    expect(actor).toMatchObject({ actorId: 'a1', className: 'Counter', maxTaskRetries: 3, maxPendingCalls: 9 });
    const second = client.call('createActor', { spec: specOf('a2', { name: 'counter' }) });
    await expect(second).rejects.toThrow(ActorAlreadyExistsError);
    const { existing } = await client.call('createActor', { spec: { ...named, actorId: 'a3', getIfExists: true } });
    expect(existing).toMatchObject({ actorId: 'a1' });
    await client.call('killActor', { actorId: 'a1' });
    const gone = client.call('getNamedActor', { name: 'counter', namespace: 'lab' });
    await expect(gone).rejects.toThrow(InvalidArgumentError);
  });
});
