import { openHeadStore } from '../../../../head/store/open-head-store.js';
import { describeWithRedis, TestRedisServer } from '../../../support/redis-server.js';
import { describeHeadStoreContract } from './head-store-contract.js';

describeWithRedis('RedisHeadStore', (executable) => {
  const server = new TestRedisServer(executable);
  let numNamespaces = 0;
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  describeHeadStoreContract('RedisHeadStore', {
    durability: 'durable',
    createBackend: async () => {
      numNamespaces += 1;
      const namespace = `contract-${numNamespaces}`;
      return {
        open: () => openHeadStore({ kind: 'redis', url: server.url, namespace }),
        dispose: async () => undefined,
      };
    },
  });
});
