import type { MessageStream } from './message-stream.js';

/**
 * Hands on a stream's messages one at a time: the next one waits, and with it its sender, until `onMessage` is done with
 * the last. The stream is closed with what `onMessage` throws.
 *
 * @returns resolves when the stream has ended in order and every message was handled.
 * @throws what the stream broke of, or what `onMessage` threw.
 */
export function receiveInTurn<Incoming, Outgoing>(
  stream: MessageStream<Incoming, Outgoing>,
  onMessage: (message: Incoming) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let handled: Promise<void> = Promise.resolve();
    stream.receive((message) => {
      stream.pause();
      handled = handled.then(() => onMessage(message)).then(() => stream.resume());
      handled.catch((error: unknown) => stream.close(error));
    });
    stream.onEnd((end) => {
      handled.then(() => (end === undefined ? resolve() : reject(end)), reject);
    });
  });
}
