import type { NodeId } from '../../../../src/core/index.js';
import { HeadLab } from '../../../support/head-lab.js';
import { actorRecord, nodeRecord } from '../../../support/head-records.js';

describe('a head that goes on with actors which an earlier one was starting', () => {
  it('asks for each start once', async () => {
    const lab = await HeadLab.open();
    await lab.journal.putNode(nodeRecord('n1', { CPU: 4 }));
    const starting = { nodeId: 'n1' as NodeId, numRestarts: 1 };
    await lab.journal.putActor(actorRecord('a1', { CPU: 1 }, { ...starting, state: 'RESTARTING' }));
    await lab.journal.putActor(actorRecord('a2', { CPU: 1 }, { ...starting, state: 'PENDING_CREATION' }));
    await lab.journal.putActor(actorRecord('a3', { CPU: 1 }, { nodeId: 'n1' as NodeId }));
    lab.takeTrace();
    lab.scheduler.actors.resume();
    await new Promise(setImmediate);
    expect(lab.takeTrace().filter((line) => line.startsWith('n1 '))).toEqual([
      'n1 start a1 (restart 1)',
      'n1 start a2 (restart 1)',
    ]);
    lab.close();
  });
});
