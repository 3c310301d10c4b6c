import { hostname } from 'node:os';
import {
  type ActorId,
  type ClusterAccess,
  Deferred,
  type JobId,
  NotInitializedError,
  type PlacementGroupId,
  type RayError,
} from '../core/index.js';
import { packageVersion } from '../process/index.js';
import {
  type ActorUpdate,
  createHeadClient,
  type HeadClient,
  HeadSession,
  type PlacementGroupUpdate,
  type WorkerEvent,
  type WorkerMessage,
} from '../rpc/index.js';
import { Topic } from './topic.js';

/** A driver's link to its cluster: calls to the head, and what the head says of the driver's actors and groups. */
export class HeadConnection {
  readonly cluster: ClusterAccess;
  readonly jobId: JobId;
  readonly head: HeadClient;
  readonly actorUpdates = new Topic<ActorId, ActorUpdate>();
  readonly placementGroupUpdates = new Topic<PlacementGroupId, PlacementGroupUpdate>();
  readonly #session: HeadSession<WorkerEvent, WorkerMessage>;
  readonly #attached = new Deferred<void>();
  readonly #lost = new Deferred<RayError>();

  private constructor(cluster: ClusterAccess, jobId: JobId) {
    this.cluster = cluster;
    this.jobId = jobId;
    const { address, credentials } = cluster;
    this.head = createHeadClient(address, credentials);
    this.#session = new HeadSession({
      open: () => this.head.stream('attachWorker'),
      register: () => ({ register: this.#registration() }),
      heartbeat: { heartbeat: {} },
      goodbye: { goodbye: {} },
      address,
      onMessage: (event) => this.#onEvent(event),
      onAttached: () => this.#attached.resolve(),
      onLost: (error) => {
        this.#attached.reject(error);
        this.#lost.resolve(error);
      },
    });
  }

  /**
   * Registers a new job with the head.
   * @throws {UnauthenticatedError} for a wrong token; {HeadUnavailableError} when no head answers.
   */
  static async open(cluster: ClusterAccess, jobId: JobId): Promise<HeadConnection> {
    const connection = new HeadConnection(cluster, jobId);
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

  /** Settles when the head refused the session, was away longer than its lease, or the driver shut down. */
  get lost(): Promise<RayError> {
    return this.#lost.promise;
  }

  /** Says goodbye: the head ends the job's actors and placement groups. Resolves when the head has heard it. */
  async close(): Promise<void> {
    const heard = this.#session.close();
    this.head.close();
    this.#lost.resolve(new NotInitializedError('This program has shut down its connection to the cluster.'));
    await heard;
  }

  #registration() {
    return {
      jobId: this.jobId,
      hostname: hostname(),
      pid: process.pid,
      entrypoint: process.argv[1] ?? '(interactive)',
      version: packageVersion,
    };
  }

  #onEvent(event: WorkerEvent): void {
    if (event.actorUpdate) this.actorUpdates.publish(event.actorUpdate.actorId as ActorId, event.actorUpdate);
    const group = event.placementGroupUpdate;
    if (group) this.placementGroupUpdates.publish(group.placementGroupId as PlacementGroupId, group);
  }
}
