import { hostname } from 'node:os';
import {
  type ActorId,
  type ClusterAccess,
  createWorkerId,
  Deferred,
  type JobId,
  type NodeId,
  NotInitializedError,
  type PlacementGroupId,
  type RayError,
  type WorkerId,
} from '../core/index.js';
import { foundHeads, packageVersion } from '../process/index.js';
import {
  type ActorUpdate,
  createHeadClient,
  type Draft,
  type HeadClient,
  HeadSession,
  type LogLines,
  type NodeUpdate,
  type PlacementGroupUpdate,
  type RuntimeEnv,
  type WorkerEvent,
  type WorkerMessage,
} from '../rpc/index.js';
import { LeaseRequests } from './calls/lease-requests.js';
import { TaskEventBuffer } from './calls/task-event-buffer.js';
import { Topic } from './topic.js';

/** Who connects, as far as it is not the driver of a new job in a namespace of its own. */
export interface WorkerRegistration {
  /** Default: a new one. */
  readonly workerId?: WorkerId;
  /** Default true: the session is the lease on the job. */
  readonly isDriver?: boolean;
  readonly namespace?: string;
  readonly runtimeEnv?: Draft<RuntimeEnv>;
  readonly logToDriver?: boolean;
  /** Of a driver that a submitted job runs. */
  readonly submissionId?: string;
  /** Gets the lines that the job's workers print, with `logToDriver`. */
  readonly onLogLines?: (lines: LogLines) => void;
}

/**
 * A worker's link to its cluster: calls to the head, what the head says of the actors and groups that are followed here, and
 * leases. After the head was away, everything is said again.
 */
export class HeadConnection {
  readonly cluster: ClusterAccess;
  readonly jobId: JobId;
  readonly workerId: WorkerId;
  readonly head: HeadClient;
  readonly actorUpdates = new Topic<ActorId, ActorUpdate>((id) => this.#send({ subscribe: { actorIds: [id] } }));
  readonly placementGroupUpdates = new Topic<PlacementGroupId, PlacementGroupUpdate>((id) =>
    this.#send({ subscribe: { placementGroupIds: [id] } }),
  );
  /** Of the nodes that hold objects. */
  readonly nodeUpdates = new Topic<NodeId, NodeUpdate>((id) => this.#send({ subscribe: { nodeIds: [id] } }));
  readonly leases = new LeaseRequests((message) => this.#send(message));
  readonly taskEvents = new TaskEventBuffer((message) => this.#send(message));
  readonly #worker: WorkerRegistration;
  readonly #session: HeadSession<WorkerEvent, WorkerMessage>;
  readonly #attached = new Deferred<void>();
  /** What was to be sent while a registration was on its way, which lacks it; undefined before the first and after the last. */
  #unsaid: Draft<WorkerMessage>[] | undefined;
  readonly #lost = new Deferred<RayError>();

  private constructor(cluster: ClusterAccess, jobId: JobId, worker: WorkerRegistration) {
    this.cluster = cluster;
    this.jobId = jobId;
    this.workerId = worker.workerId ?? createWorkerId();
    this.#worker = worker;
    const { address, credentials } = cluster;
    this.head = createHeadClient(address, credentials, () => (this.clusterId ? foundHeads(this.clusterId) : []));
    this.#session = new HeadSession({
      open: () => this.head.stream('attachWorker'),
      register: () => {
        this.#unsaid = [];
        return { register: this.#registration() };
      },
      address,
      onMessage: (event) => this.#onEvent(event),
      onHeadAddresses: (addresses) => this.head.learn(addresses),
      onAttached: () => {
        this.head.waitForHead(this.#session.lease.headLeaseMs);
        for (const message of this.#unsaid?.splice(0) ?? []) this.#session.send(message);
        this.#attached.resolve();
      },
      onLost: (error) => {
        this.#unsaid = undefined;
        this.#attached.reject(error);
        this.#lost.resolve(error);
      },
    });
  }

  /**
   * Registers with the head: by default as the driver of a new job.
   * @throws {UnauthenticatedError} for a wrong token; {HeadUnavailableError} when no head answers.
   */
  static async open(cluster: ClusterAccess, jobId: JobId, worker: WorkerRegistration = {}): Promise<HeadConnection> {
    const connection = new HeadConnection(cluster, jobId, worker);
    try {
      await connection.#attached.promise;
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  get clusterId(): string {
    return this.#session.lease.clusterId;
  }

  /** Of the job: where names without a namespace are looked up. */
  get namespace(): string {
    return this.#session.lease.namespace || this.#worker.namespace || '';
  }

  /** Settles when the head refused the session, was away longer than its lease, or the program shut down. */
  get lost(): Promise<RayError> {
    return this.#lost.promise;
  }

  /** Says goodbye: the head ends what this worker owned. Resolves when the head has heard it. */
  async close(): Promise<void> {
    this.taskEvents.close();
    const heard = this.#session.close();
    this.head.close();
    this.#lost.resolve(new NotInitializedError('This program has shut down its connection to the cluster.'));
    await heard;
  }

  #send(message: Draft<WorkerMessage>): void {
    if (this.#session.isAttached) this.#session.send(message);
    else this.#unsaid?.push(message);
  }

  #registration() {
    const { isDriver = true, namespace = '', runtimeEnv = {}, logToDriver = false, submissionId = '' } = this.#worker;
    return {
      jobId: this.jobId,
      workerId: this.workerId,
      hostname: hostname(),
      pid: process.pid,
      entrypoint: process.argv[1] ?? '(interactive)',
      version: packageVersion,
      isDriver,
      namespace,
      runtimeEnv,
      logToDriver,
      submissionId,
      subscriptions: {
        actorIds: this.actorUpdates.followed,
        placementGroupIds: this.placementGroupUpdates.followed,
        nodeIds: this.nodeUpdates.followed,
      },
      ...this.leases.registration(),
    };
  }

  #onEvent(event: WorkerEvent): void {
    if (event.actorUpdate) this.actorUpdates.publish(event.actorUpdate.actorId as ActorId, event.actorUpdate);
    const group = event.placementGroupUpdate;
    if (group) this.placementGroupUpdates.publish(group.placementGroupId as PlacementGroupId, group);
    const node = event.nodeUpdate;
    if (node) this.nodeUpdates.publish(node.nodeId as NodeId, node);
    if (event.leaseUpdate) this.leases.receive(event.leaseUpdate);
    if (event.reclaimLeases) this.leases.reclaim();
    if (event.logLines) this.#worker.onLogLines?.(event.logLines);
  }
}
