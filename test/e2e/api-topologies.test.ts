import { describeTopologies } from '../support/describe-topologies.js';
import type { Topology } from '../support/topology.js';
import { actors } from './api/actors.js';
import type { ApiSuite } from './api/api-suite.js';
import { library } from './api/library.js';
import { objects } from './api/objects.js';
import { spread } from './api/spread.js';

/** What holds wherever head, agents and driver run: a name for every part of the API. */
const SUITES: readonly ApiSuite[] = [actors, spread, objects, library];

describeTopologies('a cluster', (open, numNodes) => {
  let topology: Topology;
  beforeAll(async () => {
    topology = await open();
    await topology.startCluster({ cpusPerNode: 2, numGpus: 2 });
  });
  afterAll(() => topology?.close());

  describe.each(SUITES)('runs $name', ({ driver, args, facts }) => {
    let printed: Readonly<Record<string, unknown>>;
    beforeAll(async () => {
      printed = await topology.drive(driver, args?.(numNodes)).printed();
    });

    facts(() => printed, numNodes);
  });

  it('leaves nothing behind', async () => {
    await topology.stopCluster();
    expect(topology.processes()).toEqual([]);
    expect(topology.segments()).toEqual([]);
  });
});
