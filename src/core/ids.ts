import { randomBytes } from 'node:crypto';

declare const idKind: unique symbol;
type Id<Kind extends string> = string & { readonly [idKind]: Kind };

export type ClusterId = Id<'cluster'>;
export type NodeId = Id<'node'>;
export type JobId = Id<'job'>;
export type ActorId = Id<'actor'>;
export type PlacementGroupId = Id<'placement-group'>;
/** Of one process that runs user code: a restarted actor has another one. */
export type WorkerId = Id<'worker'>;
/** The owner's worker id, and a number of the owner's own; for an item of a stream also its index. */
export type ObjectId = Id<'object'>;
export type TaskId = Id<'task'>;
export type LeaseId = Id<'lease'>;

const ID_BYTES = 14;

function createId<Kind extends string>(): Id<Kind> {
  return randomBytes(ID_BYTES).toString('hex') as Id<Kind>;
}

export const createClusterId = (): ClusterId => createId<'cluster'>();
export const createNodeId = (): NodeId => createId<'node'>();
export const createJobId = (): JobId => createId<'job'>();
export const createActorId = (): ActorId => createId<'actor'>();
export const createPlacementGroupId = (): PlacementGroupId => createId<'placement-group'>();
export const createWorkerId = (): WorkerId => createId<'worker'>();
export const createLeaseId = (): LeaseId => createId<'lease'>();

/** @param number a safe integer from 0: eight hex digits, and more when those are used up. */
export const objectIdOf = (owner: string, number: number): ObjectId =>
  `${owner}${number.toString(16).padStart(8, '0')}` as ObjectId;
/** @param index from 0. */
export const streamItemIdOf = (stream: ObjectId, index: number): ObjectId => `${stream}-${index}` as ObjectId;
/** The number that {@link objectIdOf} was given; of an item of a stream that of the stream. */
export const objectNumberOf = (objectId: string): number => Number.parseInt(objectId.slice(2 * ID_BYTES), 16);
export const ownerOf = (objectId: string): WorkerId => objectId.slice(0, 2 * ID_BYTES) as WorkerId;

/** The first characters of an id, for people; never used as a key. */
export const shortId = (id: string): string => id.slice(0, 8);
