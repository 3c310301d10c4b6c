import {
  type LeaseId,
  type Logger,
  type NodeId,
  type PlacementGroupId,
  PlacementGroupRemovedError,
  type Resources,
  sleep,
  TaskUnschedulableError,
  toError,
  type WorkerId,
} from '../../src/core/index.js';
import type { ActorAddressRecord, ActorDeathRecord } from '../actors/actor-record.js';
import { isExpected } from '../membership/node-record.js';
import type { PlacementGroupRecord } from '../placement/placement-group-record.js';
import type { Room } from '../placement/room.js';
import { SinglePlacer, type SingleRequest } from '../placement/single-placer.js';
import type { StateJournal } from '../state-journal.js';
import type { LeaseAnswer, LeaseHost, LeaseNews } from './lease-host.js';
import type { LeaseRecord } from './lease-record.js';
import type { LeaseTable } from './lease-table.js';

const RETRY_MS = 100;

export interface LeaseSchedulerOptions<Death> {
  readonly journal: StateJournal;
  readonly table: LeaseTable;
  readonly room: Room;
  readonly hostOf: (nodeId: NodeId) => LeaseHost;
  /** @throws {PlacementGroupRemovedError} when the group is gone. */
  readonly requireGroup: (placementGroupId: PlacementGroupId) => PlacementGroupRecord;
  /** Tells the lease's holder. */
  readonly publish: (lease: LeaseRecord, news: LeaseNews<Death>) => void;
  /** A death that the head itself found out, in the form of the agents'. */
  readonly toDeath: (death: ActorDeathRecord, address: ActorAddressRecord | undefined) => Death;
  /** A worker's process is gone: what it owned ends. */
  readonly onWorkerGone: (workerId: WorkerId, reason: string) => void;
  readonly onChange: () => void;
  readonly logger: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Takes leases through their states: places them, has their workers started and returned, and tells their holders. */
export class LeaseScheduler<Death> {
  readonly #options: LeaseSchedulerOptions<Death>;
  readonly #table: LeaseTable;
  readonly #placer: SinglePlacer;

  constructor(options: LeaseSchedulerOptions<Death>) {
    this.#options = options;
    this.#table = options.table;
    this.#placer = new SinglePlacer({ ...options, unschedulable: TaskUnschedulableError });
  }

  /**
   * Asks for a worker. A lease that can never be granted fails at once, unless the head has forgotten since it was first
   * asked for: then the nodes may only not be back yet. Asking again for a lease that is known tells its state again.
   * @param isRepeat the caller asks again after its session broke.
   * @throws {TaskUnschedulableError}, {PlacementGroupRemovedError} when it can never be granted.
   */
  request(lease: LeaseRecord, isRepeat = false): void {
    const known = this.#table.records.get(lease.leaseId);
    if (known) {
      if (known.state === 'GRANTED') this.#tellGranted(known);
      return;
    }
    if (!isRepeat || lease.bundle) this.#placer.requirePlace(toSingleRequest(lease));
    this.#table.add(lease);
    this.#options.onChange();
  }

  /** The holder needs it no more; @param isForced ends the worker's process with it. */
  giveBack(leaseId: LeaseId, isForced: boolean): void {
    const lease = this.#table.records.get(leaseId);
    if (!lease || lease.state === 'RETURNING') return;
    if (lease.state === 'PENDING') this.#table.become(lease, 'ENDED');
    else if (lease.state === 'STARTING') this.#table.become(lease, 'RETURNING');
    else this.#inBackground(this.#return(this.#table.become(lease, 'RETURNING'), isForced), lease);
  }

