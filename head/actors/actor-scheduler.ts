import {
  type ActorId,
  ActorUnschedulableError,
  fits,
  formatResources,
  IllegalStateError,
  type JobId,
  type Logger,
  type NodeId,
  type PlacementGroupId,
  PlacementGroupRemovedError,
  toError,
  transition,
} from '../../src/core/index.js';
import { chooseNode } from '../placement/choose-node.js';
import { chooseBundle, nodeSnapshots } from '../placement/cluster-view.js';
import { explainActorPlacement } from '../placement/explain-actor-placement.js';
import type { PlacementGroupRecord } from '../placement/placement-group-record.js';
import type { StateJournal } from '../state-journal.js';
import { type ActorDeathKind, type ActorRecord, type ActorState, actorTransitions } from './actor-record.js';

const RETRY_MS = 100;

/** What the head asks of the agent of an actor's node. */
export interface ActorHost {
  /** False when the resources are not free; the actor is placed again. */
  start(actor: ActorRecord): Promise<boolean>;
  kill(actorId: ActorId, kind: ActorDeathKind, message: string): Promise<void>;
}

/** A change of an actor; `report` is the agent's own message, which may hold more than the record does. */
export interface ActorChange<Report> {
  readonly actor: ActorRecord;
  readonly report: Report | undefined;
}

export interface ActorSchedulerOptions<Report> {
  readonly journal: StateJournal;
  readonly hostOf: (nodeId: NodeId) => ActorHost;
  readonly publish: (change: ActorChange<Report>) => void;
  readonly onChange: () => void;
  readonly logger: Logger;
}

/** Takes actors through their states: places them, has them started and ended, and tells their owners. */
export class ActorScheduler<Report> {
  readonly #options: ActorSchedulerOptions<Report>;

  constructor(options: ActorSchedulerOptions<Report>) {
    this.#options = options;
  }

