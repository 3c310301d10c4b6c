import { CallingCluster, nodeStates } from '../support/calling-cluster.js';
import { describeWithHosts } from '../support/describe-with-hosts.js';

/** Longer than it takes to find a silent peer: 10 s, by the pings of the transport. */
const LEASE_MS = 20_000;

describeWithHosts("a cut between a driver's host and its actor's, which the head reaches both", () => {
  let calling: CallingCluster;
  beforeAll(async () => {
    calling = await CallingCluster.open(LEASE_MS);
    calling.lab.cutBetween(calling.driverHost, calling.actorHost);
  });
  afterAll(() => calling?.lab.close());

  it('fails the call in flight as unavailable', async () => {
    expect(await calling.driver.line('failed')).toEqual({ failed: 'RAY_ACTOR_UNAVAILABLE' });
  });

  it('leaves node and actor alive', async () => {
    const status = await calling.headHost.status();
    expect(nodeStates(status)[calling.actorHost.address]).toBe('NODE_LIFE_STATE_ALIVE');
    expect(status.actors).toMatchObject([{ state: 'ACTOR_LIFE_STATE_ALIVE' }]);
  });

  it('is over when it is mended: the same actor counts on', async () => {
    const before = calling.totals.at(-1)!;
    calling.lab.restoreBetween(calling.driverHost, calling.actorHost);
    await calling.nextCall();
    expect(calling.totals.at(-1)).toBeGreaterThan(before);
  });
});
