import { randomBytes } from 'node:crypto';

declare const idKind: unique symbol;
type Id<Kind extends string> = string & { readonly [idKind]: Kind };

export type ClusterId = Id<'cluster'>;
export type NodeId = Id<'node'>;
export type JobId = Id<'job'>;
export type ActorId = Id<'actor'>;
export type PlacementGroupId = Id<'placement-group'>;

const ID_BYTES = 14;

function createId<Kind extends string>(): Id<Kind> {
  return randomBytes(ID_BYTES).toString('hex') as Id<Kind>;
}

export const createClusterId = (): ClusterId => createId<'cluster'>();
export const createNodeId = (): NodeId => createId<'node'>();
export const createJobId = (): JobId => createId<'job'>();
export const createActorId = (): ActorId => createId<'actor'>();
export const createPlacementGroupId = (): PlacementGroupId => createId<'placement-group'>();

/** The first characters of an id, for people; never used as a key. */
export const shortId = (id: string): string => id.slice(0, 8);