  /**
   * Registers an actor. Idempotent by id.
   * @throws {ActorUnschedulableError} when no node or bundle can ever hold it.
   * @throws {PlacementGroupRemovedError} when its group is gone.
   */
  async create(actor: ActorRecord): Promise<void> {
    const { journal } = this.#options;
    if (journal.actors.has(actor.actorId)) return;
    if (journal.jobs.get(actor.jobId)?.state !== 'RUNNING') {
      throw new IllegalStateError(`Job ${actor.jobId} is not running; its driver is gone or never registered.`);
    }
    if (actor.bundle) requireFittingBundle(actor, this.#requireGroup(actor.bundle.placementGroupId));
    else this.#requireFittingNode(actor);
    await journal.putActor(actor);
    this.#options.onChange();
  }

  /** Asks the agent to end the actor; DEAD follows with the agent's report. An actor without a process is dead at once. */
  async kill(actorId: ActorId, kind: ActorDeathKind, message: string): Promise<void> {
    const actor = this.#options.journal.actors.get(actorId);
    if (!actor || actor.state === 'DEAD') return;
    if (actor.nodeId === undefined) return this.#die(actor, kind, message, undefined);
    await this.#options.hostOf(actor.nodeId).kill(actorId, kind, message);
  }

  async killOfJob(jobId: JobId, message: string): Promise<void> {
    const ofJob = [...this.#options.journal.actors.values()].filter((actor) => actor.jobId === jobId);
    await Promise.allSettled(ofJob.map((actor) => this.kill(actor.actorId, 'OWNER_DIED', message)));
  }

  /** Starts every actor that waits and for which there is room. */
  schedule(): void {
    for (const actor of this.#options.journal.actors.values()) {
      if (actor.state !== 'PENDING_CREATION' || actor.nodeId !== undefined) continue;
      const group = actor.bundle && this.#options.journal.placementGroups.get(actor.bundle.placementGroupId);
      if (actor.bundle && group?.state === 'REMOVED') {
        this.#inBackground(this.#die(actor, 'PLACEMENT_GROUP_REMOVED', removedMessage(group), undefined), actor);
        continue;
      }
      const placed = group ? this.#placeInGroup(actor, group) : this.#placeOnNode(actor);
      if (placed) this.#inBackground(this.#start(placed), placed);
    }
  }

  /** The constructor returned: the actor answers calls at `address`. */
  async onAlive(actorId: ActorId, address: NonNullable<ActorRecord['address']>, report: Report): Promise<void> {
    const actor = this.#options.journal.actors.get(actorId);
    if (actor?.state === 'PENDING_CREATION') await this.#become(actor, 'ALIVE', { address }, report);
  }

  /** The actor's process ended, as its agent reports. */
  async onDead(actorId: ActorId, kind: ActorDeathKind, message: string, report: Report | undefined): Promise<void> {
    const actor = this.#options.journal.actors.get(actorId);
    if (actor && actor.state !== 'DEAD') await this.#die(actor, kind, message, report);
  }

  async onNodeDied(nodeId: NodeId, reason: string): Promise<void> {
    const onNode = [...this.#options.journal.actors.values()].filter((actor) => actor.nodeId === nodeId);
    for (const actor of onNode) await this.onDead(actor.actorId, 'NODE_DIED', `Its node died: ${reason}.`, undefined);
  }

  #requireGroup(placementGroupId: PlacementGroupId): PlacementGroupRecord {
    const group = this.#options.journal.placementGroups.get(placementGroupId);
    if (!group || group.state === 'REMOVED') {
      throw new PlacementGroupRemovedError(
        group ? removedMessage(group) : `Placement group ${placementGroupId} does not exist; it may have been removed.`,
      );
    }
    return group;
  }

  #requireFittingNode(actor: ActorRecord): void {
    const nodes = nodeSnapshots(this.#options.journal);
    if (chooseNode(actor.resources, nodes).kind !== 'infeasible') return;
    throw new ActorUnschedulableError(explainActorPlacement(actor.className, actor.resources, nodes));
  }

  #placeInGroup(actor: ActorRecord, group: PlacementGroupRecord): ActorRecord | undefined {
    if (group.state !== 'CREATED') return undefined;
    const bundleIndex = chooseBundle(this.#options.journal, group, actor);
    const nodeId = bundleIndex === undefined ? undefined : group.nodeIds[bundleIndex];
    if (bundleIndex === undefined || nodeId === undefined) return undefined;
    return { ...actor, nodeId, bundle: { placementGroupId: group.placementGroupId, bundleIndex } };
  }

  #placeOnNode(actor: ActorRecord): ActorRecord | undefined {
    const choice = chooseNode(actor.resources, nodeSnapshots(this.#options.journal));
    return choice.kind === 'placed' ? { ...actor, nodeId: choice.nodeId } : undefined;
  }

  async #start(actor: ActorRecord): Promise<void> {
    const { journal, hostOf } = this.#options;
    await journal.putActor(actor);
    const started = await hostOf(actor.nodeId!).start(actor);
    const current = journal.actors.get(actor.actorId)!;
    if (started || current.state !== 'PENDING_CREATION') return;
    await journal.putActor({ ...current, nodeId: undefined });
    setTimeout(() => this.#options.onChange(), RETRY_MS).unref();
  }

  async #die(actor: ActorRecord, kind: ActorDeathKind, message: string, report: Report | undefined): Promise<void> {
    await this.#become(actor, 'DEAD', { death: { kind, message } }, report);
    this.#options.onChange();
  }

  async #become(
    actor: ActorRecord,
    to: ActorState,
    change: Partial<ActorRecord>,
    report: Report | undefined,
  ): Promise<void> {
    const state = transition(actorTransitions, 'Actor', actor.actorId, actor.state, to);
    const next = { ...actor, ...change, state };
    this.#options.logger.info(
      { actorId: actor.actorId, className: actor.className, from: actor.state, to, reason: next.death?.message },
      'actor',
    );
    await this.#options.journal.putActor(next);
    this.#options.publish({ actor: next, report });
  }

  #inBackground(work: Promise<void>, actor: ActorRecord): void {
    work.catch((error: unknown) => {
      this.#options.logger.error({ actorId: actor.actorId, error: toError(error).message }, 'actor step failed');
      // The node did not take the actor: it is placed again, elsewhere once the node is known to be dead.
      const current = this.#options.journal.actors.get(actor.actorId);
      if (current?.state !== 'PENDING_CREATION') return;
      this.#options.journal.actors.set(actor.actorId, { ...current, nodeId: undefined });
      setTimeout(() => this.#options.onChange(), RETRY_MS).unref();
    });
  }
}

function requireFittingBundle(actor: ActorRecord, group: PlacementGroupRecord): void {
  const index = actor.bundle?.bundleIndex ?? -1;
  if (index >= group.bundles.length || index < -1) {
    throw new ActorUnschedulableError(
      `Placement group bundle index ${index} is invalid. Valid indexes: 0-${group.bundles.length - 1}, or -1 for any.`,
    );
  }
  const candidates = index === -1 ? group.bundles : [group.bundles[index]!];
  if (candidates.some((bundle) => fits(actor.resources, bundle))) return;
  throw new ActorUnschedulableError(
    `Cannot schedule ${actor.className} with the placement group because the resource request ` +
      `${formatResources(actor.resources)} cannot fit into any bundles for the placement group, ` +
      `[${group.bundles.map(formatResources).join(', ')}].`,
  );
}

const removedMessage = (group: PlacementGroupRecord): string =>
  `Placement group ${group.placementGroupId} was removed: ${group.reason || 'by its owner'}.`;
