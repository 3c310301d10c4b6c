import {
  ActorAlreadyExistsError,
  type ActorId,
  ActorUnschedulableError,
  InvalidArgumentError,
  type Logger,
  type NodeId,
  type PlacementGroupId,
  shortId,
  toError,
  type WorkerId,
} from '../../src/core/index.js';
import { chooseNode } from '../placement/choose-node.js';
import { type Claimant, STARVING_MS } from '../placement/claims.js';
import { NameIndex } from '../placement/name-index.js';
import type { PlacementGroupRecord } from '../placement/placement-group-record.js';
import type { Room } from '../placement/room.js';
import { SinglePlacer, type SingleRequest } from '../placement/single-placer.js';
import { WaitingList } from '../placement/waiting-list.js';
import type { StateJournal } from '../state-journal.js';
import type { ActorHost } from './actor-host.js';
import { type ActorChange, ActorLog } from './actor-log.js';
import {
  type ActorAddressRecord,
  type ActorDeathRecord,
  type ActorRecord,
  isStarting,
  needsNode,
  nodeRequestOf,
} from './actor-record.js';
import { ActorStarter } from './actor-starter.js';
import { type DeathContext, decideAfterDeath, hasRestartsLeft } from './decide-after-death.js';

/** The ended processes of an actor that are remembered. */
const MAX_ENDED_WORKERS = 5;

export interface ActorSchedulerOptions<Report> {
  readonly journal: StateJournal;
  readonly room: Room;
  readonly hostOf: (nodeId: NodeId) => ActorHost;
  /** @throws {PlacementGroupRemovedError} when the group is gone. */
  readonly requireGroup: (placementGroupId: PlacementGroupId) => PlacementGroupRecord;
  /** Tells those who follow the actor. */
  readonly publish: (change: ActorChange<Report>) => void;
  /** A process has ended: what it owned ends. */
  readonly onWorkerGone: (workerId: WorkerId, reason: string) => void;
  readonly onChange: () => void;
  readonly logger: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface KillOptions {
  /** Let it start again if it has restarts left. */
  readonly mayRestart?: boolean;
  /** Let the calls that wait run first. */
  readonly isGraceful?: boolean;
}

/** Takes actors through their states: places them, has them started and ended, and tells those who follow them. */
export class ActorScheduler<Report> {
  readonly #options: ActorSchedulerOptions<Report>;
  readonly #log: ActorLog<Report>;
  readonly #starter: ActorStarter;
  readonly #placer: SinglePlacer;
  readonly #names = new NameIndex<ActorId>();
  readonly #waiting = new WaitingList<ActorId, ActorRecord>(byTurn);

  constructor(options: ActorSchedulerOptions<Report>) {
    this.#options = options;
    this.#log = new ActorLog(options);
    this.#starter = new ActorStarter(options);
    this.#placer = new SinglePlacer({ ...options, unschedulable: ActorUnschedulableError });
    for (const actor of options.journal.actors.values()) this.#index(actor);
    options.journal.watch((change) => {
      if (change.table === 'actors') this.#index(change.after);
    });
  }

  /**
   * Registers an actor. Idempotent by id.
   * @param getIfExists take the living actor of the name, if there is one.
   * @returns that actor; undefined when a new one was made.
   * @throws {ActorAlreadyExistsError} when the name is taken.
   * @throws {ActorUnschedulableError} when no node or bundle can ever hold it.
   * @throws {PlacementGroupRemovedError} when its group is gone.
   */
  async create(actor: ActorRecord, getIfExists = false): Promise<ActorRecord | undefined> {
    const { journal } = this.#options;
    if (journal.actors.has(actor.actorId)) {
      await journal.whenWritten('actors', actor.actorId);
      return undefined;
    }
    const existing = this.#ofName(actor.namespace, actor.name);
    if (existing && getIfExists) return existing;
    if (existing) throw nameTaken(existing);
    this.#placer.requirePlace(toSingleRequest(actor));
    await journal.putActor(actor);
    this.#options.onChange();
    return undefined;
  }

  /** @throws {InvalidArgumentError} when no living actor of the namespace has the name. */
  getNamed(namespace: string, name: string): ActorRecord {
    const actor = this.#ofName(namespace, name);
    if (actor) return actor;
    throw new InvalidArgumentError(
      `Failed to look up actor with name '${name}' in namespace '${namespace}'. It was never created, it has died, or ` +
        'it is in another namespace: pass the namespace that it was made in.',
    );
  }

