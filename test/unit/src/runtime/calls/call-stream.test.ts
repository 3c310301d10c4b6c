import { type CallMessage, encodeValue, type ReplyMessage } from '../../../../../src/rpc/index.js';
import { CallStream } from '../../../../../src/runtime/calls/call-stream.js';
import type { CallSpec, SubmittedCall } from '../../../../../src/runtime/calls/submitted-call.js';
import { TaskTime } from '../../../../../src/runtime/calls/task-time.js';
import { FakeStream } from '../../../../support/fake-stream.js';

const SPEC: CallSpec = {
  name: 'Counter.add',
  method: 'add',
  definition: undefined,
  numReturns: 1,
  backpressure: 0,
  concurrencyGroup: '',
  retry: { maxRetries: 1, exceptions: false },
  time: new TaskTime(),
};

const readyCall = (): SubmittedCall =>
  ({
    spec: SPEC,
    state: 'ready',
    args: { args: encodeValue([]), storedArgs: [], release: undefined },
    objectNumber: 1,
    attempt: 0,
    capturedPlacementGroupId: '',
    parentTaskId: '',
  }) as unknown as SubmittedCall;

describe('a stream of calls', () => {
  const answer = (sequence: number): ReplyMessage => ({ replies: [{ sequence }], busyMs: 0 }) as ReplyMessage;

  function open() {
    const wire = new FakeStream<ReplyMessage, CallMessage>();
    const answered: SubmittedCall[] = [];
    const onReply = (call: SubmittedCall): undefined => {
      answered.push(call);
    };
    const stream = new CallStream(wire.asStream, {}, { onReply, onEnd: () => undefined });
    return { wire, stream, answered };
  }

  it('hands an answer to the call that it is for', () => {
    const { wire, stream, answered } = open();
    const [first, second] = [readyCall(), readyCall()];
    stream.send(first);
    stream.send(second);
    wire.deliver(answer(2));
    expect(answered).toEqual([second]);
    expect([...stream.inFlight.values()]).toEqual([first]);
  });

  it('leaves calls alone that it gave up when it was closed, though an answer was on its way', () => {
    const { wire, stream, answered } = open();
    stream.send(readyCall());
    stream.close();
    wire.deliver(answer(1));
    expect(answered).toEqual([]);
    expect(stream.inFlight.size).toBe(1);
  });
});
