import { MemoryHeadStore } from '../../../../head/store/memory-head-store.js';
import { describeHeadStoreContract } from './head-store-contract.js';

describeHeadStoreContract('MemoryHeadStore', {
  durability: 'volatile',
  createBackend: async () => {
    const store = new MemoryHeadStore();
    return { open: async () => store, dispose: async () => undefined };
  },
});
