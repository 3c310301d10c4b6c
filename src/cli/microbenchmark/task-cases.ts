import { get, kill } from '../../api/index.js';
import { RemoteClient, remoteTasks } from './definitions.js';
import type { BenchmarkCase } from './measure.js';

/** Cases of tasks. */
export const taskCases: readonly BenchmarkCase[] = [
  {
    name: 'single client tasks and get batch',
    multiplier: 1,
    prepare: async () => ({ run: () => submit(1_000) }),
  },
  {
    name: 'single client tasks sync',
    multiplier: 1,
    prepare: async () => ({ run: () => submit(1) }),
  },
  {
    name: 'single client tasks async',
    multiplier: 1_000,
    prepare: async () => ({ run: () => submit(1_000) }),
  },
  {
    name: 'multi client tasks async',
    multiplier: 40_000,
    prepare: async () => {
      const clients = Array.from({ length: 4 }, () => RemoteClient.remote([]));
      return {
        run: async () => void (await get(clients.map((client) => client.submitTasks.remote(10_000)))),
        close: async () => void (await Promise.all(clients.map((client) => kill(client)))),
      };
    },
  },
];

async function submit(count: number): Promise<void> {
  await get(Array.from({ length: count }, () => remoteTasks.smallValue.remote()));
}
