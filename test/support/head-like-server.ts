/**
 * A process with an RpcServer that answers as a head does, for tests that attack it: what would crash it, fill its memory
 * or keep its connections shows here and not in the test's own process.
 */
import type { Credentials } from '../../src/core/index.js';
import type { GateLimits } from '../../src/rpc/connection-gate.js';
import { RpcServer } from '../../src/rpc/index.js';

export interface HeadLikeOptions {
  readonly credentials: Credentials;
  readonly limits?: GateLimits;
}

/** What the process knows of itself. */
export interface HeadLikeFacts {
  readonly numConnections: number;
  readonly rssBytes: number;
  /** Messages on the way to peers that were told to be sent, by the streams that still stand. */
  readonly numFlooded: number;
}

const UPDATE = { actorUpdate: { actorId: 'x'.repeat(100_000) } };

process.once('message', (options: HeadLikeOptions) => void serve(options));

async function serve({ credentials, limits }: HeadLikeOptions): Promise<void> {
  const server = new RpcServer(credentials, limits);
  let numFlooded = 0;
  server.addService('HeadService', {
    getClusterState: async () => ({ clusterId: 'c1' }),
    attachWorker: (stream) => {
      stream.receive((message) => {
        if (message.heartbeat) void stream.send({ heartbeat: {} });
        if (message.register) {
          const flood = setInterval(() => {
            void stream.send(UPDATE);
            numFlooded++;
          }, 1);
          stream.onEnd(() => clearInterval(flood));
        }
      });
    },
  });
  const port = await server.listen('127.0.0.1', 0);
  process.on('message', () => {
    const facts: HeadLikeFacts = {
      numConnections: server.numConnections,
      rssBytes: process.memoryUsage.rss(),
      numFlooded,
    };
    process.send?.(facts);
  });
  process.send?.(port);
}
