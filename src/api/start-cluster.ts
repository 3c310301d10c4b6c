import {
  builtModule,
  type ClusterAccess,
  createClusterId,
  InvalidArgumentError,
  type Resources,
} from '../core/index.js';
import {
  type ClusterAddress,
  crashedHead,
  createSessionDirectory,
  forgetCluster,
  type HeadRecord,
  nodeAddress,
  packageVersion,
  publishCluster,
  publishHead,
  readClusterAccess,
  recordDaemon,
  type SessionDirectory,
  type SpawnedDaemon,
  spawnDaemon,
  type TlsFiles,
} from '../process/index.js';
import { createClusterToken } from '../rpc/index.js';

/** Starts the daemons of a cluster on this machine. Paths, not imports: the library loads no daemon. */
const HEAD_MODULE = builtModule('head/main.js');
const AGENT_MODULE = builtModule('worker/agent/main.js');

const MIN_TOKEN_LENGTH = 16;
const DEFAULT_HEAD_PORT = 6380;
const DEFAULT_LEASE_MS = 10_000;
const DEFAULT_HEAD_LEASE_MS = 60_000;
const DEFAULT_CLUSTER_NAME = 'default';
const DEFAULT_STORE_WAIT_MS = 60_000;
/** The lease of a head that died, and a bit. */
const TAKEOVER_MS = 12_000;

export interface StartHeadOptions {
  /** This machine's address in the cluster; default its first address that is not loopback. */
  readonly host?: string | undefined;
  /** Default 6380 (6379 is Redis), or that of the head that crashed here; 0 takes a free one. */
  readonly port?: number | undefined;
  /** redis://…, rediss://… or unix://… of a Redis to keep the head's state in; default one of the head's own. */
  readonly redisAddress?: string | undefined;
  /** Don't start a redis-server, but keep the state in the embedded store. */
  readonly embeddedStore?: boolean | undefined;
  /** Which cluster of the Redis; default 'default'. */
  readonly clusterName?: string | undefined;
  /** Begin a new cluster, and give up the one that crashed here or is in the Redis. */
  readonly newCluster?: boolean | undefined;
  /** Wait until the head that uses the Redis is gone. */
  readonly standby?: boolean | undefined;
  /** Default: a new one, or that of the cluster that crashed here. */
  readonly token?: string | undefined;
  /** Default: connections are not encrypted. */
  readonly tls?: TlsFiles | undefined;
  readonly leaseMs?: number | undefined;
  readonly headLeaseMs?: number | undefined;
  readonly storeWaitMs?: number | undefined;
  /** End with this process, and don't become the machine's current cluster. */
  readonly tiedToParent: boolean;
}

export interface StartAgentOptions {
  readonly host?: string | undefined;
  readonly numCpus?: number | undefined;
  readonly numGpus?: number | undefined;
  readonly resources?: Resources | undefined;
  /** Bytes; see AgentConfig for the defaults. */
  readonly memory?: number | undefined;
  readonly objectStoreMemory?: number | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** For people; default its address. */
  readonly nodeName?: string | undefined;
  readonly isHeadNode: boolean;
  readonly tiedToParent: boolean;
}

export interface StartedHead extends ClusterAddress, ClusterAccess {
  readonly session: SessionDirectory;
  readonly pid: number;
  /** How it keeps its state, for people. */
  readonly store: string;
  /** `found`: it goes on with a cluster that was there before. */
  readonly origin: 'new' | 'found';
}

export interface StartedAgent {
  readonly pid: number;
  readonly nodeId: string;
  readonly clusterId: string;
  /** Fixed point. */
  readonly resources: Resources;
}

/**
 * Starts a head. Where one crashed on this machine it goes on with that one's cluster: same session, port and token.
 * @throws what kept the head from starting: a taken port, a Redis that does not answer, TLS files that can't be used.
 */
