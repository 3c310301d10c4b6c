import type * as grpc from '@grpc/grpc-js';
import { InvalidArgumentError } from '../core/index.js';
import type { Draft } from './draft.js';
import { toErrorDetail } from './error-detail.js';
import type { AnswerBatch, BatchedAnswer, BatchedCall, CallBatch } from './generated/rayts.js';
import type { MessageStream } from './message-stream.js';
import { splitBatch } from './split-batch.js';
import { TurnQueue } from './turn-queue.js';

/** Answers a unary call; the signal says that the caller does not wait any more. */
export type UnaryHandler = (request: unknown, signal: AbortSignal) => Promise<unknown>;

/** A unary method of a service, with how its messages are encoded. */
export interface UnaryMethod {
  readonly handler: UnaryHandler;
  readonly definition: grpc.MethodDefinition<object, object>;
}

/** Runs the calls of a batch side by side, and sends the answers of each turn together; ends with the last one. */
export function serveBatch(
  methods: ReadonlyMap<string, UnaryMethod>,
  stream: MessageStream<CallBatch, AnswerBatch>,
): void {
  const abort = new AbortController();
  let numOpen = 0;
  const answers = new TurnQueue<Draft<BatchedAnswer>>((ready) => {
    for (const batch of splitBatch(ready, ({ response }) => response?.length ?? 0)) {
      void stream.send({ answers: batch });
    }
    numOpen -= ready.length;
    if (numOpen === 0) stream.close();
  });
  stream.receive(({ calls }) => {
    numOpen += calls.length;
    for (const [index, call] of calls.entries()) {
      run(methods, call, abort.signal).then(
        (response) => answers.add({ index, response }),
        (error: unknown) => answers.add({ index, error: toErrorDetail(error) }),
      );
    }
  });
  stream.onEnd(() => {
    if (numOpen > 0) abort.abort();
  });
}

async function run(
  methods: ReadonlyMap<string, UnaryMethod>,
  { method, request }: BatchedCall,
  signal: AbortSignal,
): Promise<Buffer> {
  const found = methods.get(method);
  if (!found) throw new InvalidArgumentError(`There is no method ${method} that could be called in a batch.`);
  const { handler, definition } = found;
  return definition.responseSerialize(
    (await handler(definition.requestDeserialize(request as Buffer), signal)) as object,
  );
}
