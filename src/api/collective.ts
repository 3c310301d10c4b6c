import { hostId } from '../channel/index.js';
import {
  type CollectiveGroup,
  type GroupHost,
  type JoinedGroup,
  joinGroup,
  type ReduceOp,
  type Tensor,
} from '../collective/index.js';
import { ActorDiedError, type ActorId, IllegalStateError, InvalidArgumentError, workerContext } from '../core/index.js';
import type { ActorHandle } from '../runtime/handles/actor-handle.js';
import type { HeadConnection } from '../runtime/head-connection.js';
import { ensureConnection } from './init.js';

const DEFAULT_GROUP = 'default';
const DEFAULT_TIMEOUT_MS = 30_000;
/** Of the head's table of keys. */
const KEYS = 'collective';

export interface GroupOption {
  /** Default 'default'. */
  readonly groupName?: string;
}

export interface JoinOptions extends GroupOption {
  /** For meeting the other ranks, and for every operation after that. Default 30 s, as with gloo in Ray. */
  readonly timeoutMs?: number;
}

export interface ReduceOptions extends GroupOption {
  /** Default 'SUM'. */
  readonly op?: ReduceOp;
}

/** The groups of this process, by name. */
const groups = new Map<string, Promise<JoinedGroup>>();

/**
 * Makes the actor that this runs in a rank of a group. Every rank calls it; resolves when all have met.
 * @throws {DeadlineExceededError} naming the ranks that did not come.
 * @throws {IllegalStateError} outside of actors, and when this process is in the group already.
 */