export async function startHead(options: StartHeadOptions): Promise<StartedHead> {
  const mayRecover = !options.tiedToParent && !options.newCluster && !options.standby;
  const crashed = mayRecover ? crashedHead() : undefined;
  const token = options.token ?? crashed?.cluster.token ?? createClusterToken();
  if (options.token !== undefined) requireStrong(options.token);
  const tls = options.tls ?? crashed?.cluster.tls;
  const head = headRecord(options, crashed?.head);
  const { credentials } = readClusterAccess({ address: head.host, token, tls });
  const clusterId = createClusterId();
  const session = crashed?.session ?? createSessionDirectory(clusterId);
  try {
    const { pid, ready } = await spawnHead(session, head, { ...options, clusterId, credentials });
    const address = options.standby ? ready.headAddress : `${head.host}:${ready.port}`;
    const cluster: ClusterAddress = { clusterId: ready.clusterId, address, token, tls };
    recordDaemon(session, 'head', pid);
    publishHead(session, { ...head, port: ready.port });
    publishCluster(session, cluster, !options.tiedToParent);
    const origin = ready.clusterId === clusterId ? 'new' : 'found';
    return { ...cluster, credentials, session, pid, store: ready.store, origin };
  } catch (error) {
    if (!crashed) forgetCluster(session, true);
    throw error;
  }
}

/** What the options say, then how the head that crashed was started, then the defaults. */
function headRecord(options: StartHeadOptions, crashed: HeadRecord | undefined): HeadRecord {
  const { redisAddress, embeddedStore } = options;
  const given: HeadRecord['store'] | undefined = redisAddress
    ? { kind: 'redis', url: redisAddress }
    : embeddedStore
      ? { kind: 'embedded' }
      : undefined;
  if (crashed && given && JSON.stringify(given) !== JSON.stringify(crashed.store)) {
    throw new InvalidArgumentError(
      'The head that crashed on this machine kept its state elsewhere. Start it as it was started, or add --new-cluster ' +
        'to give its cluster up.',
    );
  }
  return {
    host: options.host ?? crashed?.host ?? nodeAddress(),
    port: crashed ? options.port || crashed.port : (options.port ?? DEFAULT_HEAD_PORT),
    clusterName: options.clusterName ?? crashed?.clusterName ?? DEFAULT_CLUSTER_NAME,
    store: given ?? crashed?.store ?? { kind: 'auto' },
    leaseMs: options.leaseMs ?? crashed?.leaseMs ?? DEFAULT_LEASE_MS,
    headLeaseMs: options.headLeaseMs ?? crashed?.headLeaseMs ?? DEFAULT_HEAD_LEASE_MS,
  };
}

/** A token is all that stands between the network and this user's machines. */
function requireStrong(token: string): void {
  if (token.length >= MIN_TOKEN_LENGTH) return;
  throw new InvalidArgumentError(
    `The cluster token must have at least ${MIN_TOKEN_LENGTH} characters; leave it out to get a good one.`,
  );
}

interface SpawnHeadOptions extends StartHeadOptions, Pick<ClusterAccess, 'credentials'> {
  readonly clusterId: string;
}

interface HeadReady {
  readonly port: number;
  readonly store: string;
  readonly clusterId: string;
  readonly headAddress: string;
}

function spawnHead(
  session: SessionDirectory,
  head: HeadRecord,
  { clusterId, credentials, newCluster, standby, storeWaitMs, tiedToParent }: SpawnHeadOptions,
): Promise<SpawnedDaemon<HeadReady>> {
  return spawnDaemon<object, HeadReady>({
    name: 'The head',
    modulePath: HEAD_MODULE,
    logPath: `${session.logs}/head.log`,
    tiedToParent,
    config: {
      ...head,
      credentials,
      clusterId,
      version: packageVersion,
      records: newCluster ? 'clear' : 'keep',
      role: standby ? 'standby' : 'head',
      sessionDirectory: session.path,
      storeWaitMs: storeWaitMs ?? DEFAULT_STORE_WAIT_MS,
      takeoverMs: TAKEOVER_MS,
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
      memory: options.memory,
      objectStoreMemory: options.objectStoreMemory,
      labels: options.labels ?? {},
      nodeName: options.nodeName,
    },
  });
  recordDaemon(session, 'agent', pid);
  return { pid, ...ready };
}
