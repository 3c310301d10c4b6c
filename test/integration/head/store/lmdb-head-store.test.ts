import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbHeadStore } from '../../../../head/store/embedded/lmdb-head-store.js';
import { describeHeadStoreContract } from './head-store-contract.js';

describeHeadStoreContract('LmdbHeadStore', {
  durability: 'durable',
  createBackend: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'rayts-lmdb-'));
    return {
      open: async () => new LmdbHeadStore({ directory }),
      dispose: async () => rmSync(directory, { recursive: true }),
    };
  },
});