  /**
   * Ends an actor; resolves when its node has been asked to end the process, and has done so unless the end is graceful.
   * An actor that is not ALIVE is dead at once, for a start that is on its way must not bring it to life; of another one
   * DEAD follows with the agent's report.
   */
  async kill(actorId: ActorId, death: ActorDeathRecord, options: KillOptions = {}): Promise<void> {
    const { mayRestart = false, isGraceful = false } = options;
    const actor = this.#options.journal.actors.get(actorId);
    if (!actor || actor.state === 'DEAD') return;
    const { nodeId } = actor;
    if (mayRestart && hasRestartsLeft(actor)) {
      if (actor.state !== 'ALIVE' || !nodeId) return;
      return this.#starter.end(actorId, nodeId, { ...death, kind: 'PROCESS_EXITED' }, false);
    }
    const ending = { ...death, isGraceful };
    if (actor.state !== 'ALIVE') await this.#end(actor, death, { isFree: false }, undefined, { ...actor, ending });
    else await this.#options.journal.putActor({ ...actor, ending });
    if (nodeId) await this.#starter.end(actorId, nodeId, death, isGraceful);
  }

  /** After a start of the head: starts and ends that were decided and not yet heard of are asked for again. */
  resume(): void {
    // A copy: a record that is put moves to the end of the table, where a loop over the table would meet it again.
    const actors = [...this.#options.journal.actors.values()];
    for (const actor of actors.filter(isStarting)) {
      this.#inBackground(this.#starter.start(actor), actor.actorId);
    }
    for (const { actorId, ending, nodeId, state } of actors) {
      if (state === 'DEAD' || !ending || !nodeId) continue;
      this.#inBackground(this.#starter.end(actorId, nodeId, ending, ending.isGraceful), actorId);
    }
  }

  /** Starts every actor that waits and for which there is room. */
  schedule(): void {
    const full = new Set<string>();
    for (const actor of this.#waiting.list()) {
      const wanted = toSingleRequest(actor);
      // Who wants the same as one that found no room, and asked later, finds none either.
      const shape = JSON.stringify(wanted.bundle ? [wanted.bundle, wanted.request.resources] : wanted.request);
      if (full.has(shape)) continue;
      const place = this.#placer.place(wanted);
      if (place.kind === 'waits') full.add(shape);
      else if (place.kind === 'placed') {
        const { nodeId, bundleIndex } = place;
        this.#inBackground(this.#starter.start({ ...actor, nodeId, bundleIndex }), actor.actorId);
      } else {
        const kind = place.kind === 'node-gone' ? 'UNSCHEDULABLE' : 'PLACEMENT_GROUP_REMOVED';
        const death = { kind, message: place.message } as const;
        this.#inBackground(this.#end(actor, death, { isFree: false }, undefined), actor.actorId);
      }
    }
  }

  /** The constructor returned: the actor answers calls at `address`, says the agent of the address's node. */
  async onAlive(actorId: ActorId, address: ActorAddressRecord, report: Report): Promise<void> {
    const actor = this.#options.journal.actors.get(actorId);
    if (!actor || actor.state === 'DEAD' || actor.nodeId !== address.nodeId || isFormer(actor, address.workerId)) {
      if (actor?.nodeId !== address.nodeId || actor.state === 'DEAD') {
        await this.#starter.endStray(actorId, address.nodeId);
      }
      return;
    }
    if (actor.state === 'ALIVE') return;
    const startedAtMs = actor.startedAtMs || this.#options.now();
    await this.#log.become(actor, 'ALIVE', { address, startedAtMs, death: undefined }, report);
  }

  /**
   * The actor's process ended, says the agent of a node; one that is or will be elsewhere by now does not care.
   * @param workerId the process; undefined when the agent does not say.
   */
  async onDead(
    actorId: ActorId,
    nodeId: NodeId,
    death: ActorDeathRecord,
    workerId: WorkerId | undefined,
    report: Report | undefined,
  ): Promise<void> {
    const actor = this.#options.journal.actors.get(actorId);
    if (!actor || actor.state === 'DEAD' || actor.nodeId !== nodeId || isFormer(actor, workerId)) return;
    await this.#end(actor, death, { isFree: false }, report);
  }

  async onNodeDied(nodeId: NodeId, reason: string): Promise<void> {
    const { journal } = this.#options;
    const death = { kind: 'NODE_DIED', message: `Its node died: ${reason}.` } as const;
    const isFree = journal.nodes.get(nodeId)?.isDraining ?? false;
    const onNode = [...journal.actors.values()].filter((actor) => actor.nodeId === nodeId && actor.state !== 'DEAD');
    await Promise.all(onNode.map((actor) => this.#end(actor, death, { isFree }, undefined)));
  }

  /** The group has given bundles up: the actors in them start again elsewhere, if they may start again at all. */
  async onBundlesLost(placementGroupId: PlacementGroupId, indexes: readonly number[], reason: string): Promise<void> {
    const death = { kind: 'PLACEMENT_GROUP_REMOVED', message: `Its bundle is gone: ${reason}.` } as const;
    const { room, journal } = this.#options;
    const ids = indexes.flatMap((index) => [...room.view.usersOfBundle(placementGroupId, index)]);
    const actors = ids.flatMap((id) => journal.actors.get(id as ActorId) ?? []);
    await Promise.all(actors.map((actor) => this.#end(actor, death, { isFree: true }, undefined)));
  }

  /** Those that have waited so long that they claim room. */
  claimants(): Claimant[] {
    const starvedSince = this.#options.now() - STARVING_MS;
    const starving = this.#waiting.list().filter((actor) => !actor.bundle && actor.stateSinceMs <= starvedSince);
    return starving.map((actor) => ({
      id: actor.actorId,
      name: `actor ${actor.className} ${shortId(actor.actorId)}`,
      sinceMs: actor.createdAtMs,
      plan: (nodes) => {
        const choice = chooseNode(nodeRequestOf(actor), nodes);
        return choice.kind === 'placed' ? new Map([[choice.nodeId, nodeRequestOf(actor).resources]]) : undefined;
      },
    }));
  }

  /** The actors that wait for a node. */
  waiting(): readonly ActorRecord[] {
    return this.#waiting.list();
  }

  /** Why an actor waits for a node, and who holds what it waits for; empty when it does not wait. */
  explain(actor: ActorRecord): string {
    return needsNode(actor) ? this.#placer.explain(toSingleRequest(actor)) : '';
  }

  #index(actor: ActorRecord): void {
    const { actorId, namespace, name, state } = actor;
    this.#names.update(actorId, namespace, name, state === 'DEAD');
    this.#waiting.update(actorId, actor, needsNode(actor));
  }

  #ofName(namespace: string, name: string): ActorRecord | undefined {
    const actorId = name === '' ? undefined : this.#names.get(namespace, name);
    return actorId && this.#options.journal.actors.get(actorId);
  }

  /** @param decided the actor as it was when its end was decided, where that was just now. */
  async #end(
    actor: ActorRecord,
    reported: ActorDeathRecord,
    context: DeathContext,
    report: Report | undefined,
    decided = actor,
  ): Promise<void> {
    const { ending } = decided;
    const death = ending ? { kind: ending.kind, message: ending.message } : reported;
    const { state, ...counts } = decideAfterDeath(decided, death, context);
    const workerId = actor.address?.workerId;
    const endedWorkerIds = [...actor.endedWorkerIds, ...(workerId ? [workerId] : [])].slice(-MAX_ENDED_WORKERS);
    const left = state === 'DEAD' ? { spec: '' } : { nodeId: undefined, bundleIndex: undefined, address: undefined };
    await this.#log.become(actor, state, { ...counts, ...left, death, endedWorkerIds }, report);
    if (workerId) this.#options.onWorkerGone(workerId, `actor ${actor.className} ${shortId(actor.actorId)} has ended`);
    this.#options.onChange();
  }

  #inBackground(work: Promise<void>, actorId: ActorId): void {
    work.catch((error: unknown) => {
      this.#options.logger.error({ actorId, error: toError(error).message }, 'actor step failed');
    });
  }
}

const toSingleRequest = (actor: ActorRecord): SingleRequest => ({
  id: actor.actorId,
  sinceMs: actor.createdAtMs,
  kind: 'Actor',
  name: actor.className,
  request: nodeRequestOf(actor),
  bundle: actor.bundle,
});

/** Older first; but who wants one bundle of a group goes before those who take any, and may take another. */
function byTurn(left: ActorRecord, right: ActorRecord): number {
  const rank = ({ bundle }: ActorRecord): number => (bundle && bundle.bundleIndex >= 0 ? 0 : 1);
  return rank(left) - rank(right) || left.createdAtMs - right.createdAtMs;
}

/** True when the word is about a process of the actor that has ended before. */
function isFormer({ endedWorkerIds, address }: ActorRecord, workerId: WorkerId | undefined): boolean {
  if (!workerId) return false;
  return endedWorkerIds.includes(workerId) || (address !== undefined && address.workerId !== workerId);
}

function nameTaken({ name, namespace, actorId }: ActorRecord): ActorAlreadyExistsError {
  return new ActorAlreadyExistsError(
    `The name ${name} (namespace=${namespace}) is already taken. Please use a different name or get the existing actor ` +
      `using ray.getActor('${name}', { namespace: '${namespace}' }).`,
    { details: { actorId } },
  );
}
