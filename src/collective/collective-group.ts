import {
  ChannelClosedError,
  DeadlineExceededError,
  Deferred,
  InvalidArgumentError,
  type RayError,
  sleep,
} from '../core/index.js';
import {
  allReduce,
  barrier,
  broadcast,
  gatherAround,
  type Member,
  partStart,
  reduce,
  reduceAround,
} from './algorithms.js';
import type { CollectiveOperation, PeerLinks } from './peer-links.js';
import type { ReduceOp } from './reduce-op.js';
import { bytesOf, requireTensor, slice, type Tensor } from './tensor.js';

/** A link that breaks is often the first sign of a death: how long its name is waited for. */
const VERDICT_MS = 2_000;

export interface CollectiveGroupOptions {
  readonly name: string;
  readonly rank: number;
  readonly worldSize: number;
  readonly links: PeerLinks;
  /** How long one operation may take, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * A member of a group of ranks that compute together. Every rank calls the same operations in the same order; operations
 * of one group run one after the other. Tensors have the same length and kind at every rank.
 *
 * Every operation throws {DeadlineExceededError} when a peer does not come within the group's time, {IllegalStateError}
 * when a peer is at another operation, and what ended the group once it is broken: a group with a failure is of no use.
 */
export class CollectiveGroup {
  readonly name: string;
  readonly rank: number;
  readonly worldSize: number;
  readonly #links: PeerLinks;
  readonly #timeoutMs: number;
  readonly #numWithPeer = { sent: new Map<number, number>(), received: new Map<number, number>() };
  #numCalls = 0;
  #last: Promise<unknown> = Promise.resolve();
  readonly #aborted = new Deferred<void>();
  #failure: RayError | undefined;

  constructor({ name, rank, worldSize, links, timeoutMs }: CollectiveGroupOptions) {
    this.name = name;
    this.rank = rank;
    this.worldSize = worldSize;
    this.#links = links;
    this.#timeoutMs = timeoutMs;
  }

  /** Every rank's tensor becomes the reduction of all, in place. */
  allReduce(tensor: Tensor, op: ReduceOp = 'SUM'): Promise<void> {
    requireTensor(tensor, 'The tensor of allReduce');
    return this.#together('allReduce', (member) => allReduce(member, tensor, op));
  }

