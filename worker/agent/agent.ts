import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { holdAgentLock, removeDeadSegments } from '../../src/channel/index.js';
import { Deferred, type Logger, type RayError, toError } from '../../src/core/index.js';
import { moveCluster, runningDaemons } from '../../src/process/index.js';
import {
  createHeadClient,
  type HeadClient,
  HeadSession,
  type NodeCommand,
  type NodeMessage,
  RpcServer,
} from '../../src/rpc/index.js';
import type { ProcessIdentity } from '../actor/process-messages.js';
import type { AgentConfig, AgentReady } from './agent-config.js';
import { agentService } from './agent-service.js';
import { readLog } from './logs/read-log.js';
import { describeNode, type NodeDescription } from './node-description.js';
import { NodeWork } from './node-work.js';
import { type ServedObjectStore, serveObjectStore } from './object-store/serve-object-store.js';
import { ResourceLedger } from './resource-ledger.js';
import { downloadPackage } from './runtime-env/download-package.js';

/** Bundles that were prepared and never committed are taken back after this, of the time that the head is there. */
const PREPARED_EXPIRY_MS = 30_000;

/** How an agent that is running ends: its head is gone for good, or has let it go. */
export interface AgentEnd {
  readonly reason: string;
  readonly exitCode: number;
}

/** The daemon of one host: its resources, what runs on it, and its session with the head. */
export class Agent {
  readonly #config: AgentConfig;
  readonly #logger: Logger;
  readonly #node: NodeDescription;
  readonly #server: RpcServer;
  readonly #ledger: ResourceLedger;
  readonly #head: HeadClient;
  readonly #attached = new Deferred<void>();
  readonly #expiry: NodeJS.Timeout;
  #session: HeadSession<NodeCommand, NodeMessage> | undefined;
  #work: NodeWork | undefined;
  #objectStore: ServedObjectStore | undefined;
  #releaseLock: (() => void) | undefined;
  /** Joining: the head has not told it the cluster yet, whose name is in that of every file and process. */
  #state: 'joining' | 'working' | 'draining' = 'joining';

  private constructor(config: AgentConfig, node: NodeDescription, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
    this.#node = node;
    this.#ledger = new ResourceLedger(node);
    this.#server = new RpcServer(config.credentials);
    this.#head = createHeadClient(config.headAddress, config.credentials);
    this.#expiry = setInterval(() => this.#returnExpiredBundles(), PREPARED_EXPIRY_MS / 3).unref();
  }

  /**
   * Joins the cluster. Resolves when the head has registered the node.
   * @param onEnd called when the head refused the node later, was away longer than its lease, or told it to leave and
   * nothing runs here any more.
   * @throws {UnauthenticatedError}, {HeadUnavailableError}, {InvalidArgumentError}: why the node can't join.
   */
  static async start(
    config: AgentConfig,
    logger: Logger,
    onEnd: (end: AgentEnd) => void,
  ): Promise<{ agent: Agent; ready: AgentReady }> {
    removeLeftSpills(config.sessionDirectory);
    const node = await describeNode(config, logger);
    const agent = new Agent(config, node, logger);
    try {
      const address = await agent.#join(onEnd);
      const clusterId = agent.#session!.lease.clusterId;
      return { agent, ready: { nodeId: node.nodeId, clusterId, address, resources: node.total } };
    } catch (error) {
      await agent.close();
      throw error;
    }
  }

  /**
   * Takes no more work, and resolves when what runs here has run: leases are back, and the actors have answered the calls
   * that they have.
   */
  async drain(reason: string): Promise<void> {
    this.#state = 'draining';
    this.#logger.info({ reason }, 'draining');
    await this.#work?.finish(`Its node left the cluster: ${reason}.`);
  }

  /** Ends every process, leaves the cluster, and removes what the node, or others that were killed, left in shared memory. */
  async close(): Promise<void> {
    clearInterval(this.#expiry);
    this.#state = 'draining';
    await this.#work?.close('Its node was stopped.');
    this.#objectStore?.close();
    await this.#session?.close();
    this.#head.close();
    this.#server.close();
    this.#releaseLock?.();
    await removeDeadSegments();
  }

  async #join(onEnd: (end: AgentEnd) => void): Promise<string> {
    const port = await this.#server.listen(this.#config.host, 0);
    const address = `${this.#config.host}:${port}`;
    this.#serve(address);
    this.#serveObjects();
    const end = new Deferred<AgentEnd>();
    this.#session = new HeadSession({
      open: () => this.#head.stream('attachNode'),
      register: () => ({ register: this.#registration(address) }),
      address: this.#config.headAddress,
      onMessage: (command) => this.#onCommand(command, end),
      onHeadAddresses: (addresses) => this.#learnHeads(addresses),
      onAttached: () => this.#onAttached(),
      onLost: (error: RayError) => {
        this.#attached.reject(error);
        end.resolve({ reason: error.message, exitCode: 1 });
      },
    });
    await this.#attached.promise;
    // A refusal at the start is the start's own failure.
    void end.promise.then(onEnd);
    return address;
  }