export async function initCollectiveGroup(worldSize: number, rank: number, options: JoinOptions = {}): Promise<void> {
  const { groupName = DEFAULT_GROUP, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if (groups.has(groupName)) {
    throw new IllegalStateError(`This actor is in collective group ${groupName} already: destroy it first.`);
  }
  await join(groupName, worldSize, rank, timeoutMs);
}

/**
 * Declares actors to be the ranks of a group, from outside: each joins it at its first operation.
 * @throws {InvalidArgumentError} when actors and ranks don't match the size.
 */
export async function createCollectiveGroup(
  actors: readonly ActorHandle<object>[],
  worldSize: number,
  ranks: readonly number[],
  options: GroupOption = {},
): Promise<void> {
  const { groupName = DEFAULT_GROUP } = options;
  const isWhole = new Set(ranks).size === worldSize && ranks.every((rank) => rank >= 0 && rank < worldSize);
  if (actors.length !== worldSize || ranks.length !== worldSize || !isWhole) {
    throw new InvalidArgumentError(
      `A group of ${worldSize} needs as many actors and the ranks 0 to ${worldSize - 1}, each once.`,
    );
  }
  const connection = await ensureConnection();
  await Promise.all(
    actors.map((actor, index) =>
      putKey(connection, declarationKey(groupName, actor.actorId), JSON.stringify({ worldSize, rank: ranks[index] })),
    ),
  );
}

/** Leaves the group; the other ranks' operations fail from now on. Nothing happens when this process is not in it. */
export async function destroyCollectiveGroup(groupName: string = DEFAULT_GROUP): Promise<void> {
  const joined = await groups.get(groupName)?.catch(() => undefined);
  groups.delete(groupName);
  joined?.group.abort(new IllegalStateError(`Collective group ${groupName} was destroyed.`));
  await joined?.leave();
}

export const isGroupInitialized = (groupName: string = DEFAULT_GROUP): boolean => groups.has(groupName);

/** This actor's rank; -1 when it is not in the group. */
export const getRank = async (groupName: string = DEFAULT_GROUP): Promise<number> =>
  (await groups.get(groupName))?.group.rank ?? -1;

/** How many ranks the group has; -1 when this actor is not in it. */
export const getCollectiveGroupSize = async (groupName: string = DEFAULT_GROUP): Promise<number> =>
  (await groups.get(groupName))?.group.worldSize ?? -1;

/** Every rank's tensor becomes the reduction of all, in place. */
export const allReduce = async (tensor: Tensor, options: ReduceOptions = {}): Promise<void> =>
  (await groupOf(options)).allReduce(tensor, options.op);

/** The tensors of all ranks, in order of rank. */
export const allGather = async <T extends Tensor>(tensor: T, options: GroupOption = {}): Promise<T[]> =>
  (await groupOf(options)).allGather(tensor);

/** The reduction of what all ranks give for this one; `tensors` has one for each rank. */
export const reduceScatter = async <T extends Tensor>(tensors: readonly T[], options: ReduceOptions = {}): Promise<T> =>
  (await groupOf(options)).reduceScatter(tensors, options.op);

/** The reduction of all at `dstRank`, in place; the other ranks' tensors are used up. */
export const reduce = async (tensor: Tensor, dstRank: number, options: ReduceOptions = {}): Promise<void> =>
  (await groupOf(options)).reduce(tensor, dstRank, options.op);

/** The tensor of `srcRank` at every rank, in place. */
export const broadcast = async (tensor: Tensor, srcRank: number, options: GroupOption = {}): Promise<void> =>
  (await groupOf(options)).broadcast(tensor, srcRank);

/** Resolves when every rank has come here. */
export const barrier = async (options: GroupOption = {}): Promise<void> => (await groupOf(options)).barrier();

/** Sends to one rank, which must `recv` a tensor of the same length. */
export const send = async (tensor: Tensor, dstRank: number, options: GroupOption = {}): Promise<void> =>
  (await groupOf(options)).send(tensor, dstRank);

/** Takes what `srcRank` sends, in place. */
export const recv = async (tensor: Tensor, srcRank: number, options: GroupOption = {}): Promise<void> =>
  (await groupOf(options)).recv(tensor, srcRank);

async function groupOf({ groupName = DEFAULT_GROUP }: GroupOption): Promise<CollectiveGroup> {
  return (await (groups.get(groupName) ?? joinAsDeclared(groupName))).group;
}

async function joinAsDeclared(groupName: string): Promise<JoinedGroup> {
  const { actorId } = requireActor();
  const text = await getKey(await ensureConnection(), declarationKey(groupName, actorId));
  if (text === undefined) {
    throw new IllegalStateError(
      `This actor is not in collective group ${groupName}: call initCollectiveGroup in every actor of it, or ` +
        'createCollectiveGroup in the driver.',
    );
  }
  const { worldSize, rank } = JSON.parse(text) as { worldSize: number; rank: number };
  // Another call may have joined while the declaration was read.
  return groups.get(groupName) ?? join(groupName, worldSize, rank, DEFAULT_TIMEOUT_MS);
}

function join(groupName: string, worldSize: number, rank: number, timeoutMs: number): Promise<JoinedGroup> {
  if (!Number.isInteger(worldSize) || worldSize < 1 || !Number.isInteger(rank) || rank < 0 || rank >= worldSize) {
    throw new InvalidArgumentError(`A rank must be from 0 to the size of its group, got ${rank} of ${worldSize}.`);
  }
  const joined = connectGroup(groupName, worldSize, rank, timeoutMs);
  groups.set(groupName, joined);
  joined.catch(() => {
    if (groups.get(groupName) === joined) groups.delete(groupName);
  });
  return joined;
}

async function connectGroup(
  groupName: string,
  worldSize: number,
  rank: number,
  timeoutMs: number,
): Promise<JoinedGroup> {
  const host = groupHost(await ensureConnection());
  const joined = await joinGroup({ name: groupName, rank, worldSize, timeoutMs }, host);
  await watchPeers(joined, groupName);
  return joined;
}

/** A rank that dies breaks the group for the others, at once and with its name. */
async function watchPeers({ group, peerActorIds }: JoinedGroup, groupName: string): Promise<void> {
  const { actorUpdates } = await ensureConnection();
  for (const peer of peerActorIds) {
    const unsubscribe = actorUpdates.subscribe(peer as ActorId, ({ state, death }) => {
      if (state !== 'ACTOR_LIFE_STATE_DEAD' && state !== 'ACTOR_LIFE_STATE_RESTARTING') return;
      const reason = death?.message ?? 'its process is gone';
      group.abort(new ActorDiedError(`Actor ${peer}, a rank of collective group ${groupName}, died: ${reason}`));
      queueMicrotask(() => unsubscribe());
    });
  }
}

function groupHost(connection: HeadConnection): GroupHost {
  const { clusterId, workerId, rpcAddress, credentials } = workerContext()!;
  const { actorId, exposeChannel } = requireActor();
  return {
    clusterId,
    actorId,
    workerId,
    rpcAddress,
    credentials,
    exposeChannel,
    hostId: hostId(),
    putKey: (key, value) => putKey(connection, memberKey(connection, key), value),
    getKey: (key) => getKey(connection, memberKey(connection, key)),
    deleteKey: async (key) => {
      await connection.head.call('deleteKey', { namespace: KEYS, key: memberKey(connection, key) });
    },
  };
}

function requireActor(): NonNullable<NonNullable<ReturnType<typeof workerContext>>['actor']> {
  const actor = workerContext()?.actor;
  if (actor) return actor;
  throw new IllegalStateError('Collectives run inside of actors: call them in a method of each actor of the group.');
}

const memberKey = ({ namespace }: HeadConnection, key: string): string => `member/${namespace}/${key}`;

const declarationKey = (groupName: string, actorId: string): string => `declared/${actorId}/${groupName}`;

async function putKey({ head }: HeadConnection, key: string, value: string): Promise<void> {
  await head.call('putKey', { namespace: KEYS, key, value: Buffer.from(value), overwrite: true });
}

async function getKey({ head }: HeadConnection, key: string): Promise<string | undefined> {
  const { found, value } = await head.call('getKey', { namespace: KEYS, key });
  return found ? Buffer.from(value).toString() : undefined;
}
