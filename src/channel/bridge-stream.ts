import { ChannelClosedError, type Credentials, Deferred, toError } from '../core/index.js';
import { type BridgeMessage, type MessageStream, RpcClient } from '../rpc/index.js';
import { attachAsyncRingReader, attachAsyncRingWriter } from './async-ring.js';
import { type FrameStream, pumpRingToStream, pumpStreamToRing } from './bridge.js';

/** Carries rings over the Bridge stream of WorkerService: one stream per ring, opened by either of its ends. */

export type BridgeStream = MessageStream<BridgeMessage, BridgeMessage>;

export interface RemoteRing {
  /** host:port of the process that has the other end. */
  readonly address: string;
  readonly credentials: Credentials;
  /** The name under which that process exposed it. */
  readonly channelId: string;
  /** `push` sends the local ring's frames there, `pull` brings that ring's frames here. */
  readonly direction: 'push' | 'pull';
  /** The ring on this host. */
  readonly localPath: string;
}

/**
 * Connects a ring of this host with one of another. Resolves when the ring ended in order.
 * @throws {ChannelClosedError} when the connection broke; both rings are closed then.
 */
export async function connectRemoteRing(ring: RemoteRing): Promise<void> {
  const client = new RpcClient('WorkerService', {
    address: ring.address,
    credentials: ring.credentials,
    peer: `The process at ${ring.address} with the other end of ring ${ring.channelId}`,
    unavailable: (message, cause) => new ChannelClosedError(message, { cause }),
  });
  const stream = client.stream('bridge');
  const direction = ring.direction === 'push' ? 'BRIDGE_DIRECTION_PUSH' : 'BRIDGE_DIRECTION_PULL';
  void stream.send({ open: { channelId: ring.channelId, direction } });
  try {
    await pump(stream, ring.localPath, ring.direction === 'push' ? 'send' : 'receive');
  } finally {
    client.close();
  }
}

/** Answers a stream that another host opened to the ring at `localPath`; see {@link connectRemoteRing}. */
export function serveRemoteRing(stream: BridgeStream, direction: 'push' | 'pull', localPath: string): Promise<void> {
  return pump(stream, localPath, direction === 'push' ? 'receive' : 'send');
}

function pump(stream: BridgeStream, path: string, role: 'send' | 'receive'): Promise<void> {
  const frames = frameStreamOf(stream);
  if (role === 'receive') return pumpStreamToRing(frames, attachAsyncRingWriter(path));
  // Nothing comes this way, but only a stream that is read tells of its end.
  stream.receive(() => undefined);
  return pumpRingToStream(attachAsyncRingReader(path), frames);
}

/** The stream's `frames` messages as the bridge wants them; the opening message is skipped. */
function frameStreamOf(stream: BridgeStream): FrameStream {
  const closed = new Deferred<Error | undefined>();
  stream.onEnd((end) => closed.resolve(end));
  return {
    send: async (frames) => {
      if (stream.isEnded) throw new ChannelClosedError('The stream of a ring to another host is over.');
      await stream.send({ frames });
    },
    messages: receivedFrames(stream),
    closed: closed.promise,
    close: (error) => stream.close(error),
  };
}

async function* receivedFrames(stream: BridgeStream): AsyncGenerator<Uint8Array> {
  const waiting: Uint8Array[] = [];
  let arrived = new Deferred<void>();
  let end: { readonly error: Error | undefined } | undefined;
  stream.receive((message) => {
    if (!message.frames) return;
    waiting.push(message.frames);
    // The peer is held back until what has come is taken, so that a slow ring does not fill this process's memory.
    stream.pause();
    arrived.resolve();
  });
  stream.onEnd((error) => {
    end = { error: error && toError(error) };
    arrived.resolve();
  });
  for (;;) {
    const frames = waiting.shift();
    if (frames) yield frames;
    else if (end) {
      if (end.error) throw end.error;
      return;
    } else {
      arrived = new Deferred<void>();
      stream.resume();
      await arrived.promise;
    }
  }
}
