import type { CollectiveCall, PeerLinks } from './peer-links.js';
import { type ReduceOp, reduceInto } from './reduce-op.js';
import { bytesOf, slice, type Tensor, viewLike } from './tensor.js';

/** What an algorithm runs on: a member of a group, at one operation. */
export interface Member {
  readonly rank: number;
  readonly worldSize: number;
  readonly links: PeerLinks;
  readonly call: CollectiveCall;
}

/** Where rank `part` of `worldSize` equal parts begins, in elements; the last parts are shorter where it does not divide. */
export const partStart = (numElements: number, worldSize: number, part: number): number =>
  Math.min(numElements, part * Math.ceil(numElements / worldSize));

/**
 * Every rank's tensor becomes the reduction of all, in place.
 * @source the ring algorithm of Baidu's allreduce: a reduce-scatter and an all-gather, 2(n-1)/n of the tensor per link
 */
export async function allReduce(member: Member, tensor: Tensor, op: ReduceOp): Promise<void> {
  await reduceAround(member, tensor, op);
  await gatherAround(member, tensor);
}

/** After it, part `rank` of the tensor is the reduction of all ranks'; the other parts hold sums of some. */
export async function reduceAround(member: Member, tensor: Tensor, op: ReduceOp): Promise<void> {
  const { rank, worldSize } = member;
  for (let step = 1; step < worldSize; step++) {
    const outgoing = partOf(tensor, worldSize, rank - step);
    const incoming = partOf(tensor, worldSize, rank - step - 1);
    await exchange(member, outgoing, incoming, (piece, elementOffset) => {
      reduceInto(op, incoming, viewLike(tensor, piece), elementOffset);
    });
  }
}

/** Passes every rank's own part around, until every rank has all of them. */
export async function gatherAround(member: Member, tensor: Tensor): Promise<void> {
  const { rank, worldSize } = member;
  for (let step = 0; step < worldSize - 1; step++) {
    const outgoing = partOf(tensor, worldSize, rank - step);
    const incoming = partOf(tensor, worldSize, rank - step - 1);
    await exchange(member, outgoing, incoming, (piece, elementOffset) => {
      incoming.set(viewLike(tensor, piece), elementOffset);
    });
  }
}

function partOf(tensor: Tensor, worldSize: number, part: number): Tensor {
  const index = ((part % worldSize) + worldSize) % worldSize;
  const { length } = tensor;
  return slice(tensor, partStart(length, worldSize, index), partStart(length, worldSize, index + 1));
}

/** Sends to the next rank while it receives from the one before. */
async function exchange(
  { rank, worldSize, links, call }: Member,
  outgoing: Tensor,
  incoming: Tensor,
  take: (piece: Uint8Array, elementOffset: number) => void,
): Promise<void> {
  const { byteLength, BYTES_PER_ELEMENT } = incoming;
  await Promise.all([
    links.send((rank + 1) % worldSize, call, bytesOf(outgoing)),
    links.receive((rank + worldSize - 1) % worldSize, call, byteLength, (piece, byteOffset) =>
      take(piece, byteOffset / BYTES_PER_ELEMENT),
    ),
  ]);
}

/** The root's tensor at every rank, in place: along a binomial tree, so in log2(n) steps. */
export async function broadcast(member: Member, tensor: Tensor, rootRank: number): Promise<void> {
  const { rank, worldSize, links, call } = member;
  const { parent, children } = treeNeighbours(rank, worldSize, rootRank);
  if (parent !== undefined) {
    const target = bytesOf(tensor);
    await links.receive(parent, call, target.byteLength, (piece, offset) => target.set(piece, offset));
  }
  for (const child of children) await links.send(child, call, bytesOf(tensor));
}

/** The reduction of all at the root, in place; the other ranks' tensors hold sums of some. */
export async function reduce(member: Member, tensor: Tensor, rootRank: number, op: ReduceOp): Promise<void> {
  const { rank, worldSize, links, call } = member;
  const { parent, children } = treeNeighbours(rank, worldSize, rootRank);
  for (const child of children.toReversed()) {
    await links.receive(child, call, tensor.byteLength, (piece, byteOffset) => {
      reduceInto(op, tensor, viewLike(tensor, piece), byteOffset / tensor.BYTES_PER_ELEMENT);
    });
  }
  if (parent !== undefined) await links.send(parent, call, bytesOf(tensor));
}

export interface TreeNeighbours {
  /** Undefined for the root. */
  readonly parent: number | undefined;
  /** The one with the largest subtree first. */
  readonly children: readonly number[];
}

/** A rank's place in the binomial tree whose root is `rootRank`. */
export function treeNeighbours(rank: number, worldSize: number, rootRank: number): TreeNeighbours {
  const place = (rank - rootRank + worldSize) % worldSize;
  const rankAt = (other: number): number => (other + rootRank) % worldSize;
  const lowestBit = place === 0 ? 2 ** Math.ceil(Math.log2(worldSize)) : place & -place;
  const children: number[] = [];
  for (let bit = lowestBit / 2; bit >= 1; bit /= 2) if (place + bit < worldSize) children.push(rankAt(place + bit));
  return { parent: place === 0 ? undefined : rankAt(place - lowestBit), children };
}

const NOTHING = new Uint8Array(0);

/**
 * Resolves when every rank has come here: in log2(n) rounds.
 * @source the dissemination barrier of Hensgen, Finkel and Manber (1988)
 */
export async function barrier({ rank, worldSize, links, call }: Member): Promise<void> {
  for (let distance = 1; distance < worldSize; distance *= 2) {
    await Promise.all([
      links.send((rank + distance) % worldSize, call, NOTHING),
      links.receive((rank - distance + worldSize) % worldSize, call, 0, () => undefined),
    ]);
  }
}
