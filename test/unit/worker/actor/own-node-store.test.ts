import { ActorUnavailableError, Deferred, ObjectStoreFullError } from '../../../../src/core/index.js';
import { encodeValue, type StoredObject } from '../../../../src/rpc/index.js';
import type { ObjectStoreClient } from '../../../../src/runtime/objects/object-store-client.js';
import { createOwnNodeStore } from '../../../../worker/actor/own-node-store.js';

const stored: StoredObject = { size: 1, locations: [], references: [] };
const value = encodeValue(1);

/** A store that fails as it is told, or works. */
const storeThat = (failure?: Error): ObjectStoreClient => ({
  put: () => (failure ? Promise.reject(failure) : Promise.resolve(stored)),
  open: () =>
    failure ? Promise.reject(failure) : Promise.resolve({ kind: 'opened', value, copiedTo: undefined, lost: [] }),
  free: () => Promise.resolve(),
  close: () => undefined,
});

describe("the store of a worker's own node", () => {
  const gone = new ActorUnavailableError('The agent can not be reached.');
  const works: [string, (store: ObjectStoreClient) => Promise<unknown>][] = [
    ['put', (store) => store.put('o', 'w', value)],
    ['open', (store) => store.open('o', 'w', stored)],
  ];

  it.each(works)('says nothing of an agent that is gone while the worker is about to end (%s)', async (_, work) => {
    const end = new Deferred<void>();
    let told: unknown;
    const working = work(createOwnNodeStore(storeThat(gone), () => end.promise)).catch((error: unknown) => {
      told = error;
    });
    await new Promise(setImmediate);
    expect(told).toBeUndefined();
    end.resolve();
    await working;
    expect(told).toBe(gone);
  });

  it.each(works)('tells every other failure and every success at once (%s)', async (_, work) => {
    const full = new ObjectStoreFullError('No room.');
    const never = (): Promise<void> => new Promise(() => undefined);
    await expect(work(createOwnNodeStore(storeThat(full), never))).rejects.toBe(full);
    await expect(work(createOwnNodeStore(storeThat(), never))).resolves.toBeDefined();
  });
});
