import { Deferred, InvalidArgumentError, TaskError } from '../../../../../src/core/index.js';
import { decodeValue } from '../../../../../src/rpc/index.js';
import { encodeArguments, ObjectRef } from '../../../../../src/runtime/objects/object-ref.js';

const received = async (args: readonly unknown[]): Promise<unknown> => decodeValue(await encodeArguments(args));

describe('arguments of a call', () => {
  it('have the values of their refs', async () => {
    const late = new Deferred<number>();
    const args = received([1, new ObjectRef(late.promise), 'c']);
    late.resolve(2);
    expect(await args).toEqual([1, 2, 'c']);
  });

  it('are what they were when the call was made', async () => {
    const list = [1];
    const args = received([list]);
    list.push(2);
    expect(await args).toEqual([[1]]);
  });

  it('fail with the error of a ref among them', async () => {
    const error = new TaskError('upstream');
    await expect(received([new ObjectRef(Promise.reject(error))])).rejects.toBe(error);
  });

  it('are refused when a ref is inside a container, with what to do instead', async () => {
    await expect(received([{ ref: new ObjectRef(Promise.resolve(1)) }])).rejects.toThrow(InvalidArgumentError);
    await expect(received([[new ObjectRef(Promise.resolve(1))]])).rejects.toThrow('argument of its own');
  });
});
