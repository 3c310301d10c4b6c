import {
  type ClusterAccess,
  hostAndPortOf,
  IllegalStateError,
  InvalidArgumentError,
  NotInitializedError,
  workerContext,
} from '../core/index.js';
import { currentCluster, locateCluster, pruneSessions, readClusterAccess, type TlsFiles } from '../process/index.js';
import type { HeadConnection } from '../runtime/head-connection.js';
import { provideConnection } from '../runtime/runtime.js';
import { workerConnection } from '../runtime/worker-connection.js';
import { type LocalClusterOptions, localClusterOptions, requireNoLocalOptions } from './local-cluster-options.js';
import { type JobOptions, type OpenJob, openJob } from './open-job.js';
import { startAgent, startHead } from './start-cluster.js';
import { stopCluster } from './stop-cluster.js';

/** Those of {@link LocalClusterOptions} are for a new local cluster only. */
export interface InitOptions extends JobOptions, LocalClusterOptions {
  /**
   * Which cluster: `host:port` of a head, several with commas between where the next head may be started elsewhere; `'auto'` the one that runs on this machine, or an error; `'local'` a new one
   * that ends with this program. Default: RAY_TS_ADDRESS, else the one that runs here, else a new local one.
   */
  readonly address?: string;
  /** The cluster's token; default RAY_TS_TOKEN, or what `ray-ts start` left on this machine. */
  readonly token?: string;
  /**
   * Paths of PEM files for a cluster that uses TLS; default RAY_TS_TLS_CERT, RAY_TS_TLS_KEY and RAY_TS_TLS_CA, or what
   * `ray-ts start` left on this machine.
   */
  readonly tls?: TlsFiles;
  /** Don't fail when the program is already connected. Default false. */
  readonly ignoreReinitError?: boolean;
}

/** The cluster that a driver is connected to. */
export interface RayContext {
  readonly address: string;
  readonly clusterId: string;
  readonly jobId: string;
}

interface Connected extends OpenJob {
  readonly context: RayContext;
  /** Ends a local cluster that `init` started. */
  readonly stopCluster: () => Promise<void>;
}

type DriverState =
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'connecting'; readonly connecting: Promise<Connected> }
  | ({ readonly kind: 'connected' } & Connected);

let state: DriverState = { kind: 'disconnected' };

/**
 * Connects this program to a cluster and registers it as a job: what it creates ends with it.
 * @throws {IllegalStateError} when it is already connected, unless `ignoreReinitError`.
 * @throws {UnauthenticatedError} for a wrong token; {HeadUnavailableError} when no head answers.
 * @throws {InvalidArgumentError} for options of a local cluster where one runs already, or that no node can have.
 */
export async function init(options: InitOptions = {}): Promise<RayContext> {
  if (state.kind === 'connected' || state.kind === 'connecting') {
    if (!options.ignoreReinitError) {
      throw new IllegalStateError(
        'Maybe you called ray.init twice by accident? This program is already connected; pass ignoreReinitError to allow it.',
      );
    }
    return state.kind === 'connected' ? state.context : (await state.connecting).context;
  }
  const attempt: DriverState = { kind: 'connecting', connecting: connect(options) };
  state = attempt;
  try {
    const connected = await attempt.connecting;
    if (state !== attempt) throw new NotInitializedError('ray.shutdown() was called while ray.init() was connecting.');
    state = { kind: 'connected', ...connected };
    return connected.context;
  } catch (error) {
    if (state === attempt) state = { kind: 'disconnected' };
    throw error;
  }
}

/** Ends what this program created, and the cluster if `init` started it. Idempotent. */
export async function shutdown(): Promise<void> {
  const before = state;
  state = { kind: 'disconnected' };
  if (before.kind === 'disconnected') return;
  // A connection that never came about is the error of who called init.
  const connected = before.kind === 'connecting' ? await before.connecting.catch(() => undefined) : before;
  await connected?.close();
  await connected?.stopCluster();
}

export function isInitialized(): boolean {
  return state.kind === 'connected';
}

/** @internal The connection of a driver. @throws {NotInitializedError} before `init` and after `shutdown`. */
export function requireConnection(): HeadConnection {
  if (state.kind === 'connected') return state.connection;
  throw new NotInitializedError('Ray is not initialized: await ray.init() first, or run inside ray.main().');
}

/** @internal The connection, made with the defaults when there is none yet (as Ray's auto-init); a worker has its own. */
export async function ensureConnection(): Promise<HeadConnection> {
  const worker = workerContext();
  if (worker) return workerConnection(worker);
  if (state.kind === 'disconnected') await init();
  else if (state.kind === 'connecting') await state.connecting;
  return requireConnection();
}

provideConnection(ensureConnection);

async function connect(options: InitOptions): Promise<Connected> {
  const running = runningCluster(options);
  if (running) {
    requireNoLocalOptions(options, running.address);
    return connectTo(running, options, async () => undefined);
  }
  return startLocal(options);
}

async function connectTo(cluster: ClusterAccess, options: JobOptions, stop: () => Promise<void>): Promise<Connected> {
  const job = await openJob(cluster, options);
  const { clusterId, jobId } = job.connection;
  return { ...job, context: { address: cluster.address, clusterId, jobId }, stopCluster: stop };
}

/** The cluster that the options and the environment name; undefined to start a local one. Ray's rules. */
function runningCluster(options: InitOptions): ClusterAccess | undefined {
  const address = options.address ?? process.env['RAY_TS_ADDRESS'];
  if (address === 'local') return undefined;
  if (address !== undefined && address !== 'auto') {
    requireHostAndPort(address);
    return readClusterAccess(locateCluster(address, options));
  }
  const current = currentCluster();
  if (address === 'auto' && !current) {
    throw new InvalidArgumentError(
      'No running cluster was found on this machine. Start one with `ray-ts start --head`, or name one: host:port.',
    );
  }
  return current && readClusterAccess(current);
}

function requireHostAndPort(address: string): void {
  for (const place of address.split(',')) {
    const { host, port } = hostAndPortOf(place);
    if (host === '' || !(port >= 1 && port <= 65_535)) {
      throw new InvalidArgumentError(
        `The address must be host:port, 'auto' or 'local', got ${JSON.stringify(address)}. Several are given with commas between.`,
      );
    }
  }
}

async function startLocal(options: InitOptions): Promise<Connected> {
  pruneSessions();
  const host = '127.0.0.1';
  const node = localClusterOptions(options);
  const head = await startHead({ host, port: 0, tiedToParent: true });
  const stop = async (): Promise<void> => {
    await stopCluster(head.clusterId, { graceMs: 5_000, removeLogs: true });
  };
  try {
    await startAgent(head, head.session, { host, ...node, isHeadNode: true, tiedToParent: true });
    return await connectTo(head, options, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}
