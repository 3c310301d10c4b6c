import { free, get, type ObjectRef, put, wait } from '../../api/index.js';
import { remoteTasks } from './definitions.js';
import type { BenchmarkCase } from './measure.js';

const GIGABYTE_ARRAY_LENGTH = 100 * 1024 * 1024;
const NUM_REFS = 10_000;

/** Cases of objects: values that are put, got and waited for. */
export const objectCases: readonly BenchmarkCase[] = [
  {
    name: 'single client get calls (Plasma Store)',
    multiplier: 1,
    prepare: async () => {
      const ref = await put(0);
      return { run: async () => void (await get(ref)) };
    },
  },
  {
    name: 'single client put calls (Plasma Store)',
    multiplier: 1,
    prepare: async () => ({ run: async () => void (await put(0)) }),
  },
  {
    name: 'multi client put calls (Plasma Store)',
    multiplier: 1_000,
    prepare: async () => ({
      run: async () => void (await get(Array.from({ length: 10 }, () => remoteTasks.putSmall.remote(100)))),
    }),
  },
  {
    name: 'single client put gigabytes',
    // As Ray counts it.
    multiplier: 0.8,
    prepare: async () => {
      const array = new BigInt64Array(GIGABYTE_ARRAY_LENGTH);
      // Python's counting of references frees each array before the next is put.
      return { run: async () => free([await put(array)]) };
    },
  },
  {
    name: 'multi client put gigabytes',
    multiplier: 8,
    prepare: async () => ({
      run: async () =>
        void (await get(Array.from({ length: 10 }, () => remoteTasks.putLarge.remote(10, 10 * 1024 * 1024)))),
    }),
  },
  {
    name: 'single client get object containing 10k refs',
    multiplier: 1,
    prepare: async () => {
      const list = remoteTasks.manyRefs.remote(NUM_REFS);
      await get(list);
      return { run: async () => void (await get(list)) };
    },
  },
  {
    name: 'single client wait 1k refs',
    multiplier: 1,
    prepare: async () => ({ run: waitOneByOne }),
  },
];

async function waitOneByOne(): Promise<void> {
  let rest: ObjectRef<unknown>[] = Array.from({ length: 1_000 }, () => remoteTasks.smallValue.remote());
  while (rest.length > 0) [, rest] = await wait(rest, { numReturns: 1 });
}
