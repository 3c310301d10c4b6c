import type { ActorId, NodeId, PlacementGroupId, WorkerId } from '../../src/core/index.js';
import type { ActorDeath, ActorReport, Draft, Subscribe, WorkerEvent, WorkerMessage } from '../../src/rpc/index.js';
import type { ActorChange } from '../actors/actor-log.js';
import type { LeaseNews } from '../leases/lease-host.js';
import type { LeaseIdentity } from '../leases/lease-record.js';
import type { NodeRecord } from '../membership/node-record.js';
import type { PlacementGroupRecord } from '../placement/placement-group-record.js';
import type { StateJournal } from '../state-journal.js';
import type { PeerStreams } from './peer-streams.js';
import { type SubjectId, Subscriptions } from './subscriptions.js';
import { toActorUpdate } from './wire-actors.js';
import { toPlacementGroupUpdate } from './wire-groups.js';
import { toLeaseUpdate } from './wire-leases.js';
import { toNodeUpdate } from './wire-records.js';

/** A follower may know an id before its maker's request has come in; after this time there is no such thing. */
const UNKNOWN_AFTER_MS = 10_000;

/** What workers are told: of the actors, groups and nodes that they follow, and of their leases. */
export class WorkerNews {
  readonly #journal: StateJournal;
  readonly #streams: PeerStreams<WorkerId, WorkerMessage, WorkerEvent>;
  readonly #subscriptions = new Subscriptions();

  constructor(journal: StateJournal, streams: PeerStreams<WorkerId, WorkerMessage, WorkerEvent>) {
    this.#journal = journal;
    this.#streams = streams;
  }

  /** Tells the worker the state of these now, and of every change from now on. */
  follow(workerId: WorkerId, { actorIds, placementGroupIds, nodeIds }: Subscribe): void {
    for (const actorId of actorIds as ActorId[]) {
      this.#subscriptions.follow(workerId, actorId);
      if (!this.#tellActor(workerId, actorId)) this.#later(() => this.#tellUnknownActor(workerId, actorId));
    }
    for (const groupId of placementGroupIds as PlacementGroupId[]) {
      this.#subscriptions.follow(workerId, groupId);
      if (!this.#tellGroup(workerId, groupId)) this.#later(() => this.#tellUnknownGroup(workerId, groupId));
    }
    for (const nodeId of nodeIds as NodeId[]) {
      this.#subscriptions.follow(workerId, nodeId);
      if (!this.#tellNode(workerId, nodeId)) this.#later(() => this.#tellUnknownNode(workerId, nodeId));
    }
  }

  /** Forgets what a worker follows: it is gone, or says it anew. */
  unfollow(workerId: WorkerId): void {
    this.#subscriptions.dropWorker(workerId);
  }

  publishActor({ actor, report }: ActorChange<ActorReport>, pendingReason: string): void {
    const actorUpdate = toActorUpdate(actor, report?.death ?? undefined, pendingReason);
    this.#publish(actor.actorId, { actorUpdate });
    if (actor.state === 'DEAD') this.#subscriptions.dropSubject(actor.actorId);
  }

  publishGroup(group: PlacementGroupRecord, pendingReason: string): void {
    this.#publish(group.placementGroupId, { placementGroupUpdate: toPlacementGroupUpdate(group, pendingReason) });
    if (group.state === 'REMOVED') this.#subscriptions.dropSubject(group.placementGroupId);
  }

  publishNode(node: NodeRecord): void {
    this.#publish(node.nodeId, { nodeUpdate: toNodeUpdate(node) });
    if (node.state === 'DEAD') this.#subscriptions.dropSubject(node.nodeId);
  }

  publishLease(lease: LeaseIdentity, news: LeaseNews<ActorDeath>): void {
    this.#streams.send(lease.holderWorkerId, { leaseUpdate: toLeaseUpdate(lease, news) });
  }

  askForLeases(holderWorkerId: WorkerId): void {
    this.#streams.send(holderWorkerId, { reclaimLeases: {} });
  }

  #publish(id: SubjectId, event: Draft<WorkerEvent>): void {
    for (const workerId of this.#subscriptions.followersOf(id)) this.#streams.send(workerId, event);
  }

  #tellActor(workerId: WorkerId, actorId: ActorId): boolean {
    const actor = this.#journal.actors.get(actorId);
    if (actor) this.#streams.send(workerId, { actorUpdate: toActorUpdate(actor) });
    return actor !== undefined;
  }

  #tellGroup(workerId: WorkerId, placementGroupId: PlacementGroupId): boolean {
    const group = this.#journal.placementGroups.get(placementGroupId);
    if (group) this.#streams.send(workerId, { placementGroupUpdate: toPlacementGroupUpdate(group) });
    return group !== undefined;
  }

  #tellNode(workerId: WorkerId, nodeId: NodeId): boolean {
    const node = this.#journal.nodes.get(nodeId);
    if (node) this.#streams.send(workerId, { nodeUpdate: toNodeUpdate(node) });
    return node !== undefined;
  }

  #tellUnknownActor(workerId: WorkerId, actorId: ActorId): void {
    if (this.#journal.actors.has(actorId)) return;
    const message = 'The head knows no such actor: it was never created, or ended long ago.';
    const death = { kind: 'ACTOR_DEATH_KIND_UNSPECIFIED', message } as const;
    this.#streams.send(workerId, { actorUpdate: { actorId, state: 'ACTOR_LIFE_STATE_DEAD', death } });
    this.#subscriptions.dropSubject(actorId);
  }

  #tellUnknownGroup(workerId: WorkerId, placementGroupId: PlacementGroupId): void {
    if (this.#journal.placementGroups.has(placementGroupId)) return;
    const reason = 'the head knows no such placement group: it was never created, or removed long ago';
    const state = 'PLACEMENT_GROUP_STATE_REMOVED' as const;
    this.#streams.send(workerId, { placementGroupUpdate: { placementGroupId, state, nodeIds: [], reason } });
    this.#subscriptions.dropSubject(placementGroupId);
  }

  /** It died before this head began, or long ago. */
  #tellUnknownNode(workerId: WorkerId, nodeId: NodeId): void {
    if (this.#journal.nodes.has(nodeId)) return;
    this.#streams.send(workerId, { nodeUpdate: { nodeId, state: 'NODE_LIFE_STATE_DEAD' } });
    this.#subscriptions.dropSubject(nodeId);
  }

  #later(check: () => void): void {
    setTimeout(check, UNKNOWN_AFTER_MS).unref();
  }
}
