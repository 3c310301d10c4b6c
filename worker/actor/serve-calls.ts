import { ActorDiedError, InvalidArgumentError } from '../../src/core/index.js';
import {
  type Call,
  type CallMessage,
  decodeValue,
  encodeValue,
  type MessageStream,
  type Reply,
  type ReplyMessage,
  splitBatch,
  toErrorDetail,
  valueBytes,
} from '../../src/rpc/index.js';
import type { Mailbox } from './mailbox.js';

/** The actor that a process runs. */
export interface ServedActor {
  readonly actorId: string;
  readonly className: string;
  readonly instance: object;
  readonly mailbox: Mailbox;
}

type CallStream = MessageStream<CallMessage, ReplyMessage>;

/** Answers one caller's calls: posts them in order, and sends replies that are ready together as one message. */
export function serveCalls(stream: CallStream, actor: ServedActor): void {
  let state: 'new' | 'greeted' = 'new';
  const reply = batchedReplies(stream);
  stream.receive((message) => {
    if (state === 'new') {
      const wanted = message.handshake?.actorId ?? '';
      if (wanted !== actor.actorId) {
        stream.close(wrongActor(wanted, actor));
        return;
      }
      state = 'greeted';
    }
    for (const call of message.calls) actor.mailbox.post(async () => reply(await runCall(actor, call)));
  });
}

async function runCall(actor: ServedActor, call: Call): Promise<Reply> {
  try {
    const method = findMethod(actor, call.method ?? '');
    const args = decodeValue(call.args);
    if (!Array.isArray(args)) throw new InvalidArgumentError(`The arguments of ${call.method} are no list.`);
    const result: unknown = await method.apply(actor.instance, args);
    return { sequence: call.sequence, result: encodeValue(result) };
  } catch (error) {
    return { sequence: call.sequence, error: toErrorDetail(error) };
  }
}

function findMethod(actor: ServedActor, name: string): (...args: unknown[]) => unknown {
  const method = (actor.instance as Record<string, unknown>)[name];
  if (typeof method === 'function' && !Object.hasOwn(Object.prototype, name)) {
    return method as (...args: unknown[]) => unknown;
  }
  throw new InvalidArgumentError(`Actor class ${actor.className} has no method ${name}.`);
}

function batchedReplies(stream: CallStream): (reply: Reply) => void {
  let replies: Reply[] = [];
  return (reply) => {
    replies.push(reply);
    if (replies.length > 1) return;
    // After the promises of this turn, so that all the replies that they make ready go together.
    process.nextTick(() => {
      const batches = splitBatch(replies, ({ result }) => (result ? valueBytes(result) : 0));
      replies = [];
      for (const batch of batches) void stream.send({ replies: batch });
    });
  };
}

const wrongActor = (wanted: string, actor: ServedActor): ActorDiedError =>
  new ActorDiedError(
    `Actor ${wanted} does not live here any more; this process runs actor ${actor.actorId}. The call did not run.`,
  );
