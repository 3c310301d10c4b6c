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
import {
  type ActorAddressRecord,
  type ActorDeathKind,
  type ActorDeathRecord,
  type ActorRecord,
  type ActorState,
  actorTransitions,
} from './actor-record.js';

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

  /**
   * Ends an actor; resolves when its node has ended its process. An actor whose constructor has not returned is dead at
   * once, for a start that is on its way must not bring it to life; of another one DEAD follows with the agent's report.
   */
  async kill(actorId: ActorId, kind: ActorDeathKind, message: string): Promise<void> {
    const actor = this.#options.journal.actors.get(actorId);
    if (!actor || actor.state === 'DEAD') return;
    if (actor.state === 'PENDING_CREATION') await this.#die(actor, kind, message, undefined);
    if (actor.nodeId !== undefined) await this.#options.hostOf(actor.nodeId).kill(actorId, kind, message);
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
      if (placed) this.#inBackground(this.#start(actor, placed), placed);
    }
  }

  /** The constructor returned: the actor answers calls at `address`, says the agent of the address's node. */
  async onAlive(actorId: ActorId, address: ActorAddressRecord, report: Report): Promise<void> {
    const actor = this.#options.journal.actors.get(actorId);
    if (!actor || actor.state === 'DEAD' || actor.nodeId !== address.nodeId) {
      await this.#endStray(actorId, address.nodeId);
    } else if (actor.state === 'PENDING_CREATION') await this.#become(actor, 'ALIVE', { address }, report);
  }

  /** The actor's process ended, says the agent of a node; one that is or will be elsewhere by now does not care. */
  async onDead(
    actorId: ActorId,
    nodeId: NodeId,
    { kind, message }: ActorDeathRecord,
    report: Report | undefined,
  ): Promise<void> {
    const actor = this.#options.journal.actors.get(actorId);
    if (actor && actor.state !== 'DEAD' && actor.nodeId === nodeId) await this.#die(actor, kind, message, report);
  }

  async onNodeDied(nodeId: NodeId, reason: string): Promise<void> {
    const death = { kind: 'NODE_DIED', message: `Its node died: ${reason}.` } as const;
    const onNode = [...this.#options.journal.actors.values()].filter((actor) => actor.nodeId === nodeId);
    await Promise.all(onNode.map((actor) => this.onDead(actor.actorId, nodeId, death, undefined)));
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

  /** @param placed the actor with the node, and the bundle where it asked for any, that were chosen for it. */
  async #start(actor: ActorRecord, placed: ActorRecord): Promise<void> {
    const { journal, hostOf } = this.#options;
    const { actorId, nodeId } = placed as ActorRecord & { readonly nodeId: NodeId };
    await journal.putActor(placed);
    if (journal.actors.get(actorId)?.state !== 'PENDING_CREATION') return;
    const outcome = await hostOf(nodeId).start(placed).catch(toError);
    const current = journal.actors.get(actorId);
    if (outcome !== true && current?.state === 'PENDING_CREATION' && current.nodeId === nodeId) {
      await journal.putActor({ ...current, nodeId: undefined, bundle: actor.bundle });
      setTimeout(() => this.#options.onChange(), RETRY_MS).unref();
    }
    // Without an answer it may run there all the same; and it may have been killed while it was being started.
    if (outcome instanceof Error) this.#options.logger.warn({ actorId, nodeId, error: outcome.message }, 'no start');
    if (outcome instanceof Error || current?.state === 'DEAD') await this.#endStray(actorId, nodeId);
  }

  /** Ends a process that the tables know nothing of. */
  async #endStray(actorId: ActorId, nodeId: NodeId): Promise<void> {
    try {
      await this.#options.hostOf(nodeId).kill(actorId, 'KILLED', 'Its start was given up.');
    } catch (error) {
      // The node is dead or dying, and its actors with it.
      this.#options.logger.warn({ actorId, nodeId, error: toError(error).message }, 'a stray actor was not ended');
    }
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

  #inBackground(work: Promise<void>, { actorId }: ActorRecord): void {
    work.catch((error: unknown) => {
      this.#options.logger.error({ actorId, error: toError(error).message }, 'actor step failed');
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
  `Placement group ${group.placementGroupId} was removed: ${(group.reason || 'by its owner').replace(/\.$/, '')}.`;
