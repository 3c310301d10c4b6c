import { type ObjectId, TaskError, type WorkerId } from '../../../../../src/core/index.js';
import { decodeValue, encodeValue, type Reply } from '../../../../../src/rpc/index.js';
import { CallLedger } from '../../../../../src/runtime/calls/call-ledger.js';
import type { CallSpec, CancelOptions, SubmittedCall } from '../../../../../src/runtime/calls/submitted-call.js';
import { TaskTime } from '../../../../../src/runtime/calls/task-time.js';
import { FakeObjects } from '../../../../support/fake-objects.js';

const WORKER = 'a'.repeat(28) as WorkerId;

describe('the calls of a process', () => {
  let objects: FakeObjects;
  let ledger: CallLedger;
  let cancelled: SubmittedCall[];
  let resubmitted: SubmittedCall[];

  beforeEach(() => {
    objects = new FakeObjects(WORKER);
    ledger = new CallLedger(objects, WORKER, { admits: () => false, record: () => undefined });
    cancelled = [];
    resubmitted = [];
  });

  function open(change: Partial<CallSpec> = {}): SubmittedCall {
    const spec: CallSpec = {
      name: 'square',
      method: '',
      definition: undefined,
      numReturns: 1,
      backpressure: 0,
      concurrencyGroup: '',
      retry: { maxRetries: 1, exceptions: false },
      time: new TaskTime(),
      ...change,
    };
    const carrier = {
      cancel: (call: SubmittedCall) => cancelled.push(call),
      resubmit: (call: SubmittedCall) => resubmitted.push(call),
      consumed: () => undefined,
    };
    const call = ledger.open({ spec, carrier, capturedPlacementGroupId: '', pending: undefined });
    const encoded = objects.encodeArguments([]);
    call.args = encoded as Exclude<typeof encoded, Promise<unknown>>;
    call.state = 'sent';
    return call;
  }

  const options: CancelOptions = { force: false, recursive: true };
  const replyWith = (outcome: Partial<Reply>): Reply => ({ sequence: 1, ...outcome });

  it('settles each result of a call, and forgets the call', () => {
    const call = open({ numReturns: 2 });
    const { refs } = call;
    const results = [1, 2].map((n) => ({ value: encodeValue(n) }));
    void ledger.complete(call, replyWith({ results: { results } }));
    const states = refs.map((ref) => objects.entries.get(ref.id)!.state);
    expect(states.map((state) => (state.kind === 'value' ? decodeValue(state.value) : state.kind))).toEqual([1, 2]);
    expect(refs.map((ref) => ledger.find(ref))).toEqual([undefined, undefined]);
    expect(call.refs).toEqual([]);
  });

  it('keeps the first outcome of a call that is cancelled and answered all the same', async () => {
    const call = open();
    const [ref] = call.refs;
    ledger.cancel(call, options);
    expect(cancelled).toEqual([call]);
    void ledger.complete(call, replyWith({ result: encodeValue(1) }));
    await expect(objects.read(ref!)).rejects.toMatchObject({
      code: 'RAY_TASK_CANCELLED',
      details: { mayHaveRun: true },
    });
  });

  it('says of a call that was not sent that it did not run', async () => {
    const call = open();
    const [ref] = call.refs;
    call.state = 'waiting';
    ledger.cancel(call, options);
    await expect(objects.read(ref!)).rejects.toMatchObject({ details: { mayHaveRun: false } });
  });

  it('lets the arguments of a call go when it can not run again', () => {
    ledger.fail(open(), new TaskError('It threw.'));
    expect(objects.numReleased).toBe(1);
    void ledger.complete(open({ retry: { maxRetries: 0, exceptions: false } }), replyWith({ result: encodeValue(1) }));
    expect(objects.numReleased).toBe(2);
  });

  describe('whose results may be lost', () => {
    it('keeps the arguments until every result is forgotten', () => {
      const call = open({ numReturns: 2 });
      const lineages = call.refs.map((ref) => objects.lineages.get(ref.id)!);
      const ids = call.refs.map((ref) => ref.id);
      void ledger.complete(call, replyWith({ results: { results: [] } }));
      lineages[0]!.forget(ids[0]!);
      expect(objects.numReleased).toBe(0);
      lineages[1]!.forget(ids[1]!);
      expect(objects.numReleased).toBe(1);
    });

    it('runs the call again as one of its retries, once for all its results, and gives up after the last', () => {
      const call = open({ numReturns: 2 });
      const [first, second] = call.refs.map((ref) => objects.lineages.get(ref.id)!);
      const ids = call.refs.map((ref) => ref.id);
      void ledger.complete(call, replyWith({ results: { results: [] } }));
      expect(first!.recover(ids[0]!)).toBeUndefined();
      expect(second!.recover(ids[1]!)).toBeUndefined();
      expect(resubmitted).toEqual([call]);
      expect(call.attempt).toBe(1);
      void ledger.complete(call, replyWith({ results: { results: [] } }));
      expect(first!.recover(ids[0]!)).toMatchObject({
        code: 'RAY_OBJECT_LOST',
        details: { objectId: ids[0], reason: 'retries-exhausted' },
      });
    });
  });

  describe('whose result is lost as it comes', () => {
    /** A call that may run twice, whose result is found to lie on a dead node when it is settled. */
    function completeLost(attempt: number): { readonly call: SubmittedCall; readonly id: ObjectId } {
      const call = open();
      call.attempt = attempt;
      const { id } = call.refs[0]!;
      const settle = objects.settle.bind(objects);
      objects.settle = () => {
        objects.settle = settle;
        expect(objects.lineages.get(id)!.recover(id)).toBeUndefined();
      };
      void ledger.complete(call, replyWith({ result: encodeValue(1) }));
      return { call, id };
    }

    it('runs the call again', async () => {
      const { call } = completeLost(0);
      await Promise.resolve();
      expect(resubmitted).toEqual([call]);
    });

    it('says that it is lost when the call may not run again', async () => {
      const { id } = completeLost(1);
      await Promise.resolve();
      expect(resubmitted).toEqual([]);
      expect(objects.entries.get(id)!.state).toMatchObject({ error: { code: 'RAY_OBJECT_LOST' } });
    });
  });

  it('gives the items of a stream once, in order, and an error in place of the next', async () => {
    const call = open({ numReturns: -1 });
    const item = (index: number): Reply => replyWith({ item: { index, result: { value: encodeValue(index) } } });
    for (const index of [0, 1, 0, 1]) void ledger.acceptItem(call, item(index));
    ledger.fail(call, new TaskError('nothing more'));
    const { stream } = call;
    expect(await objects.read((await stream!.next())!)).toBe(0);
    expect(await objects.read((await stream!.next())!)).toBe(1);
    await expect(objects.read((await stream!.next())!)).rejects.toThrow('nothing more');
    expect(await stream!.next()).toBeUndefined();
  });
});
