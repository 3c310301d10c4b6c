import { setTimeout as sleep } from 'node:timers/promises';
import { CallingCluster, nodeStates } from '../support/calling-cluster.js';
import { describeWithHosts } from '../support/describe-with-hosts.js';

/** Far longer than a cut of which nobody is to take notice, on a machine that stalls now and then. */
const LONG_LEASE_MS = 20_000;
const SHORT_CUT_MS = 2_000;
/** Short, so that the tests see it run out. */
const SHORT_LEASE_MS = 2_000;

describeWithHosts('a link that is cut for less than the lease', () => {
  let calling: CallingCluster;
  beforeAll(async () => {
    calling = await CallingCluster.open(LONG_LEASE_MS);
  });
  afterAll(() => calling?.lab.close());

  it.each(['head', 'actor', 'driver'])("harms nobody when it is that of the %s's host", async (name) => {
    const host = calling.lab.hosts.find(({ hostname }) => hostname === name)!;
    host.cutLink();
    await sleep(SHORT_CUT_MS);
    host.restoreLink();
    await calling.nextCall();
    // The same actor, and no call ran twice: it counted on from where it was.
    expect(calling.totals).toEqual([...new Set(calling.totals)].sort((a, b) => a - b));
    expect(calling.driver.lines.filter((line) => 'ended' in line)).toEqual([]);
    const states = Object.values(nodeStates(await calling.headHost.status()));
    expect(states).toEqual(['NODE_LIFE_STATE_ALIVE', 'NODE_LIFE_STATE_ALIVE']);
  });
});

describeWithHosts('a link that is cut for longer than the lease', () => {
  let calling: CallingCluster;
  beforeEach(async () => {
    calling = await CallingCluster.open(SHORT_LEASE_MS);
  });
  afterEach(() => calling?.lab.close());

  it("makes the node of an actor's host dead, and everything on it ends by itself", async () => {
    const { actorHost } = calling;
    actorHost.cutLink();
    const isDead = (state: string | undefined): boolean => state === 'NODE_LIFE_STATE_DEAD';
    await calling.statusWhere('the node is dead', (status) => isDead(nodeStates(status)[actorHost.address]));
    expect(await calling.driver.line('ended')).toMatchObject({ ended: 'RAY_ACTOR_DIED' });
    await calling.nothingLeft(actorHost);

    actorHost.restoreLink();
    await calling.joinActorHost();
    await calling.callAnew();
  });

  it("ends the actors of a driver's host, and the driver learns that it lost the head", async () => {
    calling.driverHost.cutLink();
    await calling.statusWhere('its actor is dead', ({ actors }) =>
      actors.every(({ state }) => state === 'ACTOR_LIFE_STATE_DEAD'),
    );
    expect(await calling.driver.line('ended')).toMatchObject({ ended: 'RAY_HEAD_UNAVAILABLE' });
    await calling.nothingLeft(calling.driverHost);

    calling.driverHost.restoreLink();
    await calling.callAnew();
  });

  it("ends all that is not on the head's host, and the head takes nodes again afterwards", async () => {
    const { headHost, actorHost, driverHost } = calling;
    headHost.cutLink();
    await calling.driver.line('ended');
    await calling.nothingLeft(actorHost);
    await calling.nothingLeft(driverHost);

    headHost.restoreLink();
    await calling.joinActorHost();
    await calling.callAnew();
  });
});
