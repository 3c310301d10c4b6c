import type { RpcClient } from '../../../src/rpc/index.js';
import { ServedHead } from '../../support/served-head.js';
import type { TestDriver } from '../../support/test-driver.js';

describe('task leases of the head', () => {
  let served: ServedHead;
  let client: RpcClient<'HeadService'>;
  let driver: TestDriver;

  beforeEach(async () => {
    served = await ServedHead.start();
    ({ client, driver } = served);
  });
  afterEach(() => served.close());

  it('leases task workers, takes them back, and ends them with their holder', async () => {
    const agent = await served.addAgent('n1', { CPU: 2 });
    const request = (leaseId: string) => ({
      leaseRequest: { leaseId, jobId: 'j1', name: 'work', resources: { units: { CPU: 10_000 } } },
    });
    for (const leaseId of ['l1', 'l2', 'l3']) driver.send(request(leaseId));
    const { granted } = await driver.leases.find(({ leaseId }) => leaseId === 'l2');
    expect(granted).toMatchObject({ workerId: 'worker-of-l2', nodeId: 'n1', rpcAddress: 'h:7' });
    driver.send({ returnLease: { leaseId: 'l1' } });
    await driver.leases.find(({ leaseId }) => leaseId === 'l3');
    const { leases } = await client.call('getClusterState', {});
    expect(leases.map(({ leaseId }) => leaseId)).toEqual(['l2', 'l3']);
    agent.send({
      workerReport: {
        leaseId: 'l3',
        workerId: 'worker-of-l3',
        death: { kind: 'ACTOR_DEATH_KIND_OUT_OF_MEMORY', message: 'too much' },
      },
    });
    await driver.leases.find(({ ended }) => ended?.message === 'too much');
    driver.sayGoodbye();
    await agent.asked.find((asked) => asked === 'return l2 and end its worker');
    await agent.asked.find((asked) => asked === 'driver-j1 is gone');
  });
});