  /** Has a worker started for every lease that waits and for which there is room. */
  schedule(): void {
    for (const queue of this.#table.queues.list()) {
      for (const lease of queue) if (!this.#place(lease)) break;
    }
  }

  /** A worker's process ended, says its agent. */
  onWorkerDead(leaseId: LeaseId, workerId: WorkerId, death: Death): void {
    const lease = this.#table.records.get(leaseId);
    if (lease && lease.address?.workerId === workerId) this.#end(lease, death);
    else this.#options.onWorkerGone(workerId, 'a task worker has ended');
  }

  /** What the lease holds now: a task that waits for others has given its CPU back, or has it again. */
  onHeld(leaseId: LeaseId, held: Resources): void {
    const lease = this.#table.records.get(leaseId);
    if (!lease) return;
    this.#table.update({ ...lease, held });
    this.#options.onChange();
  }

  onNodeDied(nodeId: NodeId, reason: string): void {
    const death = { kind: 'NODE_DIED', message: `Its node died: ${reason}.` } as const;
    for (const lease of [...this.#table.records.values()]) {
      if (lease.nodeId === nodeId) this.#end(lease, this.#options.toDeath(death, lease.address));
    }
  }

  /** The group has given bundles up: the workers in them end. */
  onBundlesLost(placementGroupId: PlacementGroupId, indexes: readonly number[], reason: string): void {
    const death = { kind: 'PLACEMENT_GROUP_REMOVED', message: `Its bundle is gone: ${reason}.` } as const;
    for (const index of indexes) {
      for (const id of [...this.#options.room.view.usersOfBundle(placementGroupId, index)]) {
        const lease = this.#table.records.get(id as LeaseId);
        if (lease) this.#end(lease, this.#options.toDeath(death, lease.address));
      }
    }
  }

  /** A holder is gone: its workers are ended, for nobody else knows what they were for. */
  onHolderGone(workerId: WorkerId): void {
    for (const lease of this.#table.ofHolder(workerId)) this.giveBack(lease.leaseId, true);
  }

  /** Why a lease waits, and who holds what it waits for; empty when it does not wait. */
  explain(lease: LeaseRecord): string {
    return lease.state === 'PENDING' ? this.#placer.explain(toSingleRequest(lease)) : '';
  }

  /** False when there is no room for it now. */
  #place(lease: LeaseRecord): boolean {
    const place = this.#placer.place(toSingleRequest(lease));
    if (place.kind === 'waits') return false;
    if (place.kind === 'placed') this.#inBackground(this.#start(lease, place.nodeId, place.bundleIndex), lease);
    else if (place.kind === 'node-gone') this.#fail(lease, new TaskUnschedulableError(place.message));
    else this.#fail(lease, new PlacementGroupRemovedError(place.message));
    return true;
  }

  async #start(pending: LeaseRecord, nodeId: NodeId, bundleIndex: number | undefined): Promise<void> {
    const { leaseId } = pending;
    const lease = this.#table.become(pending, 'STARTING', { nodeId, bundleIndex, held: pending.request.resources });
    const answer = await this.#options.hostOf(nodeId).lease(lease).catch(toError);
    const current = this.#table.records.get(leaseId);
    if (current?.state === 'STARTING' && current.nodeId === nodeId) this.#conclude(current, nodeId, answer);
    else if (current?.state === 'RETURNING') await this.#return(current, false);
    if (answer instanceof Error) this.#options.logger.warn({ leaseId, nodeId, error: answer.message }, 'no lease');
  }

  #conclude(lease: LeaseRecord, nodeId: NodeId, answer: LeaseAnswer | Error): void {
    if (!(answer instanceof Error) && answer.kind === 'leased') {
      const grantedAtMs = this.#options.now();
      this.#tellGranted(this.#table.become(lease, 'GRANTED', { address: answer.address, grantedAtMs }));
      return;
    }
    if (!(answer instanceof Error) && answer.kind === 'failed') {
      this.#fail(lease, answer.error);
      return;
    }
    this.#table.become(lease, 'PENDING', { nodeId: undefined, bundleIndex: undefined });
    // Without an answer a worker may have been started all the same.
    if (answer instanceof Error) this.#inBackground(this.#returnOn(nodeId, lease.leaseId, true), lease);
    setTimeout(() => this.#options.onChange(), RETRY_MS).unref();
  }

  async #return(lease: LeaseRecord, isForced: boolean): Promise<void> {
    await this.#returnOn(lease.nodeId!, lease.leaseId, isForced);
    const current = this.#table.records.get(lease.leaseId);
    if (current?.state === 'RETURNING') this.#table.become(current, 'ENDED');
    this.#options.onChange();
  }

  /** Asks until the node answers or is dead: nobody else would ever free what its agent holds. */
  async #returnOn(nodeId: NodeId, leaseId: LeaseId, isForced: boolean): Promise<void> {
    const { journal, hostOf, logger } = this.#options;
    while (isExpected(journal.nodes.get(nodeId))) {
      try {
        await hostOf(nodeId).giveBack(leaseId, isForced);
        return;
      } catch (error) {
        logger.warn({ leaseId, nodeId, error: toError(error).message }, 'lease not returned yet');
        await sleep(RETRY_MS);
      }
    }
  }

  #end(lease: LeaseRecord, death: Death): void {
    const wasReturned = lease.state === 'RETURNING';
    this.#table.become(lease, 'ENDED');
    if (!wasReturned) this.#options.publish(lease, { kind: 'ended', death });
    if (lease.address) this.#options.onWorkerGone(lease.address.workerId, `the worker of task ${lease.name} has ended`);
    this.#options.onChange();
  }

  #fail(lease: LeaseRecord, error: LeaseFailure): void {
    this.#table.become(lease, 'ENDED');
    this.#options.publish(lease, { kind: 'failed', error });
    this.#options.onChange();
  }

  #tellGranted(lease: LeaseRecord): void {
    if (lease.address) this.#options.publish(lease, { kind: 'granted', address: lease.address });
  }

  #inBackground(work: Promise<void>, { leaseId }: LeaseRecord): void {
    work.catch((error: unknown) => {
      this.#options.logger.error({ leaseId, error: toError(error).message }, 'lease step failed');
    });
  }
}

type LeaseFailure = Extract<LeaseAnswer, { kind: 'failed' }>['error'];

const toSingleRequest = (lease: LeaseRecord): SingleRequest => ({
  id: lease.leaseId,
  sinceMs: lease.requestedAtMs,
  kind: 'Task',
  name: lease.name,
  request: lease.request,
  bundle: lease.bundle,
});
