import { startHead } from '../../../head/start-head.js';
import { MemoryHeadStore } from '../../../head/store/memory-head-store.js';
import { silentLogger } from '../../../src/core/index.js';
import { headConfig } from '../../support/head-config.js';

describe('a second head on the same store', () => {
  it('is refused while the first one holds it', async () => {
    const store = new MemoryHeadStore();
    const start = (sessionDirectory: string) =>
      startHead({ ...headConfig, sessionDirectory }, store, 'memory', silentLogger, () => undefined);
    const first = await start('of-the-first');
    try {
      await expect(start('of-another-head')).rejects.toThrow('Another head holds the lease');
    } finally {
      await first.head.close();
    }
  });
});