  #serve(address: string): void {
    const { sessionDirectory } = this.#config;
    const work = new NodeWork({
      identity: this.#identity(address),
      sessionDirectory,
      ledger: this.#ledger,
      numCpus: Math.ceil((this.#node.total['CPU'] ?? 0) / 10_000),
      downloadPackage: (sha256, onChunk) => downloadPackage(this.#head, sha256, onChunk),
      isAttached: () => this.#session?.isAttached ?? false,
      send: (message) => this.#session?.send(message),
      logger: this.#logger,
    });
    this.#work = work;
    this.#server.addService('AgentService', {
      ...agentService({
        ledger: this.#ledger,
        actors: work.actors,
        leases: work.leases,
        takesWork: () => this.#state === 'working',
      }),
      readLog: (stream) => readLog(stream, join(sessionDirectory, 'logs')),
      headMoved: async ({ clusterId, headAddresses }) => {
        if (clusterId === this.#session?.lease.clusterId) this.#learnHeads(headAddresses?.addresses ?? []);
        return {};
      },
    });
  }

  #serveObjects(): void {
    const { sessionDirectory, credentials } = this.#config;
    this.#objectStore = serveObjectStore({
      server: this.#server,
      nodeId: this.#node.nodeId,
      clusterId: () => this.#session?.lease.clusterId ?? '',
      capacity: this.#node.objectStoreBytes,
      sessionDirectory,
      credentials,
      logger: this.#logger,
    });
  }

  /** The cluster and the head's place are known, or change, after the first process was started. */
  #identity(agentAddress: string): ProcessIdentity {
    const clusterId = (): string => this.#session?.lease.clusterId ?? '';
    const headAddress = (): string => this.#head.addresses.join(',');
    return {
      get clusterId() {
        return clusterId();
      },
      get headAddress() {
        return headAddress();
      },
      nodeId: this.#node.nodeId,
      hostname: hostname(),
      host: this.#config.host,
      credentials: this.#config.credentials,
      agentAddress,
      sessionDirectory: this.#config.sessionDirectory,
    };
  }

  #onCommand(command: NodeCommand, end: Deferred<AgentEnd>): void {
    if (command.workersGone) this.#onWorkersGone(command.workersGone.workerIds);
    const { drain, nodeUpdate } = command;
    if (nodeUpdate?.state === 'NODE_LIFE_STATE_DEAD') this.#objectStore?.onNodeDied(nodeUpdate.nodeId);
    if (!drain || this.#state === 'draining') return;
    void this.drain(drain.reason).then(() => end.resolve({ reason: `drained: ${drain.reason}`, exitCode: 0 }));
  }

  #onWorkersGone(workerIds: readonly string[]): void {
    this.#work?.onWorkersGone(workerIds);
    this.#objectStore?.releaseOwners(workerIds);
  }

  /** Programs that start on this machine are to find the head too, where it is now. */
  #learnHeads(addresses: readonly string[]): void {
    this.#head.learn(addresses);
    moveCluster(this.#config.sessionDirectory, this.#head.addresses.join(','));
  }

  /** After every (re)connection the head is told of everything again: it may have missed something. */
  #onAttached(): void {
    this.#releaseLock ??= this.#holdLock();
    if (this.#state === 'joining') this.#state = 'working';
    this.#ledger.renewPreparedBundles();
    this.#work?.tellAll();
    this.#logger.info({ nodeId: this.#node.nodeId, head: this.#head.address }, 'registered with the head');
    this.#attached.resolve();
  }

  /** Before there is anything of this node in shared memory; what others left goes now. */
  #holdLock(): () => void {
    const release = holdAgentLock(this.#session!.lease.clusterId, this.#node.nodeId);
    removeDeadSegments().then(
      (numFiles) => {
        if (numFiles > 0) this.#logger.info({ numFiles }, 'removed files in shared memory whose agents were killed');
      },
      (error: unknown) => this.#logger.warn({ error: toError(error).message }, 'shared memory was not cleared'),
    );
    return release;
  }

  #registration(agentAddress: string) {
    const { nodeId, total, labels, nodeName, objectStoreBytes } = this.#node;
    return {
      nodeId,
      agentAddress,
      hostname: hostname(),
      pid: process.pid,
      total: { units: total },
      version: this.#config.version,
      nodeVersion: process.version,
      isHeadNode: this.#config.isHeadNode,
      labels,
      nodeName,
      objectStoreBytes,
      clockMs: Date.now(),
      rejoins: this.#state !== 'joining',
    };
  }

  /** A head that is away may have written its groups down: they are for it, or the next head, to commit or to give back. */
  #returnExpiredBundles(): void {
    if (!this.#session?.isAttached) return;
    for (const { placementGroupId, bundleIndex } of this.#ledger.listExpiredBundles(PREPARED_EXPIRY_MS)) {
      this.#logger.warn({ placementGroupId, bundleIndex }, 'a prepared bundle was never committed; taken back');
      this.#ledger.returnBundle(placementGroupId, bundleIndex);
    }
  }
}

/** Of an agent of this session that was killed: objects on disk are of no use to another one. */
function removeLeftSpills(sessionDirectory: string): void {
  const session = { path: sessionDirectory, logs: join(sessionDirectory, 'logs') };
  if (runningDaemons(session).some(({ role }) => role === 'agent')) return;
  rmSync(join(sessionDirectory, 'spill'), { recursive: true, force: true });
}