  /** The tensors of all ranks, in order of rank. */
  allGather<T extends Tensor>(tensor: T): Promise<T[]> {
    requireTensor(tensor, 'The tensor of allGather');
    const { length } = tensor;
    const all = newLike(tensor, length * this.worldSize);
    all.set(tensor, this.rank * length);
    return this.#together('allGather', async (member) => {
      await gatherAround(member, all);
      return Array.from({ length: this.worldSize }, (_, rank) => slice(all, rank * length, (rank + 1) * length));
    });
  }

  /** The reduction, over all ranks, of the tensors that they give for this rank: one for each rank, in order of rank. */
  reduceScatter<T extends Tensor>(tensors: readonly T[], op: ReduceOp = 'SUM'): Promise<T> {
    const all = this.#join(tensors);
    const { worldSize, rank } = this;
    return this.#together('reduceScatter', async (member) => {
      await reduceAround(member, all, op);
      const start = partStart(all.length, worldSize, rank);
      return slice(all, start, partStart(all.length, worldSize, rank + 1)).slice() as T;
    });
  }

  /** The reduction of all at `dstRank`, in place; the other ranks' tensors are used up. */
  reduce(tensor: Tensor, dstRank: number, op: ReduceOp = 'SUM'): Promise<void> {
    requireTensor(tensor, 'The tensor of reduce');
    this.#requireRank(dstRank);
    return this.#together('reduce', (member) => reduce(member, tensor, dstRank, op));
  }

  /** The tensor of `srcRank` at every rank, in place. */
  broadcast(tensor: Tensor, srcRank: number): Promise<void> {
    requireTensor(tensor, 'The tensor of broadcast');
    this.#requireRank(srcRank);
    return this.#together('broadcast', (member) => broadcast(member, tensor, srcRank));
  }

  /** Resolves when every rank has called it. */
  barrier(): Promise<void> {
    return this.#together('barrier', barrier);
  }

  /** Sends to one rank, which must `recv` a tensor of the same length. Resolves when the tensor may be changed. */
  send(tensor: Tensor, dstRank: number): Promise<void> {
    requireTensor(tensor, 'The tensor of send');
    this.#requirePeer(dstRank);
    const sequence = countUp(this.#numWithPeer.sent, dstRank);
    return this.#within('send', this.#links.send(dstRank, { operation: 'send', sequence }, bytesOf(tensor)));
  }

  /** Takes what `srcRank` sends, in place. */
  recv(tensor: Tensor, srcRank: number): Promise<void> {
    requireTensor(tensor, 'The tensor of recv');
    this.#requirePeer(srcRank);
    const sequence = countUp(this.#numWithPeer.received, srcRank);
    const target = bytesOf(tensor);
    const received = this.#links.receive(srcRank, { operation: 'send', sequence }, target.byteLength, (piece, offset) =>
      target.set(piece, offset),
    );
    return this.#within('recv', received);
  }

  /** Ends the group at this rank: operations that wait fail with `reason`. Idempotent. */
  abort(reason: RayError): void {
    this.#failure ??= reason;
    this.#aborted.resolve();
    this.#links.close();
  }

  /** One after the other: two operations that share links must not mix their pieces. */
  #together<T>(operation: CollectiveOperation, run: (member: Member) => Promise<T>): Promise<T> {
    const call = { operation, sequence: this.#numCalls++ };
    const { rank, worldSize } = this;
    const result = this.#last.then(() => this.#within(operation, run({ rank, worldSize, links: this.#links, call })));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #within<T>(operation: string, work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.abort(this.#tooLate(operation)), this.#timeoutMs);
    try {
      return await work;
    } catch (error) {
      if (error instanceof ChannelClosedError) await Promise.race([this.#aborted.promise, sleep(VERDICT_MS)]);
      throw this.#failure ?? error;
    } finally {
      clearTimeout(timer);
    }
  }

  #tooLate(operation: string): DeadlineExceededError {
    return new DeadlineExceededError(
      `${operation} of group ${this.name} was not done at rank ${this.rank} within ${this.#timeoutMs} ms: another rank ` +
        'did not call it, or is gone. The group is of no use any more: destroy it and make it again.',
      { details: { group: this.name, rank: this.rank, operation } },
    );
  }

  #join<T extends Tensor>(tensors: readonly T[]): T {
    const [first] = tensors;
    requireTensor(first, 'Every tensor of reduceScatter');
    if (tensors.length !== this.worldSize || tensors.some((tensor) => tensor.length !== first.length)) {
      throw new InvalidArgumentError(
        `reduceScatter needs ${this.worldSize} tensors of one length, one for each rank, got ${tensors.length}.`,
      );
    }
    const all = newLike(first, first.length * tensors.length);
    for (const [rank, tensor] of tensors.entries()) all.set(tensor, rank * first.length);
    return all;
  }

  #requireRank(rank: number): void {
    if (Number.isInteger(rank) && rank >= 0 && rank < this.worldSize) return;
    throw new InvalidArgumentError(`Group ${this.name} has ranks 0 to ${this.worldSize - 1}, not ${rank}.`);
  }

  #requirePeer(rank: number): void {
    this.#requireRank(rank);
    if (rank === this.rank)
      throw new InvalidArgumentError(`Rank ${rank} can't send to itself, or receive from itself.`);
  }
}

function newLike<T extends Tensor>(tensor: T, length: number): T {
  return new (tensor.constructor as new (length: number) => T)(length);
}

function countUp(counts: Map<number, number>, peer: number): number {
  const count = counts.get(peer) ?? 0;
  counts.set(peer, count + 1);
  return count;
}
