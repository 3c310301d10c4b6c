import { hostname } from 'node:os';
import { removeSegments } from '../../src/channel/index.js';
import { createNodeId, Deferred, type Logger, type RayError } from '../../src/core/index.js';
import {
  type ActorReport,
  createHeadClient,
  type Draft,
  type HeadClient,
  HeadSession,
  type NodeCommand,
  type NodeMessage,
  RpcServer,
} from '../../src/rpc/index.js';
import { ActorProcess } from './actor-process.js';
import { ActorTable } from './actor-table.js';
import type { AgentConfig, AgentReady } from './agent-config.js';
import { agentService } from './agent-service.js';
import { nodeResources } from './node-resources.js';
import { PrestartedProcesses } from './prestarted-processes.js';
import { ResourceLedger } from './resource-ledger.js';

/** Actor processes kept ready on a node; each costs about 50 MB while it waits. */
const NUM_PRESTARTED = 2;
/** Bundles that were prepared and never committed are taken back after this. */
const PREPARED_EXPIRY_MS = 30_000;

/** The daemon of one host: its resources, its actors, and its session with the head. */
export class Agent {
  readonly #config: AgentConfig;
  readonly #logger: Logger;
  readonly #nodeId = createNodeId();
  readonly #server: RpcServer;
  readonly #ledger: ResourceLedger;
  readonly #processes: PrestartedProcesses;
  readonly #head: HeadClient;
  readonly #attached = new Deferred<void>();
  readonly #expiry: NodeJS.Timeout;
  #session: HeadSession<NodeCommand, NodeMessage> | undefined;
  #actors: ActorTable | undefined;
  #numProcesses = 0;

  private constructor(config: AgentConfig, ledger: ResourceLedger, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
    this.#ledger = ledger;
    this.#server = new RpcServer(config.credentials);
    this.#processes = new PrestartedProcesses(NUM_PRESTARTED, () => this.#startProcess());
    this.#head = createHeadClient(config.headAddress, config.credentials);
    this.#expiry = setInterval(() => this.#returnExpiredBundles(), PREPARED_EXPIRY_MS / 3).unref();
  }

  /**
   * Joins the cluster. Resolves when the head has registered the node.
   * @param onLost called when the head refused the node later, or was away longer than its lease.
   * @throws {UnauthenticatedError}, {HeadUnavailableError}, {InvalidArgumentError}: why the node can't join.
   */
  static async start(
    config: AgentConfig,
    logger: Logger,
    onLost: (error: RayError) => void,
  ): Promise<{ agent: Agent; ready: AgentReady }> {
    const { total, gpuIds } = await nodeResources(config, logger);
    const agent = new Agent(config, new ResourceLedger({ total, gpuIds }), logger);
    try {
      const address = await agent.#join(onLost);
      const clusterId = agent.#session!.lease.clusterId;
      return { agent, ready: { nodeId: agent.#nodeId, clusterId, address, resources: total } };
    } catch (error) {
      await agent.close();
      throw error;
    }
  }

  /** Ends every actor, leaves the cluster, and removes what the node left in shared memory. */
  async close(): Promise<void> {
    clearInterval(this.#expiry);
    this.#processes.close();
    await this.#actors?.killAll('Its node was stopped.');
    const clusterId = this.#session?.lease.clusterId;
    await this.#session?.close();
    this.#head.close();
    this.#server.close();
    if (clusterId && this.#config.isHeadNode) removeSegments(clusterId);
  }

  async #join(onLost: (error: RayError) => void): Promise<string> {
    const port = await this.#serve();
    const address = `${this.#config.host}:${port}`;
    const lost = new Deferred<RayError>();
    this.#session = new HeadSession({
      open: () => this.#head.stream('attachNode'),
      register: () => ({ register: this.#registration(address) }),
      heartbeat: { heartbeat: {} },
      goodbye: { goodbye: {} },
      address: this.#config.headAddress,
      onMessage: () => undefined,
      onAttached: () => this.#onAttached(),
      onLost: (error) => {
        this.#attached.reject(error);
        lost.resolve(error);
      },
    });
    await this.#attached.promise;
    // A refusal at the start is the start's own failure.
    void lost.promise.then(onLost);
    return address;
  }

  #serve(): Promise<number> {
    const table = this.#createActorTable();
    this.#actors = table;
    this.#server.addService('AgentService', agentService({ ledger: this.#ledger, actors: table }));
    return this.#server.listen(this.#config.host, 0);
  }

  #startProcess(): ActorProcess {
    this.#numProcesses++;
    return new ActorProcess(`${this.#config.sessionDirectory}/logs`, `actor-${process.pid}-${this.#numProcesses}`);
  }

  #createActorTable(): ActorTable {
    const clusterId = (): string => this.#session?.lease.clusterId ?? '';
    const { host, credentials } = this.#config;
    return new ActorTable({
      identity: {
        get clusterId() {
          return clusterId();
        },
        nodeId: this.#nodeId,
        hostname: hostname(),
        host,
        credentials,
      },
      takeProcess: () => this.#processes.take(),
      release: (actorId) => this.#ledger.releaseActor(actorId),
      report: (actorReport: Draft<ActorReport>) => this.#session?.send({ actorReport }),
      logger: this.#logger,
    });
  }

  /** After every (re)connection the head is told of each actor again: it may have missed something. */
  #onAttached(): void {
    for (const actorReport of this.#actors?.reports() ?? []) this.#session?.send({ actorReport });
    this.#logger.info({ nodeId: this.#nodeId, head: this.#config.headAddress }, 'registered with the head');
    this.#attached.resolve();
  }

  #registration(agentAddress: string) {
    return {
      nodeId: this.#nodeId,
      agentAddress,
      hostname: hostname(),
      pid: process.pid,
      total: { units: this.#ledger.snapshot().total },
      version: this.#config.version,
      nodeVersion: process.version,
      isHeadNode: this.#config.isHeadNode,
    };
  }

  #returnExpiredBundles(): void {
    for (const { placementGroupId, bundleIndex } of this.#ledger.listExpiredBundles(PREPARED_EXPIRY_MS)) {
      this.#logger.warn({ placementGroupId, bundleIndex }, 'a prepared bundle was never committed; taken back');
      this.#ledger.returnBundle(placementGroupId, bundleIndex);
    }
  }
}
