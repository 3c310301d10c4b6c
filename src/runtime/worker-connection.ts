import { Deferred, type WorkerContext } from '../core/index.js';
import { HeadConnection } from './head-connection.js';
import { currentRuntime } from './runtime.js';

const key = Symbol.for('ray-ts.worker-connection');
const holder = globalThis as unknown as Record<symbol, Deferred<HeadConnection> | undefined>;

/**
 * The session with the head of a process that is an actor or runs tasks: opened when its code first uses the API. A head that
 * could not be reached is tried again by the next who needs it.
 */
export async function workerConnection(context: WorkerContext): Promise<HeadConnection> {
  const opening = holder[key];
  if (opening) return opening.promise;
  const opened = new Deferred<HeadConnection>();
  holder[key] = opened;
  try {
    const { headAddress: address, credentials, jobId, workerId } = context;
    const connection = await HeadConnection.open({ address, credentials }, jobId, { workerId, isDriver: false });
    void connection.lost.then(() => {
      holder[key] = undefined;
    });
    currentRuntime().attach(connection);
    opened.resolve(connection);
  } catch (error) {
    holder[key] = undefined;
    opened.reject(error);
  }
  return opened.promise;
}
