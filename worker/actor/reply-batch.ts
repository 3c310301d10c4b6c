import {
  type Draft,
  type MessageStream,
  type Reply,
  type ReplyMessage,
  splitBatch,
  valueBytes,
} from '../../src/rpc/index.js';

/** Sends the replies that become ready in one turn of the event loop as one message. */
export class ReplyBatch {
  readonly #stream: Pick<MessageStream<never, ReplyMessage>, 'send'>;
  readonly #takeBusyMs: () => number;
  #replies: Draft<Reply>[] = [];

  /** @param takeBusyMs how long there were calls to run since it was asked last. */
  constructor(stream: Pick<MessageStream<never, ReplyMessage>, 'send'>, takeBusyMs: () => number) {
    this.#stream = stream;
    this.#takeBusyMs = takeBusyMs;
  }

  add(reply: Draft<Reply>): void {
    this.#replies.push(reply);
    // After the promises of this turn, so that all the replies that they make ready go together.
    if (this.#replies.length === 1) process.nextTick(() => this.#flush());
  }

  #flush(): void {
    const batches = splitBatch(this.#replies, replyBytes);
    this.#replies = [];
    const busyMs = this.#takeBusyMs() / batches.length;
    for (const replies of batches) void this.#stream.send({ replies, busyMs });
  }
}

function replyBytes({ result, results, item }: Draft<Reply>): number {
  const values = [result, item?.result?.value, ...(results?.results?.map(({ value }) => value) ?? [])];
  return values.reduce((sum, value) => sum + (value ? valueBytes(value as never) : 0), 0);
}
