import { free } from '../../../../src/api/free.js';
import { get } from '../../../../src/api/get.js';
import { put } from '../../../../src/api/put.js';
import { createWorkerId, InvalidArgumentError, ObjectLostError } from '../../../../src/core/index.js';
import { startRuntime } from '../../../../src/runtime/runtime.js';
import { MemoryStores } from '../../../support/memory-object-store.js';
import { never, ready, resolve } from '../../../support/settled-refs.js';

let stores: MemoryStores;

beforeEach(() => {
  stores = new MemoryStores();
  const server = { rpcAddress: '127.0.0.1:1' };
  startRuntime(createWorkerId()).join({ credentials: { token: 't' }, store: stores.client('n1'), server });
});

describe('put', () => {
  it('keeps the value as it is when the promise settles', async () => {
    for (const length of [10, 20_000]) {
      const value = { array: new Float64Array(length).fill(1) };
      const ref = await put(value);
      value.array.fill(2);
      expect((await get(ref)).array).toEqual(new Float64Array(length).fill(1));
    }
  });

  it('stores what is over 100 KiB, and nothing else', async () => {
    await put(new Uint8Array(100 * 1024 - 100));
    expect(stores.on('n1')).toEqual([]);
    const ref = await put(new Uint8Array(100 * 1024 + 1));
    expect(stores.on('n1')).toEqual([ref.id]);
  });

  it('refuses a ref and what can not travel', async () => {
    await expect(put(ready(1))).rejects.toThrow(InvalidArgumentError);
    await expect(put(() => 1)).rejects.toThrow('it holds the function');
  });

  it('gives refs that are equal by their id, and no promises', async () => {
    const [ref, other] = [await put(1), await put(1)];
    expect([ref.equals(ref), ref.equals(other), ref.equals(1), ref.hex()]).toEqual([true, false, false, ref.id]);
    expect(ref.id).not.toBe(other.id);
    expect(await (async () => ref)()).toBe(ref);
    expect(() => JSON.stringify({ ref })).toThrow("can't be written as JSON");
  });
});

describe('free', () => {
  it('gives up values, small and large', async () => {
    const refs = [await put('small'), await put(new Uint8Array(200_000))];
    free(refs);
    for (const ref of refs) {
      await expect(get(ref)).rejects.toThrow(ObjectLostError);
      await expect(get(ref)).rejects.toMatchObject({ details: { objectId: ref.id, reason: 'freed' } });
    }
    await new Promise(setImmediate);
    expect(stores.on('n1')).toEqual([]);
  });

  it('ends the wait for a result, which is dropped when it comes', async () => {
    const ref = never<string>();
    const waiting = get(ref);
    free(ref);
    await expect(waiting).rejects.toThrow('was freed');
    resolve(ref, 'late');
    await expect(get(ref)).rejects.toThrow('was freed');
  });

  it('refuses what is no ref', () => {
    expect(() => free([1 as never])).toThrow(InvalidArgumentError);
  });
});
