import { fileURLToPath } from 'node:url';
import { type ClusterAccess, createClusterId, InvalidArgumentError, type Resources } from '../core/index.js';
import {
  type ClusterAddress,
  createSessionDirectory,
  forgetCluster,
  nodeAddress,
  packageVersion,
  publishCluster,
  readClusterAccess,
  recordDaemon,
  type SessionDirectory,
  type SpawnedDaemon,
  spawnDaemon,
  type TlsFiles,
} from '../process/index.js';
import { createClusterToken } from '../rpc/index.js';

/** Starts the daemons of a cluster on this machine. Paths, not imports: the library loads no daemon. */
const HEAD_MODULE = fileURLToPath(new URL('../../head/main.js', import.meta.url));
const AGENT_MODULE = fileURLToPath(new URL('../../worker/agent/main.js', import.meta.url));

const MIN_TOKEN_LENGTH = 16;
const DEFAULT_HEAD_PORT = 6380;
const DEFAULT_LEASE_MS = 10_000;
const DEFAULT_HEAD_LEASE_MS = 60_000;

export interface StartHeadOptions {
  /** This machine's address in the cluster; default its first address that is not loopback. */
  readonly host?: string | undefined;
  /** Default 6380 (6379 is Redis); 0 takes a free one. */
  readonly port?: number | undefined;
  /** redis://…, rediss://… or unix://… of a Redis to keep the head's state in; default one of the head's own. */
  readonly redisAddress?: string | undefined;
  /** Default: a new one. */
  readonly token?: string | undefined;
  /** Default: connections are not encrypted. */
  readonly tls?: TlsFiles | undefined;
  readonly leaseMs?: number | undefined;
  readonly headLeaseMs?: number | undefined;
  /** End with this process, and don't become the machine's current cluster. */
  readonly tiedToParent: boolean;
}

export interface StartAgentOptions {
  readonly host?: string | undefined;
  readonly numCpus?: number | undefined;
  readonly numGpus?: number | undefined;
  readonly resources?: Resources | undefined;
  readonly isHeadNode: boolean;
  readonly tiedToParent: boolean;
}

export interface StartedHead extends ClusterAddress, ClusterAccess {
  readonly session: SessionDirectory;
  readonly pid: number;
  /** How it keeps its state, for people. */
  readonly store: string;
}

export interface StartedAgent {
  readonly pid: number;
  readonly nodeId: string;
  readonly clusterId: string;
  /** Fixed point. */
  readonly resources: Resources;
}

/** @throws what kept the head from starting: a taken port, a Redis that does not answer, TLS files that can't be used. */
export async function startHead(options: StartHeadOptions): Promise<StartedHead> {
  const clusterId = createClusterId();
  const token = options.token === undefined ? createClusterToken() : requireStrong(options.token);
  const { tls } = options;
  const host = options.host ?? nodeAddress();
  const { credentials } = readClusterAccess({ address: host, token, tls });
  const session = createSessionDirectory(clusterId);
  try {
    const { pid, ready } = await spawnHead(session, { ...options, clusterId, credentials, host });
    const cluster: ClusterAddress = { clusterId, address: `${host}:${ready.port}`, token, tls };
    recordDaemon(session, 'head', pid);
    publishCluster(session, cluster, !options.tiedToParent);
    return { ...cluster, credentials, session, pid, store: ready.store };
  } catch (error) {
    forgetCluster(session, true);
    throw error;
  }
}

/** A token is all that stands between the network and this user's machines. */
function requireStrong(token: string): string {
  if (token.length >= MIN_TOKEN_LENGTH) return token;
  throw new InvalidArgumentError(
    `The cluster token must have at least ${MIN_TOKEN_LENGTH} characters; leave it out to get a good one.`,
  );
}

interface SpawnHeadOptions extends StartHeadOptions, Pick<ClusterAccess, 'credentials'> {
  readonly clusterId: string;
  readonly host: string;
}

function spawnHead(
  session: SessionDirectory,
  options: SpawnHeadOptions,
): Promise<SpawnedDaemon<{ port: number; store: string }>> {
  const { clusterId, credentials, host, redisAddress, tiedToParent } = options;
  return spawnDaemon<object, { port: number; store: string }>({
    name: 'The head',
    modulePath: HEAD_MODULE,
    logPath: `${session.logs}/head.log`,
    tiedToParent,
    config: {
      host,
      port: options.port ?? DEFAULT_HEAD_PORT,
      credentials,
      clusterId,
      version: packageVersion,
      store: redisAddress ? { kind: 'redis', url: redisAddress } : { kind: 'auto' },
      sessionDirectory: session.path,
      leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
      headLeaseMs: options.headLeaseMs ?? DEFAULT_HEAD_LEASE_MS,
    },
  });
}

/** @throws what kept the agent from joining: a head that can't be reached, a wrong token. */
export async function startAgent(
  cluster: ClusterAccess,
  session: SessionDirectory,
  options: StartAgentOptions,
): Promise<StartedAgent> {
  const { pid, ready } = await spawnDaemon<object, Omit<StartedAgent, 'pid'>>({
    name: 'The node agent',
    modulePath: AGENT_MODULE,
    logPath: `${session.logs}/agent.log`,
    tiedToParent: options.tiedToParent,
    config: {
      headAddress: cluster.address,
      credentials: cluster.credentials,
      version: packageVersion,
      host: options.host ?? nodeAddress(),
      isHeadNode: options.isHeadNode,
      sessionDirectory: session.path,
      numCpus: options.numCpus,
      numGpus: options.numGpus,
      resources: options.resources ?? {},
    },
  });
  recordDaemon(session, 'agent', pid);
  return { pid, ...ready };
}
