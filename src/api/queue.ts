import { builtModule, InvalidArgumentError, QueueEmptyError, QueueFullError } from '../core/index.js';
import type { ActorHandle } from '../runtime/handles/actor-handle.js';
import type { ActorOptions } from './actor-options.js';
import { get } from './get.js';
import { kill } from './kill.js';
import type { QueueActor } from './queue-actor.js';
import { remoteByPath } from './remote.js';

const QUEUE_MODULE = builtModule('src/api/queue-actor.js');
/** Calls that may wait in the queue at once. */
const MAX_WAITING = 10_000;

export interface QueueWait {
  /** How long to wait; default for ever. */
  readonly timeoutMs?: number;
}

/**
 * A queue that many drivers, actors and tasks share: it lives in an actor of its own. A queue may be passed to an actor or
 * task by its `actor` handle: `Queue.of(handle)`.
 *
 * Items that can't be put or taken in time are a {QueueFullError} or a {QueueEmptyError}; nothing was done then.
 *
 * @source ray.util.queue
 */
export class Queue<T> {
  readonly actor: ActorHandle<QueueActor<T>>;

  private constructor(actor: ActorHandle<QueueActor<T>>) {
    this.actor = actor;
  }

  /**
   * @param maxSize 0, the default: no bound.
   * @param options of the actor. By default it holds no CPU.
   */
  static create<T>(maxSize = 0, options: ActorOptions = {}): Queue<T> {
    if (!Number.isInteger(maxSize) || maxSize < 0) {
      throw new InvalidArgumentError(`The size of a queue must be a whole number of at least 0, got ${maxSize}.`);
    }
    const RemoteQueue = remoteByPath<typeof QueueActor<T>>(QUEUE_MODULE, 'QueueActor');
    return new Queue(RemoteQueue.options({ numCpus: 0, maxConcurrency: MAX_WAITING, ...options }).remote(maxSize));
  }

  /** The queue behind a handle that was passed here. */
  static of<T>(actor: ActorHandle<QueueActor<T>>): Queue<T> {
    return new Queue(actor);
  }

  put(item: T, wait: QueueWait = {}): Promise<void> {
    return this.#put([item], wait.timeoutMs);
  }

  putNowait(item: T): Promise<void> {
    return this.#put([item], 0);
  }

  /** All of them or none. */
  putNowaitBatch(items: readonly T[]): Promise<void> {
    return this.#put(items, 0);
  }

  async get(wait: QueueWait = {}): Promise<T> {
    const [item] = await this.#get(1, wait.timeoutMs);
    return item!;
  }

  async getNowait(): Promise<T> {
    const [item] = await this.#get(1, 0);
    return item!;
  }

  /** As many or none. */
  getNowaitBatch(numItems: number): Promise<readonly T[]> {
    return this.#get(numItems, 0);
  }

  size(): Promise<number> {
    return get(this.actor.size.remote());
  }

  async isEmpty(): Promise<boolean> {
    return (await this.size()) === 0;
  }

  /** Ends the actor; items that were not taken are lost, and calls that wait fail. */
  shutdown(): Promise<void> {
    return kill(this.actor);
  }

  async #put(items: readonly T[], timeoutMs: number | undefined): Promise<void> {
    requireTimeout(timeoutMs);
    const { kind } = await get(this.actor.put.remote(items, timeoutMs));
    if (kind === 'full') throw new QueueFullError(`There was no room in the queue for ${items.length} more items.`);
  }

  async #get(numItems: number, timeoutMs: number | undefined): Promise<readonly T[]> {
    requireTimeout(timeoutMs);
    const outcome = await get(this.actor.get.remote(numItems, timeoutMs));
    if (outcome.kind === 'done') return outcome.items;
    throw new QueueEmptyError(`The queue did not have ${numItems} items.`);
  }
}

function requireTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || timeoutMs >= 0) return;
  throw new InvalidArgumentError(`timeoutMs must not be negative, got ${timeoutMs}.`);
}
